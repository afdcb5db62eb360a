// Owns the run of the browser tests: `PARLOUR_BIN=path npm run e2e [words of a name]`.
import { mkdir, readdir } from "node:fs/promises";
import { launch } from "./browser.js";
import { House } from "./house.js";

const ARTEFACTS = new URL("./artefacts/", import.meta.url).pathname;
const only = process.argv.slice(2).join(" ");
const binary = process.env.PARLOUR_BIN;
if (!binary) {
  console.error("Say where the server is: PARLOUR_BIN=path/to/parlour npm run e2e");
  process.exit(2);
}

await mkdir(ARTEFACTS, { recursive: true });
const folder = new URL("./scenarios/", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".js")).sort();
const browser = await launch();
let passed = 0;
let failed = 0;

for (const file of files) {
  const { scenarios } = await import(new URL(file, folder));
  for (const [name, play] of Object.entries(scenarios)) {
    if (only && !`${file} ${name}`.includes(only)) continue;
    // A machine that is busy with other things gets a second try; that it was needed is said.
    if ((await played(name, play)) || (await played(`${name} (second try)`, play))) passed++;
    else failed++;
  }
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function played(name, play) {
  const started = Date.now();
  const world = { browser, contexts: [], complaints: [], artefacts: ARTEFACTS };
  try {
    world.house = await House.open(binary);
    await play(world);
    if (world.complaints.length > 0) throw new Error(`on the console:\n  ${world.complaints.join("\n  ")}`);
    console.log(`ok    ${name} (${Date.now() - started} ms)`);
    return true;
  } catch (error) {
    console.log(`FAIL  ${name}\n${indented(error.stack ?? String(error))}`);
    await evidence(world, name);
    return false;
  } finally {
    for (const context of world.contexts) await context.close();
    for (const close of world.closers ?? []) await close();
    await world.house?.close();
  }
}

async function evidence(world, name) {
  const pages = world.contexts.flatMap((context) => context.pages());
  for (const [index, page] of pages.entries()) {
    const path = `${ARTEFACTS}failed-${name.replace(/\W+/g, "-")}-${index}.png`;
    await page.screenshot({ path }).catch(() => console.log("      (no screenshot)"));
  }
}

function indented(text) {
  return text.replace(/^/gm, "      ");
}
