// Owns the scenes of what is put to messages and kept beside them: reactions, pins, saved ones, drafts, and what is unread.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

/** Ada's rooms with Bo in them; Ada has two tabs and a second device on the garden. */
async function garden(world) {
  const ada = await Person.arrive(world, "Ada");
  const bo = await Person.arrive(world, "Bo");
  const room = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
  const shed = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "shed", kind: "private" });
  for (const { code } of [room, shed]) await bo.api("POST", "/rooms/join", { cid: crypto.randomUUID(), code });
  await ada.tab.openRoom("garden");
  await bo.tab.openRoom("garden");
  const second = await ada.newTab(`#/room/${room.id}`);
  const device = await ada.signInElsewhere();
  await device.openRoom("garden");
  await second.isIn("garden");
  return { ada, bo, room, shed, second, device, all: [ada.tab, second, device, bo.tab] };
}

async function reacts(tab, name, text) {
  const row = tab.message(text).first();
  await row.hover();
  await row.getByRole("button", { name: "React", exact: true }).click();
  await tab.page.getByRole("menuitem", { name, exact: true }).click();
}

const chip = (tab, text, name) => tab.message(text).getByRole("list", { name: "Reactions" }).getByRole("button", { name });

async function opensRoomMenu(tab, item) {
  await tab.page.getByRole("button", { name: "Room menu" }).click();
  await tab.page.getByRole("menuitem", { name: item }).click();
}

