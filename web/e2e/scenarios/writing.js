// Owns the scenes of writing: what is completed, what commands do, emoji from the board.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** Ada's public garden with Bo in it; both look at it. */
async function garden(world) {
  const ada = await Person.arrive(world, "Ada");
  const bo = await Person.arrive(world, "Bo");
  const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
  await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
  await ada.tab.openRoom("garden");
  await bo.tab.openRoom("garden");
  return { ada, bo, room };
}

export const scenarios = {
  "people, rooms, emoji and commands are completed while one writes": async (world) => {
    const { ada, bo, room } = await garden(world);
    const { page } = ada.tab;
    const list = page.getByRole("listbox");
    await ada.tab.box.pressSequentially("Hello @bo");
    await list.getByRole("option", { name: /Bo/ }).first().waitFor();
    await accessible(page, "completing a name");
    await page.keyboard.press("Enter");
    assert.equal(await ada.tab.box.inputValue(), `Hello @${bo.username} `);
    await ada.tab.box.pressSequentially("see #gar");
    await list.getByRole("option", { name: /garden/ }).waitFor();
    await page.keyboard.press("Tab");
    await ada.tab.box.pressSequentially(":rocke");
    await list.getByRole("option", { name: /:rocket:/ }).waitFor();
    await page.keyboard.press("Enter");
    await ada.tab.box.press("Enter");
    await bo.tab.log.locator(".mention.me").waitFor();
    await bo.tab.sees("🚀");
    await bo.tab.log.getByRole("link", { name: "#garden" }).waitFor();
    await ada.tab.box.pressSequentially("@b");
    await list.waitFor();
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "detached" });
    await ada.tab.box.press("Enter");
    await bo.tab.log.getByText("@b", { exact: true }).waitFor();
    assert.ok(room.id);
  },

  "written commands do what they say": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    await ada.tab.box.pressSequentially("/to");
    await page.getByRole("option", { name: /\/topic/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("Apples and pears");
    await page.keyboard.press("Enter");
    await bo.tab.log.getByText("Ada set the topic: Apples and pears").waitFor();
    await ada.tab.say("/me waters the beans");
    await bo.tab.log.locator(".action", { hasText: "Ada waters the beans" }).waitFor();
    await ada.tab.say("/shrug who knows");
    await bo.tab.sees("who knows ¯\\_(ツ)_/¯");
    await ada.tab.say("//not a command");
    await bo.tab.sees("/not a command");
    await ada.tab.say("/nosuch thing");
    await page.getByText("There is no command /nosuch").waitFor();
    assert.equal(await ada.tab.box.inputValue(), "/nosuch thing");
    // What is typed before the command is done is kept.
    await ada.tab.box.fill("/topic Plums");
    await ada.tab.box.evaluate(async (box) => {
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      await new Promise((resolve) => setTimeout(resolve));
      document.execCommand("insertText", false, "what comes next");
    });
    await bo.tab.log.getByText("Ada set the topic: Plums").waitFor();
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), "what comes next"));
    await ada.tab.say("/help");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    const cleo = await Person.arrive(world, "Cleo");
    await ada.tab.say(`/invite @${cleo.username}`);
    await page.getByText("Cleo was sent the way in").waitFor();
    await cleo.tab.openRoom(/Ada/);
    await cleo.tab.log.getByRole("link").click();
    await cleo.tab.page.getByRole("button", { name: "Join" }).click();
    await cleo.tab.isIn("garden");
    await cleo.tab.say("/leave");
    await cleo.tab.link("garden").waitFor({ state: "detached" });
    await cleo.tab.page.getByText("You left garden").waitFor();
    assert.equal(await cleo.tab.page.getByText("You are no longer in that room").count(), 0);
  },

  "any emoji is found on the board, for words and for reactions": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    await page.getByRole("button", { name: "Emoji", exact: true }).click();
    const board = page.getByRole("dialog", { name: "Emoji" });
    await board.getByRole("radio", { name: "medium skin tone" }).click();
    await board.getByRole("searchbox").fill("waving");
    await board.getByRole("button", { name: "waving hand" }).waitFor();
    await accessible(page, "the board of emoji");
    await page.keyboard.press("Enter");
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), "👋🏽"));
    await ada.tab.box.press("Enter");
    await bo.tab.sees("👋🏽");
    const row = bo.tab.message("👋🏽");
    await row.hover();
    await row.getByRole("button", { name: "React", exact: true }).click();
    await bo.tab.page.getByRole("menuitem", { name: "All emoji" }).click();
    const other = bo.tab.page.getByRole("dialog", { name: "Emoji" });
    await other.getByRole("searchbox").fill("lobster");
    await other.getByRole("button", { name: "lobster" }).click();
    await ada.tab.message("👋🏽").getByRole("button", { name: /1, Bo/ }).waitFor();
    await page.getByRole("button", { name: "Emoji", exact: true }).click();
    await board.getByRole("button", { name: "Used lately" }).waitFor();
    await board.getByRole("button", { name: "waving hand" }).waitFor();
  },

  "what was completed or marked can be undone, and Enter belongs to the input method while it is used": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    const holds = (words) => eventually(async () => assert.equal(await ada.tab.box.inputValue(), words));
    await ada.tab.box.pressSequentially("hello @bo");
    await page.getByRole("listbox").waitFor();
    await page.keyboard.press("Enter");
    await holds(`hello @${bo.username} `);
    await page.keyboard.press("Control+z");
    await holds("hello @bo");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+b");
    await holds("**hello @bo**");
    await page.keyboard.press("Control+z");
    await holds("hello @bo");
    await ada.tab.box.fill("日本");
    // The Enter that ends a composition: as most browsers tell it, and as Safari does.
    for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
      await ada.tab.box.evaluate((box, given) => box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...given })), how);
      await holds("日本");
    }
    await page.keyboard.press("Control+k");
    const finder = page.getByRole("combobox");
    await finder.fill("settings");
    await page.getByRole("option", { name: "Settings" }).waitFor();
    await finder.evaluate((field) => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })));
    await page.getByRole("option", { name: "Settings" }).waitFor();
    await page.keyboard.press("Escape");
    await ada.tab.box.press("Enter");
    await bo.tab.sees("日本");
  },
};
