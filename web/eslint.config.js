// Owns the lint rules, among them the storeys: contract < sync, ui < features < app, and no feature imports another.
import svelte from "eslint-plugin-svelte";
import { readdirSync } from "node:fs";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const features = readdirSync(new URL("./src/features", import.meta.url));
const deny = (files, patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns }] },
});
const upward = (...words) => words.map((word) => ({ regex: `(^|/)${word}(/|$)`, message: "this storey may not know it" }));

export default ts.config(
  { ignores: ["dist", "node_modules", "src/texts", "src/contract/openapi.ts", "e2e/artefacts", "project.inlang"] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: { extraFileExtensions: [".svelte"] },
    },
    rules: {
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true }],
      "no-console": "error",
      "no-undef": "off",
      eqeqeq: "error",
      "svelte/no-at-html-tags": "error",
      // A `style` attribute breaks the content security policy; `style:name` directives do not.
      "no-restricted-syntax": ["error", { selector: "SvelteAttribute[key.name='style']", message: "use style:name" }],
      "svelte/prefer-svelte-reactivity": "off",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "svelte/require-each-key": "error",
      "svelte/no-navigation-without-resolve": "off",
      "@typescript-eslint/no-explicit-any": "error",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  { files: ["e2e/**", "build/**"], rules: { "no-console": "off" } },
  deny(["src/contract/**"], upward("sync", "ui", "features", "app", "texts")),
  deny(["src/ui/**"], upward("sync", "contract", "features", "app")),
  deny(["src/sync/**"], upward("features", "app")),
  ...features.map((feature) =>
    deny(
      [`src/features/${feature}/**`],
      [...upward("app"), ...features.filter((other) => other !== feature).flatMap((other) => upward(`\\.\\./${other}`, `features/${other}`))],
    ),
  ),
);
