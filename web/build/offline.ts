// Owns the list of files that the service worker keeps: all of this build.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

/** A Vite plugin that writes the list into `sw.js` once the bundle is on disk. */
export function offline(): Plugin {
  return {
    name: "parlour-offline",
    apply: "build",
    async writeBundle({ dir = "dist" }) {
      const assets = (await readdir(join(dir, "assets"))).filter((name) => !/\.(br|gz)$/.test(name)).sort();
      const files = ["/", "/icon.svg", ...assets.map((name) => `/assets/${name}`)];
      const index = await readFile(join(dir, "index.html"), "utf8");
      const build = createHash("sha256").update(files.join() + index).digest("hex").slice(0, 12);
      const path = join(dir, "sw.js");
      const words = await readFile(path, "utf8");
      await writeFile(path, words.replace("BUILD", build).replace('["FILES"]', JSON.stringify(files)));
    },
  };
}
