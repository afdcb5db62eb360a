// Owns the scenes of the focus: whatever closes or goes away, whoever uses the keys goes on from where they were.
import assert from "node:assert/strict";
import { choose, isAt } from "../focus.js";
import { eventually, PASSWORD, Person } from "../people.js";

const cid = () => crypto.randomUUID();

async function garden(world) {
  const ada = await Person.arrive(world, "Ada");
  const { id } = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
  for (const text of ["one", "two", "three"]) await ada.api("POST", `/rooms/${id}/messages`, { cid: cid(), text });
  await ada.tab.openRoom("garden");
  await ada.tab.sees("three");
  return ada;
}

export const scenarios = {
  "the focus goes back to where it was when a dialog closes": async (world) => {
    const ada = await garden(world);
    const { page } = ada.tab;
    const closes = async () => {
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await ada.tab.box.focus();
    for (const keys of ["Control+k", "Control+/"]) {
      await page.keyboard.press(keys);
      await closes();
      await isAt(page, "Message garden");
    }
    for (const [menu, entry] of [["Room menu", "About this room"], ["Room menu", "Pinned"], ["Your menu", /status/i], ["Add a room", "New room"]]) {
      await choose(page, menu, entry);
      await closes();
      await isAt(page, menu);
    }
    await page.getByRole("complementary", { name: "People" }).getByRole("button", { name: "Close" }).press("Enter");
    await eventually(async () => assert.match(await page.evaluate(() => document.activeElement.textContent.slice(0, 40)), /People/));
    await page.keyboard.press("Control+,");
    await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.textContent.slice(0, 40)), "Settings"));
    await page.goBack();
    await ada.tab.isIn("garden");
    await ada.tab.message("two").focus();
    await page.keyboard.press("i");
    await closes();
    await isAt(page, "two");
  },

  "what is said while a dialog is open is read out in it": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const { page } = ada.tab;
    await ada.tab.createRoom("shed", "Private");
    await choose(page, "Room menu", "About this room");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Copy" }).click();
    await dialog.getByRole("status").getByText("Copied the code").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("status").getByText("Copied the code").waitFor();
  },

  "the focus stays among the messages when one goes": async (world) => {
    const ada = await garden(world);
    const { page } = ada.tab;
    // A pointer that rests somewhere takes nothing from the keys.
    await ada.tab.message("three").hover();
    await ada.tab.message("one").focus();
    await page.keyboard.press("a");
    await page.getByRole("menu", { name: "React" }).waitFor();
    await page.keyboard.press("Escape");
    await isAt(page, "React");
    await ada.tab.message("one").focus();
    await page.keyboard.press("Delete");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await isAt(page, "one");
    await page.keyboard.press("Delete");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await isAt(page, "This message was deleted");
    await ada.tab.message("two").focus();
    await page.keyboard.press("a");
    await page.getByRole("menu", { name: "React" }).waitFor();
    await page.keyboard.press("Escape");
    await ada.tab.message("two").getByRole("button", { name: "More", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Delete for me" }).focus();
    await page.keyboard.press("Enter");
    await ada.tab.seesNot("two");
    await isAt(page, "three");
  },

  "a button that is busy keeps the focus, and does once what it is for": async (world) => {
    const ada = await garden(world);
    await ada.context.clearCookies();
    const page = await ada.context.newPage();
    let asked = 0;
    await page.route("**/api/v1/sessions", async (route) => {
      asked++;
      await new Promise((done) => setTimeout(done, 400));
      await route.continue();
    });
    await page.goto(`${ada.url}/#/sign-in`);
    await page.getByLabel("User name").fill(ada.username);
    await page.getByLabel("Password").fill(`not ${PASSWORD}`);
    const button = page.getByRole("button", { name: "Sign in" });
    await button.press("Enter");
    await button.and(page.locator("[aria-disabled=true]")).waitFor();
    await isAt(page, "Sign in");
    await button.press("Enter");
    await page.getByLabel("User name").press("Enter");
    await button.focus();
    await page.getByRole("alert").waitFor();
    await isAt(page, "Sign in");
    assert.equal(asked, 1);
  },

  "the focus goes into what stands beside a button, which closes when it leaves, and back": async (world) => {
    const ada = await garden(world);
    const { page } = ada.tab;
    const board = page.getByRole("dialog", { name: "Emoji" });
    const closed = () => board.waitFor({ state: "detached" });
    const smile = page.getByRole("form").getByRole("button", { name: "Emoji" });
    await smile.press("Enter");
    await isAt(page, "Find an emoji");
    await page.keyboard.press("Escape");
    await closed();
    await isAt(page, "Emoji");
    await smile.press("Enter");
    const tones = board.getByRole("radiogroup");
    await tones.getByRole("radio").first().focus();
    await page.keyboard.press("ArrowRight");
    await tones.getByRole("radio", { checked: true }).and(page.locator(":focus")).waitFor();
    assert.equal(await tones.locator("[tabindex='0']").count(), 1);
    await page.keyboard.press("Tab");
    await closed();
    await smile.press("Enter");
    await isAt(page, "Find an emoji");
    await page.keyboard.press("Control+k");
    await closed();
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Escape");
    await isAt(page, "Emoji");
    await ada.tab.message("one").focus();
    await page.keyboard.press("a");
    await page.getByRole("menuitem", { name: /more|all/i }).press("Enter");
    await isAt(page, "Find an emoji");
    await page.keyboard.press("Escape");
    await closed();
    await isAt(page, "React");
  },
};
