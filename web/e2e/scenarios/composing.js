// Owns the scenes of the box while one writes in it: when the list goes, what becomes of codes and marks, which message is edited, what is said of what cannot be done.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, garden, Person } from "../people.js";

const holds = (tab, words) => eventually(async () => assert.equal(await tab.box.inputValue(), words));
const gone = (page) => page.getByRole("listbox").waitFor({ state: "detached" });

/** Types what is offered something for, and waits for the offer. */
async function offered(tab, words) {
  await tab.box.pressSequentially(words);
  await tab.page.getByRole("listbox").waitFor();
}

export const scenarios = {
  "what is written out in full is sent, and the list goes with it": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    for (const [words, seen] of [[`thanks @${bo.username}`, `thanks @${bo.username}`], ["come to #garden", "come to #garden"], ["/shrug", "¯\\_(ツ)_/¯"]]) {
      await offered(ada.tab, words);
      await page.keyboard.press("Enter");
      await bo.tab.sees(seen);
      await holds(ada.tab, "");
      await gone(page);
    }
    await offered(ada.tab, "and @b");
    await page.keyboard.press("Control+Enter");
    await bo.tab.sees("and @b");
    await gone(page);
    await page.locator("li.message[data-seq]", { hasText: "and @b" }).waitFor();
    await page.keyboard.press("ArrowUp");
    await holds(ada.tab, "and @b");
  },

  "a list that was sent away comes back with the next word": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    await offered(ada.tab, "@b");
    await page.keyboard.press("Escape");
    await gone(page);
    await ada.tab.box.pressSequentially("o");
    await gone(page);
    for (let letters = 3; letters > 0; letters--) await page.keyboard.press("Backspace");
    await ada.tab.say("hello");
    await bo.tab.sees("hello");
    await offered(ada.tab, "@");
    await page.keyboard.press("Escape");
    await gone(page);
    await page.keyboard.press("Enter");
    await holds(ada.tab, "");
    await offered(ada.tab, "@");
    await page.keyboard.press("Backspace");
    await offered(ada.tab, "/");
  },

  "the list goes with the caret, and a name is replaced whole": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    await offered(ada.tab, "hello @bo");
    await page.keyboard.press("Home");
    await gone(page);
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await bo.tab.sees("hello @bo");
    await offered(ada.tab, `hi @${bo.username}x there`.slice(0, 6));
    await ada.tab.box.pressSequentially("xyz there");
    await gone(page);
    await ada.tab.box.evaluate((box) => box.setSelectionRange(5, 5));
    await offered(ada.tab, "o");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Tab");
    await holds(ada.tab, `hi @${bo.username} there`);
    await ada.tab.box.fill("");
    await offered(ada.tab, '"*@bo');
    await page.keyboard.press("Enter");
    await holds(ada.tab, `"*@${bo.username} `);
    await ada.tab.box.fill("");
    await offered(ada.tab, "ボーさん@bo");
    await page.keyboard.press("Enter");
    await ada.tab.box.press("Enter");
    await bo.tab.log.locator(".mention.me", { hasText: bo.username }).waitFor();
  },

  "a code that is written out becomes its emoji": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    await ada.tab.box.pressSequentially("well :tada:");
    await holds(ada.tab, "well 🎉");
    await page.keyboard.press("Control+z");
    await holds(ada.tab, "well :tada:");
    await ada.tab.box.fill("");
    await ada.tab.box.pressSequentially("a :+1::rocket: `:tada:` :nosuch: 12:30:45");
    await holds(ada.tab, "a 👍️🚀 `:tada:` :nosuch: 12:30:45");
    await ada.tab.box.press("Enter");
    await bo.tab.sees("🚀");
    // The book comes when more was typed already.
    await page.route(/\/assets\/.*\.js/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await route.continue();
    });
    await page.reload();
    await ada.tab.isIn("garden");
    await ada.tab.box.pressSequentially("now :tada: then");
    await holds(ada.tab, "now 🎉 then");
    await ada.tab.box.pressSequentially("!");
    await holds(ada.tab, "now 🎉 then!");
  },

  "arrow-up edits the last message of mine, and no other": async (world) => {
    const { ada, bo, id } = await garden(world);
    const { page } = ada.tab;
    const say = (who, text) => who.api("POST", `/rooms/${id}/messages`, { cid: crypto.randomUUID(), text });
    const { seq } = await say(ada, "an old one");
    for (let n = 1; n <= 130; n++) await say(bo, `Message ${n}.`);
    await say(ada, "the newest of mine");
    await page.goto(`${world.house.url}/#/room/${id}/${seq}`);
    await page.reload();
    await ada.tab.isIn("garden");
    await ada.tab.sees("an old one");
    await ada.tab.box.press("ArrowUp");
    await holds(ada.tab, "the newest of mine");
    await eventually(async () => assert.ok(await ada.tab.message("the newest of mine").evaluate((row) => row.getBoundingClientRect().bottom < innerHeight)));
    await page.keyboard.press("End");
    await page.keyboard.type("!");
    await holds(ada.tab, "the newest of mine!");
    await page.keyboard.press("Escape");
    await holds(ada.tab, "");
    await world.house.stop();
    await ada.tab.say("on its way");
    await ada.tab.message("on its way").getByText("Waiting for the connection").waitFor();
    await ada.tab.box.press("ArrowUp");
    await page.waitForTimeout(300);
    await holds(ada.tab, "");
    await world.house.start();
    await page.locator("li.message[data-seq]", { hasText: "on its way" }).waitFor();
    await ada.tab.box.press("ArrowUp");
    await holds(ada.tab, "on its way");
  },

  "commands without their words say how they are used, and change nothing": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    const alert = (words) => page.getByRole("alert").getByText(words).waitFor();
    await ada.tab.say("/me");
    await alert("Write what you do");
    await holds(ada.tab, "/me");
    await ada.tab.say("/invite");
    await alert("Write whom to invite");
    await holds(ada.tab, "/invite");
    await ada.tab.say(`/invite @${bo.username}`);
    await page.getByText("Bo is in this room already").waitFor();
    await ada.tab.say("/topic");
    await page.getByText("There is no topic yet").waitFor();
    await ada.tab.say("/topic Pears");
    await bo.tab.log.getByText("Ada set the topic: Pears").waitFor();
    await page.getByRole("banner").or(page.locator("header")).getByText("Pears").first().waitFor();
    await ada.tab.say("/topic");
    await page.getByText("The topic is: Pears").waitFor();
    await holds(ada.tab, "");
    assert.equal(await bo.tab.log.getByText("removed the topic").count(), 0);
    assert.equal(await bo.tab.link("Ada").count(), 0);
  },

  "too many words and none at all are spoken of": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    const refused = page.getByRole("alert").getByText("Message is too long: at most 10000 characters.");
    await ada.tab.box.fill("a".repeat(10_001));
    await ada.tab.box.press("Enter");
    await refused.waitFor();
    await accessible(page, "a message that is too long");
    await ada.tab.box.press("End");
    await ada.tab.box.press("Backspace");
    await refused.waitFor({ state: "detached" });
    await ada.tab.box.fill("b".repeat(10_001));
    await page.getByRole("button", { name: "Send" }).click();
    await refused.waitFor();
    await ada.tab.say("a slip");
    await bo.tab.sees("a slip");
    await page.locator("li.message[data-seq]", { hasText: "a slip" }).waitFor();
    await ada.tab.box.press("ArrowUp");
    await holds(ada.tab, "a slip");
    await ada.tab.say("");
    const dialog = page.getByRole("dialog", { name: "Delete this message for everybody?" });
    await dialog.getByText("a slip").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Editing your message").waitFor();
    await ada.tab.box.press("Enter");
    await dialog.getByRole("button", { name: "Delete for everybody" }).click();
    await bo.tab.seesNot("a slip");
    await page.getByText("Editing your message").waitFor({ state: "detached" });
  },

  "a second press of the keys that mark steps out of the mark": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    for (const [key, word] of [["b", "bold"], ["i", "slanted"], ["e", "code"]]) {
      await ada.tab.box.press(`Control+${key}`);
      await page.keyboard.type(word);
      await ada.tab.box.press(`Control+${key}`);
      await page.keyboard.type(" and ");
    }
    await holds(ada.tab, "**bold** and _slanted_ and `code` and ");
    await ada.tab.box.press("Enter");
    await bo.tab.log.locator("strong", { hasText: "bold" }).waitFor();
  },

  "rooms are found by the plain letters of their names": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const { page } = ada.tab;
    for (const name of ["Łódź", "Straße", "café"]) await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name, kind: "private" });
    await ada.tab.link("café").waitFor();
    for (const [words, name] of [["lodz", "Łódź"], ["strasse", "Straße"], ["cafe\u0301", "café"]]) {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill(words);
      await page.getByRole("option", { name }).waitFor();
      await page.keyboard.press("Escape");
    }
  },
};
