// Owns the scenes of finding one's way: the quick switcher, the side, where the unread begins, links to messages.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person, remembered } from "../people.js";

const cid = () => crypto.randomUUID();

async function rooms(person, ...names) {
  const made = [];
  for (const name of names) made.push(await person.api("POST", "/rooms", { cid: cid(), name, kind: "public" }));
  return made;
}

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("role"));

const isInSight = (row) => {
  const [{ top, bottom }, sight] = [row, row.closest("[role=log]")].map((one) => one.getBoundingClientRect());
  return top >= sight.top && bottom <= sight.bottom;
};

export const scenarios = {
  "the quick switcher finds rooms, people and commands by keyboard alone": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    await rooms(ada, "town garden", "garage", "kitchen");
    await rooms(bo, "gardeners of the world");
    const { page } = ada.tab;
    await ada.tab.link("garage").waitFor();
    await page.keyboard.press("Control+k");
    const finder = page.getByRole("dialog", { name: "Find anything" });
    await finder.getByRole("option", { name: "garage" }).waitFor();
    assert.equal(await focused(page), "combobox");
    await accessible(page, "the quick switcher");
    await page.keyboard.type("gard");
    await finder.getByRole("option", { name: /gardeners of the world.*Public room/ }).waitFor();
    assert.match(await finder.getByRole("option").first().innerText(), /town garden/);
    await page.keyboard.press("Enter");
    await ada.tab.isIn("town garden");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(bo.username);
    await finder.getByRole("option", { name: /Bo.*Person/ }).waitFor();
    await page.keyboard.press("Enter");
    await ada.tab.isIn("Bo");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(">saved");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Saved messages" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("nothing is called so");
    await finder.getByText("Nothing of that name").waitFor();
    await page.keyboard.press("Escape");
    await finder.waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await accessible(page, "keyboard shortcuts");
  },

  "the side folds, sorts and keeps favourites, also after a reload, and Alt with arrows walks along it": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const [apples, beans] = await rooms(ada, "apples", "beans", "carrots");
    await bo.api("POST", `/rooms/${beans.id}/join`, { cid: cid() });
    await ada.api("POST", `/rooms/${apples.id}/messages`, { cid: cid(), text: "first" });
    await ada.tab.openRoom("carrots");
    await ada.tab.page.getByRole("button", { name: "Room menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "Add to favourites" }).click();
    const section = (name) => ada.tab.side.getByRole("region", { name, exact: true });
    const names = async (name) => (await section(name).getByRole("link").allInnerTexts()).map((words) => words.trim().split("\n")[0]);
    await section("Favourites").getByRole("link", { name: "carrots" }).waitFor();
    assert.deepEqual(await names("Rooms"), ["apples", "beans"]);
    await bo.api("POST", `/rooms/${beans.id}/messages`, { cid: cid(), text: "later" });
    await ada.tab.unread("beans", 1);
    await ada.tab.side.getByRole("button", { name: "Order of the lists" }).click();
    await ada.tab.page.getByRole("menuitemradio", { name: "Latest first" }).click();
    await eventually(async () => assert.deepEqual(await names("Rooms"), ["beans", "apples"]));
    await section("Rooms").getByRole("button", { name: "Rooms", exact: true }).click();
    await eventually(async () => assert.deepEqual(await names("Rooms"), ["beans"]));
    await accessible(ada.tab.page, "a folded side");
    await ada.tab.page.reload();
    await ada.tab.isIn("carrots");
    await eventually(async () => assert.deepEqual([await names("Favourites"), await names("Rooms")], [["carrots"], ["beans"]]));
    await ada.tab.page.keyboard.press("Alt+Shift+ArrowDown");
    await ada.tab.isIn("beans");
    await section("Rooms").getByRole("button", { name: "Rooms", exact: true }).click();
    await ada.tab.page.keyboard.press("Alt+ArrowDown");
    await ada.tab.isIn("apples");
    await ada.tab.page.keyboard.press("Alt+ArrowUp");
    await ada.tab.isIn("beans");
  },

  "a room with much unread opens where it begins, and the ways to both ends are there": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const [garden] = await rooms(ada, "garden", "shed");
    await bo.api("POST", `/rooms/${garden.id}/join`, { cid: cid() });
    const say = (n) => ada.api("POST", `/rooms/${garden.id}/messages`, { cid: cid(), text: `Message ${n}. ${"and words ".repeat(20)}` });
    for (let n = 1; n <= 20; n++) await say(n);
    await bo.tab.openRoom("garden");
    await bo.tab.sees("Message 20.");
    await bo.tab.log.evaluate((box) => (box.scrollTop = box.scrollHeight));
    await bo.tab.unread("garden", 0);
    await bo.tab.page.goto(`${world.house.url}/#/`);
    for (let n = 21; n <= 190; n++) await say(n);
    await bo.tab.unread("garden", 170);
    await bo.tab.openRoom("garden");
    await bo.tab.log.locator("[data-unread]").waitFor();
    await bo.tab.sees("Message 21.");
    const inSight = (row) => row.evaluate((one) => one.getBoundingClientRect().bottom > 0 && one.getBoundingClientRect().top < innerHeight);
    await eventually(async () => assert.ok(await inSight(bo.tab.message("Message 21.").first())));
    await eventually(async () => assert.match(await bo.tab.link("garden").innerText(), /1[0-6]\d unread/));
    await bo.tab.page.getByRole("button", { name: /Go to the newest/ }).click();
    await bo.tab.sees("Message 190.");
    await bo.tab.unread("garden", 0);
  },

  "a link to a message opens in place, and back and forward lead along": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const [garden, shed] = await rooms(ada, "garden", "shed");
    for (let n = 1; n <= 120; n++) await ada.api("POST", `/rooms/${garden.id}/messages`, { cid: cid(), text: `Message ${n}.` });
    await ada.api("POST", `/rooms/${shed.id}/messages`, { cid: cid(), text: `See ${world.house.url}/#/room/${garden.id}/4 there` });
    await ada.tab.openRoom("shed");
    await ada.tab.log.getByRole("link").click();
    await ada.tab.isIn("garden");
    await ada.tab.log.locator("li.marked", { hasText: "Message 4." }).waitFor();
    assert.equal(ada.context.pages().length, 1);
    await ada.tab.page.goBack();
    await ada.tab.isIn("shed");
    await ada.tab.page.goForward();
    await ada.tab.isIn("garden");
    await ada.tab.log.locator("li.marked", { hasText: "Message 4." }).waitFor();
    await ada.tab.does("Copy link", "Message 4.");
    assert.match(await ada.tab.page.evaluate(() => navigator.clipboard.readText()), new RegExp(`#/room/${garden.id}/\\d+$`));
  },

  "a link to a message that is gone says so, and shows the place": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const [garden, shed] = await rooms(ada, "garden", "shed");
    const said = [];
    for (let n = 1; n <= 200; n++) said.push(await ada.api("POST", `/rooms/${garden.id}/messages`, { cid: cid(), text: `Message ${n}.` }));
    for (const n of [40, 190, 200]) await ada.api("DELETE", `/rooms/${garden.id}/messages/${said[n - 1].seq}`, { for: "me" });
    await ada.tab.openRoom("shed");
    for (const [n, near] of [[40, 41], [190, 191], [200, 199]]) {
      await ada.tab.page.goto(`${world.house.url}/#/room/${garden.id}/${said[n - 1].seq}`);
      await ada.tab.page.getByRole("status").getByText("This message is not there any more").waitFor();
      await eventually(async () => assert.ok(await ada.tab.message(`Message ${near}.`).evaluate(isInSight)));
      await ada.tab.page.getByRole("status").getByRole("button", { name: "Close" }).click();
      await ada.tab.page.goto(`${world.house.url}/#/room/${shed.id}`);
      await ada.tab.isIn("shed");
    }
  },

  "links to far places of a long room each open at theirs": async (world) => {
    const history = Array.from({ length: 3_000 }, (_, n) => ({ time: new Date(Date.UTC(2026, 0, 5) + n * 120_000).toISOString(), room: "long", user: n % 7 ? "bo" : "ada", text: `Message ${n}. ${"and words ".repeat(n % 13)}` }));
    const tab = await remembered(world, history, "ada", { viewport: { width: 1280, height: 800 } });
    const { page } = tab;
    await tab.openRoom("long");
    await tab.sees("Message 2999.");
    const address = page.url();
    for (const seq of [1000, 2400, 300, 2000, 600, 1700, 1500, 900, 2700, 450, 2200, 1200]) {
      await page.goto(`${address}/${seq}`);
      const marked = tab.log.locator(`li.marked[data-seq="${seq}"]`);
      await marked.waitFor();
      // What comes further up and down moves nothing.
      await page.waitForTimeout(300);
      assert.ok(await marked.evaluate(isInSight), `${seq} is in sight`);
    }
  },

  "the icon of the page shows that something waits": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const [garden] = await rooms(ada, "garden");
    await bo.api("POST", `/rooms/${garden.id}/join`, { cid: cid() });
    const icon = () => bo.tab.page.locator("link[rel=icon]").getAttribute("href");
    assert.equal(await icon(), "/icon.svg");
    await ada.api("POST", `/rooms/${garden.id}/messages`, { cid: cid(), text: "hello" });
    await eventually(async () => assert.match(await icon(), /^data:image\/png/));
    const dot = await icon();
    await ada.api("POST", `/rooms/${garden.id}/messages`, { cid: cid(), text: `@${bo.username} hello` });
    await eventually(async () => assert.notEqual(await icon(), dot));
    await bo.tab.openRoom("garden");
    await eventually(async () => assert.equal(await icon(), "/icon.svg"));
  },
};
