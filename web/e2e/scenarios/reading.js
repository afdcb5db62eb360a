// Owns the scenes of reading: a long history, a narrow page, the keyboard.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person, remembered } from "../people.js";

const WORDS = "Words and more words that fill a line or two of the page. ";

/** Ada's room with so many messages in it, read to the end. */
async function longRoom(world, count) {
  const ada = await Person.arrive(world, "Ada");
  const room = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "long", kind: "private" });
  for (let n = 1; n <= count; n++) {
    await ada.api("POST", `/rooms/${room.id}/messages`, { cid: crypto.randomUUID(), text: `Message ${n}. ${WORDS.repeat(n % 5)}` });
  }
  return { ada, room };
}

/** Scrolls up step by step; answers by how much what is read ever moved by itself. */
function climb(page) {
  return page.evaluate(async () => {
    const box = document.querySelector("[role=log]");
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const top = (row) => row.getBoundingClientRect().top;
    // The end of a row, where its words are: its beginning loses the author's name when older words come above.
    const end = (row) => row.getBoundingClientRect().bottom;
    let worst = 0;
    let still = 0;
    while (still < 40) {
      const row = [...box.querySelectorAll("li[data-seq]")].find((one) => top(one) > box.getBoundingClientRect().top + 20);
      const before = { row, at: end(row) };
      const from = box.scrollTop;
      box.scrollTop = from - 300;
      const moved = from - box.scrollTop;
      await frame();
      if (before.row.isConnected) worst = Math.max(worst, Math.abs(end(before.row) - before.at - moved));
      still = box.scrollTop < 1 ? still + 1 : 0;
    }
    return { worst, first: box.querySelector("li.message").textContent, rows: box.querySelectorAll("li").length };
  });
}

