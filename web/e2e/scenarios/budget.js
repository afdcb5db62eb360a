// Owns the scenes that hold what the page may cost: how much script the first room needs, from where, and what a long room does.
import assert from "node:assert/strict";
import { Person } from "../people.js";
import { scriptToFirstRoom } from "../weight.js";

/** Script to the first room, as gzip. */
const LIMIT_KB = 130;

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
};
