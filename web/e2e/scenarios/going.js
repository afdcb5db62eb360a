// Owns the scenes of the keys where what had the focus goes away, is covered, or may not be thrown away.
import assert from "node:assert/strict";
import { choose, isAt } from "../focus.js";
import { eventually, garden, Person } from "../people.js";

const cid = () => crypto.randomUUID();
const say = (person, room, text) => person.api("POST", `/rooms/${room}/messages`, { cid: cid(), text });

export const scenarios = {
  "the focus goes on where what had it is gone": async (world) => {
    const { ada, id } = await garden(world);
    const { page } = ada.tab;
    for (const text of ["one", "two"]) await say(ada, id, text);
    await choose(page, "Room menu", "About this room");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete room" }).press("Enter");
    await isAt(page, "Cancel");
    await page.keyboard.press("Enter");
    await isAt(page, "Delete room");
    await page.keyboard.press("Escape");
    for (const text of ["one", "two"]) {
      await ada.tab.message(text).press("p");
      await ada.tab.message(text).getByText("Pinned by").waitFor();
    }
    await choose(page, "Room menu", "Pinned messages");
    await dialog.getByRole("button", { name: "Unpin" }).first().press("Enter");
    await eventually(async () => assert.equal(await dialog.getByRole("button", { name: "Unpin" }).count(), 1));
    await isAt(page, "Unpin");
    await page.keyboard.press("Enter");
    await isAt(page, "Close");
    await page.keyboard.press("Escape");
    await ada.tab.message("two").press("c");
    await page.getByRole("status").getByRole("button", { name: "Close" }).press("Enter");
    await isAt(page, "two");
    await choose(page, "What to do with Bo", "Remove from the room");
    await page.getByRole("status").getByText("Bo is no longer in this room").waitFor();
    await page.getByRole("complementary", { name: "People" }).getByRole("button", { name: /Ada/ }).and(page.locator(":focus")).waitFor();
  },

  "the focus goes along to the newest, and up to the first unread": async (world) => {
    const { ada, bo, id } = await garden(world, { height: 360 });
    const { page } = ada.tab;
    await ada.tab.createRoom("shed");
    let last;
    for (let nth = 1; nth <= 12; nth++) last = await say(bo, id, `Number ${nth}`);
    await ada.tab.unread("garden", 12);
    // By the address of a message, past where the unread begins.
    await page.evaluate((hash) => (location.hash = hash), `#/room/${id}/${last.seq}`);
    await page.getByRole("button", { name: /^12 unread/ }).press("Enter");
    await isAt(page, "Number 1");
    await page.getByRole("button", { name: "Go to the newest" }).press("Enter");
    await isAt(page, "Number 12");
  },

  "people who lie over a room hold the focus until they are gone": async (world) => {
    const ada = await Person.arrive(world, "Ada", { width: 900 });
    const { page } = ada.tab;
    await ada.tab.createRoom("garden");
    const panel = page.getByRole("complementary", { name: "People" });
    const opener = page.locator("[data-people]");
    const opens = async () => {
      await opener.press("Enter");
      await isAt(page, "Close");
      // What is covered does not take it.
      await ada.tab.box.evaluate((box) => box.focus());
      await isAt(page, "Close");
    };
    const closes = async () => {
      await panel.waitFor({ state: "detached" });
      await opener.and(page.locator(":focus")).waitFor();
    };
    await opens();
    await page.keyboard.press("Escape");
    await closes();
    await opens();
    await page.keyboard.press("Enter");
    await closes();
    await opens();
    await page.mouse.click(320, 400);
    await closes();
    await ada.tab.say("the room is there again");
    await ada.tab.sees("the room is there again");
  },

  "no keys put another dialog in the place of one with words": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const { page } = ada.tab;
    await ada.tab.createRoom("garden");
    const dialog = page.getByRole("dialog");
    for (const [menu, entry, field] of [["Add a room", "New room", "Name"], ["Room menu", "About this room", "Topic"]]) {
      await choose(page, menu, entry);
      const words = dialog.getByLabel(field, { exact: true });
      await words.fill("typed with care");
      const { hash } = new URL(page.url());
      for (const keys of ["Control+k", "Control+/", "Control+,"]) await words.press(keys);
      assert.equal(new URL(page.url()).hash, hash);
      assert.equal(await words.inputValue(), "typed with care");
      assert.equal(await dialog.count(), 1);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  },
};
