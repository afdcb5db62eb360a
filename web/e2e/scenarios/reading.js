// Owns the scenes of reading: a long history, a narrow page, the keyboard.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

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
};
