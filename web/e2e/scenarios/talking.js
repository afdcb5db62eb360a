// Owns the scenes of talking: two people with two tabs each, in one room and directly.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

/** Ada's room with Bo in it; both have a second tab on it. */
async function garden(world) {
  const ada = await Person.arrive(world, "Ada");
  const bo = await Person.arrive(world, "Bo");
  const id = await ada.tab.createRoom("garden", "Private");
  await ada.tab.page.getByRole("button", { name: "Room menu" }).click();
  await ada.tab.page.getByRole("menuitem", { name: "Copy join code" }).click();
  const code = await ada.tab.page.evaluate(() => navigator.clipboard.readText());
  assert.match(code, /^[A-Z]{8}$/);
  await bo.tab.joinByCode(code.toLowerCase());
  await bo.tab.isIn("garden");
  const tabs = { ada1: ada.tab, ada2: await ada.newTab(`#/room/${id}`), bo1: bo.tab, bo2: await bo.newTab(`#/room/${id}`) };
  for (const tab of Object.values(tabs)) await tab.isIn("garden");
  return { ada, bo, id, tabs, all: Object.values(tabs) };
}

export const scenarios = {
  "two people with two tabs each talk, edit, reply and delete in step": async (world) => {
    const { ada, bo, tabs, all } = await garden(world);
    await ada.tab.log.getByText("Bo joined").waitFor();
    await tabs.ada1.say("Morning. See https://example.org/beans?row=2.");
    for (const tab of all) await tab.sees("Morning. See");
    const link = tabs.bo1.log.getByRole("link", { name: "https://example.org/beans?row=2", exact: true });
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
    await tabs.bo2.say(`Thank you @${ada.username}, I will look`);
    await tabs.ada2.log.locator(".mention.me").waitFor();
    await tabs.bo1.does("Edit", "I will look");
    await tabs.bo1.box.fill(`Thank you @${ada.username}, I looked`);
    await tabs.bo1.box.press("Enter");
    for (const tab of all) await tab.sees(/I looked\s*edited/);
    await tabs.ada2.does("Reply", "I looked");
    await tabs.ada2.say("And?");
    for (const tab of all) await tab.message("And?").getByRole("button", { name: /In reply to/ }).waitFor();
    await tabs.bo1.message("And?").getByRole("button", { name: /In reply to/ }).click();
    await tabs.bo1.log.locator("li.marked", { hasText: "I looked" }).first().waitFor();
    await tabs.ada1.does("Delete for everybody", "And?");
    for (const tab of all) await tab.seesNot("And?");
    await tabs.bo1.log.getByText("This message was deleted").waitFor();
    await tabs.bo2.does("Delete for me", "Morning. See");
    await tabs.bo1.seesNot("Morning. See");
    await tabs.ada2.sees("Morning. See");
    await accessible(tabs.ada1.page, "a room");
    await bo.context.close();
    await ada.tab.page.getByRole("complementary", { name: "People" }).getByText("Not here · 1").waitFor();
  },

  "a message is one bubble from the first moment, and arrow-up edits it": async (world) => {
    const { tabs } = await garden(world);
    const { page } = tabs.ada1;
    await page.evaluate(() => {
      window.seen = [];
      new MutationObserver(() => {
        const row = [...document.querySelectorAll("[role=log] li.message")].at(-1);
        if (row && row !== window.seen.at(-1)) window.seen.push(row);
      }).observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
    });
    await tabs.ada1.say("one bubble");
    await tabs.bo1.sees("one bubble");
    await tabs.ada1.log.locator("li.message[data-seq]", { hasText: "one bubble" }).waitFor();
    assert.equal(await page.evaluate(() => window.seen.length), 1);
    await tabs.ada1.box.press("ArrowUp");
    await eventually(async () => assert.equal(await tabs.ada1.box.inputValue(), "one bubble"));
    await tabs.ada1.box.press("Escape");
    assert.equal(await tabs.ada1.box.inputValue(), "");
    await tabs.ada1.box.fill("first line");
    await tabs.ada1.box.press("Shift+Enter");
    await tabs.ada1.box.pressSequentially("second line");
    await tabs.ada1.box.press("Enter");
    await tabs.bo1.sees(/first line\s+second line/);
  },

  "an edit that somebody else's edit overtook is not lost": async (world) => {
    const { ada, id, tabs } = await garden(world);
    await tabs.ada1.say("the first words");
    await tabs.ada2.sees("the first words");
    // Its own bubble, before it is confirmed, has no number.
    await tabs.ada2.page.locator("li[data-seq]", { hasText: "the first words" }).waitFor();
    const seq = await tabs.ada2.message("the first words").getAttribute("data-seq");
    await tabs.ada1.box.press("ArrowUp");
    await tabs.ada1.box.fill("my words");
    await ada.api("PATCH", `/rooms/${id}/messages/${seq}`, { text: "their words" });
    await tabs.ada1.sees("their words");
    await tabs.ada1.box.press("Enter");
    await tabs.ada1.page.getByText("changed elsewhere meanwhile").waitFor();
    await tabs.ada1.message("their words").getByText("my words").waitFor();
    await tabs.ada1.message("their words").getByRole("button", { name: "Save all the same" }).click();
    await tabs.bo1.sees("my words");
  },

  "who types is shown, a draft outlives a reload": async (world) => {
    const { tabs, id } = await garden(world);
    await tabs.ada1.box.pressSequentially("half a tho");
    await tabs.bo1.page.getByText("Ada is typing").waitFor();
    await tabs.ada1.page.reload();
    await tabs.ada1.isIn("garden");
    await eventually(async () => assert.equal(await tabs.ada1.box.inputValue(), "half a tho"));
    await tabs.ada1.box.press("Enter");
    await tabs.bo1.sees("half a tho");
    await tabs.bo1.page.getByText("Ada is typing").waitFor({ state: "detached" });
    assert.equal(tabs.ada1.roomId(), id);
  },

  "what was written while the server was away is sent once when it is back": async (world) => {
    const { tabs } = await garden(world);
    await tabs.ada1.say("before");
    await tabs.bo1.sees("before");
    await world.house.stop();
    await tabs.ada1.say("while it was dark");
    await tabs.ada1.message("while it was dark").getByText("Waiting for the connection").waitFor();
    await tabs.ada1.page.getByText("Connecting again").waitFor();
    await accessible(tabs.ada1.page, "a room without a connection");
    await world.house.start();
    await tabs.bo1.sees("while it was dark");
    await tabs.bo1.say("and after");
    for (const tab of [tabs.ada1, tabs.ada2, tabs.bo2]) {
      await tab.sees("and after");
      assert.equal(await tab.message("while it was dark").count(), 1);
      assert.equal(await tab.message("before").count(), 1);
    }
    await tabs.ada1.page.getByText("Connecting again").waitFor({ state: "detached" });
  },

  "badges and titles go in step over all tabs": async (world) => {
    const { bo, tabs } = await garden(world);
    await tabs.bo1.createRoom("kitchen");
    await tabs.bo2.openRoom("kitchen");
    for (const words of ["one", "two", "three"]) await tabs.ada1.say(words);
    for (const tab of [tabs.bo1, tabs.bo2]) {
      await tab.unread("garden", 3);
      await tab.title(/^\(3\) kitchen/);
    }
    await tabs.ada1.say(`@${bo.username} look`);
    await tabs.bo1.link("garden").getByText("1 mention").waitFor();
    await tabs.bo1.openRoom("garden");
    await tabs.bo1.log.locator("li.unread").waitFor();
    for (const tab of [tabs.bo1, tabs.bo2]) {
      await tab.unread("garden", 0);
      await tab.title(/^(?!\()/);
    }
    await tabs.bo1.look(false);
    await tabs.ada2.say("nobody looks");
    await tabs.bo1.sees("nobody looks");
    await tabs.bo2.unread("garden", 1);
    await tabs.bo1.unread("garden", 1);
    await tabs.bo1.look(true);
    await tabs.bo2.unread("garden", 0);
  },
};
