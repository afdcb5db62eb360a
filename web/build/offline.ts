// Owns the lists of files that the service worker keeps: what every page needs, and what is kept once it was used.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

const ALWAYS = ["/", "/icon.svg", "/icon-192.png", "/manifest.webmanifest"];
/** Nobody reads all languages, and few write formulas. */
const WHEN_USED = /\/texts\/messages\/[\w-]+\.js$|virtual:emoji|\/node_modules\/(?:temml|highlight\.js)\//;

/** A Vite plugin that writes the lists into `sw.js` once the bundle is on disk. */
export function offline(): Plugin {
  return {
    name: "parlour-offline",
    apply: "build",
    async writeBundle({ dir = "dist" }, bundle) {
      const used = new Set(Object.values(bundle).flatMap((one) => (one.type === "chunk" && WHEN_USED.test(one.facadeModuleId ?? "") ? [one.fileName] : [])));
      const assets = (await readdir(join(dir, "assets"))).filter((name) => !/\.(br|gz)$/.test(name)).sort().map((name) => `assets/${name}`);
      const files = [...ALWAYS, ...assets.filter((name) => !used.has(name)).map((name) => `/${name}`)];
      const later = [...used].sort().map((name) => `/${name}`);
      const index = await readFile(join(dir, "index.html"), "utf8");
      const build = createHash("sha256").update(files.join() + later.join() + index).digest("hex").slice(0, 12);
      const path = join(dir, "sw.js");
      const words = await readFile(path, "utf8");
      await writeFile(path, words.replace("BUILD", build).replace('["FILES"]', JSON.stringify(files)).replace('["LATER"]', JSON.stringify(later)));
    },
  };
}
