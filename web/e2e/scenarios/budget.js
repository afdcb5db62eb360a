// Owns the scenes that hold what the page may cost: how much script the first room needs, from where, and what a long room does.
import assert from "node:assert/strict";
import { eventually, Person } from "../people.js";
import { scriptToFirstRoom } from "../weight.js";

/** Script to the first room, as gzip. */
const LIMIT_KB = 130;
/** So many messages at once; and fewer rows than this on the page whose end is followed. */
const [FLOOD, ROWS] = [400, 220];

export const scenarios = {
  "the first room needs little script, and nothing from anywhere else": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const room = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "public" });
    await ada.api("POST", `/rooms/${room.id}/messages`, { cid: crypto.randomUUID(), text: "hello" });
    const { cookies } = await ada.context.storageState();
    const context = await world.browser.newContext({ locale: "en-GB", storageState: { cookies, origins: [] } });
    world.contexts.push(context);
    const requests = [];
    context.on("request", (request) => requests.push(request.url()));
    const page = await context.newPage();
    await page.goto(`${world.house.url}/#/room/${room.id}`);
    await page.getByText("hello").waitFor();
    const { bytes, files } = await scriptToFirstRoom(page);
    console.log(`      ${(bytes / 1_024).toFixed(1)} KB of script in ${files} files`);
    assert.ok(bytes <= LIMIT_KB * 1_024, `${bytes} bytes of script`);
    assert.deepEqual(requests.filter((url) => !url.startsWith(world.house.url)), []);
  },

  "much that is said at once costs few rows, is followed to the newest, and none of it is missing above": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const room = await ada.tab.createRoom("garden");
    for (let turn = 0; turn < FLOOD / 40; turn++) {
      const numbers = Array.from({ length: 40 }, (_, n) => turn * 40 + n);
      await Promise.all(numbers.map((n) => ada.api("POST", `/rooms/${room}/messages`, { cid: crypto.randomUUID(), text: `Flood ${n}` })));
    }
    const newest = await ada.api("POST", `/rooms/${room}/messages`, { cid: crypto.randomUUID(), text: "and the last" });
    const { log } = ada.tab;
    await eventually(async () => assert.equal(await log.locator("li.message").last().getAttribute("data-seq"), String(newest.seq)));
    await eventually(async () => assert.ok((await log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)) < 2, "the end is in sight"));
    const rows = await log.locator("li.message").count();
    assert.ok(rows < ROWS, `${rows} rows on the page`);
    const seen = new Set(await log.evaluate(readUp));
    const missing = Array.from({ length: FLOOD }, (_, n) => newest.seq - n).filter((seq) => !seen.has(seq));
    assert.deepEqual(missing, []);
  },
};

/** Runs in the page: every message from the newest to the room's beginning. */
async function readUp(box) {
  const seen = new Set();
  for (let still = 0; still < 60; still = box.scrollTop < 1 ? still + 1 : 0) {
    for (const row of box.querySelectorAll("li[data-seq]")) seen.add(Number(row.dataset.seq));
    box.scrollTop -= 300;
    await new Promise((done) => requestAnimationFrame(done));
  }
  return [...seen];
}
