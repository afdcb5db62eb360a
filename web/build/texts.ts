// Owns that a page fetches the texts of its own language alone: what paraglide compiled is bound to one language when it starts.
import type { Plugin } from "vite";

const INDEX = /\/src\/texts\/messages\/_index\.js$/;
const VIRTUAL = "virtual:texts";

/** A Vite plugin for `virtual:texts`, whose `loadTexts` comes before any text is used. */
export function texts(): Plugin {
  let root = "";
  return {
    name: "parlour-texts",
    configResolved(config) {
      root = config.root;
    },
    resolveId: (id) => (id === VIRTUAL ? `${root}/src/texts/messages/_index.js` : undefined),
    transform(code, id) {
      if (!INDEX.test(id)) return undefined;
      const locales = [...code.matchAll(/^import \* as \w+ from "\.\/([\w-]+)\.js"/gm)].map((match) => match[1]!);
      const names = [...code.matchAll(/^export const (\w+) =/gm)].map((match) => match[1]!);
      if (locales.length === 0 || names.length === 0) this.error("paraglide's texts look different from what they were");
      return { code: bound(locales, names), map: null };
    },
  };
}

function bound(locales: string[], names: string[]): string {
  return [
    `const LOADERS = { ${locales.map((locale) => `${JSON.stringify(locale)}: () => import("./${locale}.js")`).join(", ")} };`,
    "let T;",
    `export async function loadTexts(locale) { T = await LOADERS[locale]().catch(() => LOADERS[${JSON.stringify(locales[0])}]()); }`,
    ...names.map((name) => `export const ${name} = (inputs) => T.${name}(inputs);`),
  ].join("\n");
}
