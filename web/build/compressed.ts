// Owns the compressed copies: writes `.br` and `.gz` beside each built file.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(js|css|html|svg|json|webmanifest|txt)$/;

/** A Vite plugin that runs once after the bundle is on disk. */
export function compressed(): Plugin {
  let folder = "dist";
  return {
    name: "parlour-compressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      const chosen = names.filter((name) => COMPRESSIBLE.test(name));
      await Promise.all(chosen.map((name) => write(join(folder, name))));
    },
  };
}

async function write(path: string): Promise<void> {
  const bytes = await readFile(path);
  const brotli = await promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const zipped = await promisify(gzip)(bytes, { level: 9 });
  await Promise.all([writeFile(`${path}.br`, brotli), writeFile(`${path}.gz`, zipped)]);
}
