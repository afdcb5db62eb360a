// Owns how much script a page has fetched, and what it comes to when it is compressed.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

/** Of a page whose first room is on screen. */
export async function scriptToFirstRoom(page) {
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
  // The shared worker is fetched by the browser, not by the page.
  const dist = new URL("../dist/", import.meta.url);
  const worker = /assets\/worker-[\w-]+\.js/.exec(await readFile(new URL("sw.js", dist), "utf8"))[0];
  const scripts = [...new Set([...loaded.filter((path) => path.endsWith(".js") && path.startsWith("/assets/")), `/${worker}`])];
  let bytes = 0;
  for (const path of scripts) bytes += gzipSync(await readFile(new URL(`.${path}`, dist)), { level: 9 }).length;
  return { bytes, files: scripts.length };
}
