// Owns the emoji as the page takes them: one small module a language, made of emojibase's data.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

interface Source {
  emoji: string;
  label: string;
  tags?: string[];
  hexcode: string;
  group?: number;
  order?: number;
  skins?: { emoji: string; tone: number | number[] }[];
}

interface Names {
  groups: { key: string; message: string; order: number }[];
  skinTones: { key: string; message: string }[];
}

const PREFIX = "virtual:emoji/";
/** Parts of other emoji. */
const COMPONENTS = 2;
const require = createRequire(import.meta.url);

/** A Vite plugin for `virtual:emoji/LOCALE`. */
export function emoji(): Plugin {
  return {
    name: "parlour-emoji",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const locale = id.slice(PREFIX.length + 1);
      const all = await read<Source[]>(`${locale}/data.json`);
      const codes = await read<Record<string, string | string[]>>("en/shortcodes/github.json");
      const names = await read<Names>(`${locale}/messages.json`);
      const rows = all
        .filter((one) => one.group !== undefined && one.group !== COMPONENTS)
        .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
        .map((one) => rowOf(one, [codes[one.hexcode] ?? []].flat()));
      const groups = names.groups.filter(({ order }) => order !== COMPONENTS).map(({ order, message }) => [order, message]);
      return `export default ${JSON.stringify({ rows: rows.join("\n"), groups, tones: names.skinTones.map(({ key, message }) => [key, message]) })}`;
    },
  };
}

/** Its letters, group, whether it has skin tones, name, codes, other words. */
function rowOf({ emoji, label, tags = [], group, skins = [] }: Source, codes: string[]): string {
  const isToned = skins.some(({ emoji: toned, tone }) => tone === 1 && toned === withTone(emoji, "\u{1F3FB}"));
  return [emoji, group, isToned ? 1 : 0, label, codes.join(" "), tags.join(" ")].join("\t");
}

/** The same rule as the page's: the tone follows the first picture. */
function withTone(emoji: string, tone: string): string {
  const [first = "", ...rest] = [...emoji];
  return first + tone + rest.join("").replace(/^\uFE0F/, "");
}

async function read<Value>(path: string): Promise<Value> {
  return JSON.parse(await readFile(require.resolve(`emojibase-data/${path}`), "utf8")) as Value;
}
