// Owns the build: Svelte, texts, hashed assets with `.br` and `.gz` beside them, and the development proxy.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { defineConfig } from "vite";
import { compressed } from "./build/compressed.ts";
import { emoji } from "./build/emoji.ts";
import { offline } from "./build/offline.ts";
import { texts } from "./build/texts.ts";

const paraglide = () =>
  paraglideVitePlugin({
    project: "./project.inlang",
    outdir: "./src/texts",
    strategy: ["localStorage", "preferredLanguage", "baseLocale"],
    // One file a language, so that a page fetches its own alone (build/texts.ts).
    outputStructure: "locale-modules",
  });
const server = process.env.PARLOUR_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    // The tests take the texts that `npm run texts` compiled.
    process.env.VITEST ? [] : [paraglide(), texts()],
    svelte(),
    emoji(),
    offline(),
    compressed(),
  ],
  build: {
    target: ["chrome125", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // What every page needs comes in one piece: on a slow line each file is a way of its own.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "page", tags: ["$initial"] }] } } },
  },
  server: {
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