export const scenarios = {
  "a history of 500 is climbed to its beginning without a jump, and back": async (world) => {
    const { ada, room } = await longRoom(world, 500);
    await ada.tab.openRoom("long");
    await ada.tab.sees("Message 500.");
    const { worst, first } = await climb(ada.tab.page);
    assert.ok(worst <= 1.5, `what was read moved by ${worst} px`);
    assert.match(first, /Message 1\./);
    await ada.api("POST", `/rooms/${room.id}/messages`, { cid: crypto.randomUUID(), text: "Message 501." });
    assert.match(await ada.tab.log.locator("li.message").first().innerText(), /Message 1\./);
    await ada.tab.page.getByRole("button", { name: /Go to the newest/ }).click();
    await ada.tab.sees("Message 501.");
    await eventually(async () => {
      const rest = await ada.tab.log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
      assert.ok(rest < 2, `${rest} px below the newest`);
    });
  },

  "who has scrolled up stays there, and is told what is new below": async (world) => {
    const { ada, room } = await longRoom(world, 80);
    const bo = await Person.arrive(world, "Bo");
    await bo.tab.joinByCode(room.code);
    await bo.tab.isIn("long");
    await bo.tab.sees("Message 80.");
    await bo.tab.log.evaluate((box) => (box.scrollTop -= 900));
    await bo.tab.page.getByRole("button", { name: /Go to the newest/ }).waitFor();
    // Older messages come onto the page in a few frames.
    await bo.tab.page.waitForTimeout(500);
    const place = await bo.tab.log.evaluate((box) => box.scrollTop);
    for (const n of [81, 82]) await ada.api("POST", `/rooms/${room.id}/messages`, { cid: crypto.randomUUID(), text: `Message ${n}.` });
    await bo.tab.page.getByRole("button", { name: "2 new Go to the newest" }).waitFor();
    assert.ok(Math.abs((await bo.tab.log.evaluate((box) => box.scrollTop)) - place) < 2);
    await accessible(bo.tab.page, "a room, scrolled up");
    await bo.tab.page.getByRole("button", { name: /Go to the newest/ }).click();
    await bo.tab.unread("long", 0);
    await ada.tab.openRoom("long");
    await ada.tab.page.goto(`${world.house.url}/#/room/${room.id}/3`);
    await ada.tab.log.locator("li.marked[data-seq='3']").waitFor();
  },

  "of which day it is is said over what is read, where the day's own line is out of sight": async (world) => {
    const day = (n) => new Date(Date.UTC(2026, 0, 5 + Math.floor(n / 60), 8, n % 60)).toISOString();
    const history = Array.from({ length: 180 }, (_, n) => ({ time: day(n), room: "long", user: "ada", text: `Message ${n}.` }));
    const tab = await remembered(world, history, "ada", { timezoneId: "UTC" });
    const { page } = tab;
    await tab.openRoom("long");
    await tab.sees("Message 179.");
    const over = page.locator(".window > p");
    assert.equal(await over.count(), 0);
    const scrollTo = (words, share) => tab.message(words).evaluate((row, at) => {
      const box = row.closest("[role=log]");
      box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - at * box.clientHeight;
    }, share);
    await tab.log.evaluate((box) => (box.scrollTop -= 300));
    await page.locator(".window > p", { hasText: /7 January/ }).waitFor();
    await eventually(async () => {
      await tab.log.evaluate((box) => (box.scrollTop = 0));
      assert.ok(await tab.message("Message 70.").isVisible());
    });
    await scrollTo("Message 70.", 0);
    await page.locator(".window > p", { hasText: /6 January/ }).waitFor();
    await scrollTo("Message 60.", 0.5);
    await page.locator(".window > p", { hasText: /5 January/ }).waitFor();
    await scrollTo("Message 60.", 0.02);
    await over.waitFor({ state: "detached" });
  },

  "a phone shows one thing at a time, with a way back": async (world) => {
    const ada = await Person.arrive(world, "Ada", { width: 360, height: 720 });
    const { page } = ada.tab;
    await ada.tab.createRoom("garden");
    assert.ok(!(await ada.tab.side.isVisible()));
    await ada.tab.say(`A long word: ${"abcdefghij".repeat(30)} and https://example.org/${"x".repeat(120)}`);
    await ada.tab.sees("A long word");
    await accessible(page, "a room on a phone");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    await page.getByRole("button", { name: /^People/ }).click();
    await page.getByRole("complementary", { name: "People" }).getByText("@ada").waitFor();
    await accessible(page, "people on a phone");
    await page.keyboard.press("Escape");
    await page.getByRole("complementary", { name: "People" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Back to the rooms" }).click();
    await ada.tab.side.waitFor();
    await accessible(page, "rooms on a phone");
    await page.goBack();
    await ada.tab.isIn("garden");
  },

  "everything is done by keyboard alone": async (world) => {
    const { ada } = await longRoom(world, 5);
    await ada.tab.openRoom("long");
    const { page } = ada.tab;
    await ada.tab.box.focus();
    await page.keyboard.press("Shift+Tab");
    await eventually(async () => assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ""), /Message 5\./));
    await page.keyboard.press("ArrowUp");
    await eventually(async () => assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ""), /Message 4\./));
    await page.keyboard.press("r");
    await page.getByText("Replying to Ada").waitFor();
    await page.keyboard.type("by keyboard");
    await page.keyboard.press("Enter");
    await ada.tab.message("by keyboard").getByRole("button", { name: /In reply to/ }).waitFor();
    await ada.tab.side.getByRole("button", { name: "Add a room" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Public rooms" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },

  "a card says who somebody is, from their name, a mention and the list": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const room = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "public" });
    await bo.api("POST", `/rooms/${room.id}/join`, { cid: crypto.randomUUID() });
    await bo.api("PATCH", "/profile", { status: "Up the ladder", time_zone: "Asia/Tokyo" });
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: crypto.randomUUID(), text: `Hello @${ada.username}, see #garden` });
    await ada.tab.openRoom("garden");
    const { page } = ada.tab;
    await ada.tab.message("Hello").getByRole("button", { name: "Bo", exact: true }).click();
    const card = page.getByRole("dialog", { name: "About Bo" });
    await card.getByText("Up the ladder").waitFor();
    await card.getByText(/where they are/).waitFor();
    await accessible(page, "the card of a person");
    await card.getByRole("button", { name: "Mention" }).click();
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), `@${bo.username} `));
    await ada.tab.log.getByRole("button", { name: `@${ada.username}` }).click();
    await page.getByRole("dialog", { name: "About Ada" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await ada.tab.log.getByRole("link", { name: "#garden" }).getAttribute("href"), `#/room/${room.id}`);
    await page.getByRole("complementary", { name: "People" }).getByRole("button", { name: new RegExp(`@${bo.username}|Up the ladder`) }).click();
    await card.getByRole("button", { name: "Write to them" }).click();
    await ada.tab.isIn("Bo");
  },

  "people who come and go are one line, and an edit far above moves nothing": async (world) => {
    const { ada, room } = await longRoom(world, 60);
    const guests = [];
    for (const name of ["Bo", "Cy", "Dana"]) {
      const guest = await Person.arrive(world, name);
      await guest.api("POST", "/rooms/join", { cid: crypto.randomUUID(), code: room.code });
      guests.push(guest);
    }
    await guests[0].api("POST", `/rooms/${room.id}/leave`, {});
    await ada.tab.openRoom("long");
    const line = ada.tab.log.getByRole("button", { name: /Cy and Dana came · Bo came and went/ });
    await line.waitFor();
    assert.equal(await ada.tab.log.getByText("Bo joined").count(), 0);
    await line.click();
    await ada.tab.log.getByText("Bo joined").waitFor();
    await accessible(ada.tab.page, "people who came and went");
    await line.click();
    await ada.tab.log.evaluate((box) => (box.scrollTop -= 700));
    await ada.tab.page.waitForTimeout(200);
    const place = () => ada.tab.message("Message 55.").first().evaluate((row) => row.getBoundingClientRect().top);
    const before = await place();
    const first = await ada.tab.message("Message 20.").first().getAttribute("data-seq");
    await ada.api("PATCH", `/rooms/${room.id}/messages/${first}`, { text: `Message 20. ${"much more ".repeat(80)}` });
    await ada.tab.sees("much more");
    assert.ok(Math.abs((await place()) - before) < 1.5);
  },

  "a message is answered, saved, marked and deleted by keys": async (world) => {
    const { ada } = await longRoom(world, 4);
    await ada.tab.openRoom("long");
    const { page } = ada.tab;
    await ada.tab.sees("Message 4.");
    await ada.tab.box.focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("s");
    await ada.tab.message("Message 3.").getByText("Saved").waitFor();
    await page.keyboard.press("l");
    await page.getByText("Copied").waitFor();
    await page.keyboard.press("a");
    await page.getByRole("menu", { name: "React" }).waitFor();
    await page.keyboard.press("Escape");
    await ada.tab.message("Message 3.").focus();
    await page.keyboard.press("Delete");
    const dialog = page.getByRole("dialog", { name: "Delete this message for everybody?" });
    await dialog.getByText("Message 3.").waitFor();
    await accessible(page, "asking before a message goes");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await ada.tab.message("Message 3.").count(), 1);
    await ada.tab.message("Message 3.").focus();
    await page.keyboard.press("Delete");
    await page.keyboard.press("Enter");
    await ada.tab.log.getByText("This message was deleted").waitFor();
  },
};
