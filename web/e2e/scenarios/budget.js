// Owns the scenes that hold what the page may cost: how much script the first room needs, from where, and what a long room does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { Person } from "../people.js";

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
    const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
    // The shared worker is fetched by the browser, not by the page.
    const dist = new URL("../../dist/", import.meta.url);
    const worker = /assets\/worker-[\w-]+\.js/.exec(await readFile(new URL("sw.js", dist), "utf8"))[0];
    const scripts = [...new Set([...loaded.filter((path) => path.endsWith(".js") && path.startsWith("/assets/")), `/${worker}`])];
    let sum = 0;
    for (const path of scripts) sum += gzipSync(await readFile(new URL(`.${path}`, dist)), { level: 9 }).length;
    console.log(`      ${(sum / 1_024).toFixed(1)} KB of script in ${scripts.length} files`);
    assert.ok(sum <= LIMIT_KB * 1_024, `${sum} bytes of script`);
    assert.deepEqual(requests.filter((url) => !url.startsWith(world.house.url)), []);
  },
};