export const scenarios = {
  "a reaction is a tap, and in step on all tabs and devices": async (world) => {
    const { ada, bo, device, all } = await garden(world);
    await bo.tab.say("Beans are up");
    for (const tab of all) await tab.sees("Beans are up");
    await reacts(ada.tab, "thumbs up", "Beans are up");
    for (const tab of all) await chip(tab, "Beans are up", /^thumbs up, 1, /).waitFor();
    await chip(bo.tab, "Beans are up", "thumbs up, 1, Ada").click();
    await chip(ada.tab, "Beans are up", "thumbs up, 2, you and Bo").waitFor();
    assert.equal(await chip(device, "Beans are up", /thumbs up, 2/).getAttribute("aria-pressed"), "true");
    await reacts(bo.tab, "red heart", "Beans are up");
    for (const tab of all) await chip(tab, "Beans are up", /^red heart, 1/).waitFor();
    // By keyboard: the newest row, its tools, the board, along it and away again.
    await ada.tab.log.locator("li.message").last().focus();
    await ada.tab.page.keyboard.press("Tab");
    await eventually(async () => assert.match(await ada.tab.page.evaluate(() => document.activeElement.ariaLabel ?? ""), /thumbs up, 2/));
    await ada.tab.page.keyboard.press("Enter");
    for (const tab of all) await chip(tab, "Beans are up", /^thumbs up, 1, /).waitFor();
    await accessible(ada.tab.page, "a message with reactions");
    await chip(bo.tab, "Beans are up", /^thumbs up/).click();
    await chip(bo.tab, "Beans are up", /^red heart/).click();
    for (const tab of all) await tab.message("Beans are up").getByRole("list", { name: "Reactions" }).waitFor({ state: "detached" });
  },

  "marked as unread stays so while it is looked at, on all tabs and devices, until somebody comes back": async (world) => {
    const { ada, bo, second, device } = await garden(world);
    for (const words of ["First", "Second", "Third"]) await bo.tab.say(words);
    for (const tab of [ada.tab, second, device]) await tab.sees("Third");
    for (const tab of [ada.tab, second, device]) await tab.unread("garden", 0);
    await ada.tab.does("Mark as unread", "Second");
    for (const tab of [ada.tab, second, device]) await tab.unread("garden", 2);
    await ada.tab.log.locator("[data-unread]").waitFor();
    await device.log.locator("[data-unread]").waitFor();
    await bo.tab.say("Fourth");
    for (const tab of [ada.tab, second, device]) await tab.unread("garden", 3);
    await device.openRoom("shed");
    await device.openRoom("garden");
    for (const tab of [ada.tab, second, device]) await tab.unread("garden", 0);
  },

  "pinned is for everybody, saved for me, and both lead to the message": async (world) => {
    const { ada, bo, second, device, all } = await garden(world);
    await bo.tab.say("The key hangs by the door");
    await bo.tab.say("The kettle is on");
    for (const tab of all) await tab.sees("The kettle is on");
    await bo.tab.does("Pin for everybody", "The key hangs");
    for (const tab of all) await tab.message("The key hangs").getByText("Pinned by Bo").waitFor();
    await ada.tab.does("Save for me", "The kettle");
    for (const tab of [ada.tab, second, device]) await tab.message("The kettle").getByText("Saved").waitFor();
    assert.equal(await bo.tab.message("The kettle").getByText("Saved").count(), 0);
    await opensRoomMenu(ada.tab, "Pinned messages");
    const dialog = ada.tab.page.getByRole("dialog", { name: "Pinned messages" });
    await dialog.getByText("The key hangs").waitFor();
    await accessible(ada.tab.page, "pinned messages");
    await dialog.getByRole("listitem").filter({ hasText: "The key hangs" }).click();
    await ada.tab.log.locator("li.marked", { hasText: "The key hangs" }).waitFor();
    await second.page.goto(`${world.house.url}/#/saved`);
    await second.page.getByRole("main").getByText("The kettle").waitFor();
    await accessible(second.page, "saved messages");
    await ada.tab.does("Save for me", "The key hangs");
    await second.page.getByRole("main").getByText("The key hangs").waitFor();
    await second.page.getByRole("listitem").filter({ hasText: "The key hangs" }).getByRole("button", { name: "No longer save" }).click();
    await ada.tab.message("The key hangs").getByText("Saved").waitFor({ state: "detached" });
    await second.page.getByRole("listitem").filter({ hasText: "The kettle" }).getByRole("link").click();
    await second.log.locator("li.marked", { hasText: "The kettle" }).waitFor();
    await ada.tab.does("Unpin", "The key hangs");
    for (const tab of all) await tab.message("The key hangs").getByText("Pinned").waitFor({ state: "detached" });
  },

  "a draft is on all my devices, and nothing is put over what is typed": async (world) => {
    const { ada, bo, second, device } = await garden(world);
    const holds = (tab, words) => eventually(async () => assert.equal(await tab.box.inputValue(), words, [ada.tab, second, device].indexOf(tab)));
    await bo.tab.say("Peas or beans?");
    await ada.tab.does("Reply", "Peas or beans?");
    await ada.tab.box.pressSequentially("Beans, and");
    for (const tab of [second, device]) await holds(tab, "Beans, and");
    await device.page.getByText("Replying to Bo").waitFor();
    await device.openRoom("shed");
    await device.link("garden").getByText("Draft").waitFor({ state: "attached" });
    await device.openRoom("garden");
    await holds(device, "Beans, and");
    await device.box.press("End");
    await device.box.pressSequentially(" peas");
    await holds(ada.tab, "Beans, and peas");
    await ada.tab.page.reload();
    await ada.tab.isIn("garden");
    await holds(ada.tab, "Beans, and peas");
    await ada.tab.page.getByText("Replying to Bo").waitFor();
    await ada.tab.box.press("Enter");
    await bo.tab.message("Beans, and peas").getByRole("button", { name: /In reply to/ }).waitFor();
    for (const tab of [ada.tab, second, device]) await holds(tab, "");
    await eventually(async () => assert.equal(await device.page.getByText("Replying to Bo").count(), 0));
  },

  "a room that is not looked at counts by itself, and everybody is called": async (world) => {
    const { ada, bo, room, second, device } = await garden(world);
    for (const tab of [ada.tab, second, device]) await tab.openRoom("shed");
    await bo.tab.say("One");
    for (const tab of [ada.tab, device]) await tab.unread("garden", 1);
    for (const words of ["Two", "Three", "Four"]) await bo.tab.say(words);
    for (const tab of [ada.tab, device]) await tab.unread("garden", 4);
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: crypto.randomUUID(), text: "@all the gate is open" });
    await ada.tab.link("garden").getByText("1 mention").waitFor({ state: "attached" });
    await ada.tab.openRoom("garden");
    await ada.tab.log.locator(".mention.me", { hasText: "@all" }).waitFor();
    for (const tab of [ada.tab, device]) await tab.unread("garden", 0);
  },

  "what new people see of a private room is for its moderators to say": async (world) => {
    const { ada, bo, room } = await garden(world);
    await ada.tab.say("Old words");
    await opensRoomMenu(ada.tab, "About this room");
    const dialog = ada.tab.page.getByRole("dialog");
    await dialog.getByRole("radio", { name: /From now on/ }).check();
    await accessible(ada.tab.page, "a private room's details");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
    await opensRoomMenu(bo.tab, "About this room");
    await bo.tab.page.getByRole("dialog").getByText("sees only what is said from then on").waitFor();
    const cleo = await Person.arrive(world, "Cleo");
    await cleo.tab.joinByCode(room.code);
    await cleo.tab.isIn("garden");
    await ada.tab.say("New words");
    await cleo.tab.sees("New words");
    assert.equal(await cleo.tab.message("Old words").count(), 0);
  },
};
