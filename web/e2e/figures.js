// Owns the figures of the page with a real history: `PARLOUR_BIN=path node e2e/figures.js history.jsonl`; nothing is judged.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { launch } from "./browser.js";
import { House } from "./house.js";
import { Line } from "./line.js";
import { eventually, PASSWORD } from "./people.js";

const RELOADS = 7;
const history = (await readFile(process.argv[2], "utf8")).trim().split("\n").map((line) => JSON.parse(line));
const house = await House.open(process.env.PARLOUR_BIN);
const line = await Line.to(house.port);
const browser = await launch();
try {
  const user = most(history.map((one) => one.user));
  await house.remember(history, PASSWORD, [user]);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  await context.addInitScript(watchFirstMessage);
  const page = await context.newPage();
  await page.goto(`${line.url}/#/sign-in`);
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  const links = page.getByRole("navigation", { name: "Rooms" }).getByRole("link");
  await page.locator("nav ul a").first().click();
  await page.locator("[role=log] li.message").first().waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForTimeout(2_000);
  console.log(`${history.length} messages, ${new Set(history.map((one) => one.room)).size} rooms; ${user} sees ${await links.count()} links`);
  await times(page, "with the network");
  line.cut();
  await times(page, "without a network");
  line.mend();
  await memory(page, "after the first room");
  for (const index of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const link = page.locator("nav ul a").nth(index);
    if (!(await link.count())) break;
    await link.click();
    await page.locator("[role=log][aria-busy=false] li.message").first().waitFor();
  }
  await memory(page, "after nine rooms");
} finally {
  await browser.close();
  await line.close();
  await house.close();
}

function most(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}

/** Runs in the page, before its script. */
function watchFirstMessage() {
  const seen = new MutationObserver(() => {
    if (!document.querySelector("[role=log] li.message")) return;
    seen.disconnect();
    requestAnimationFrame(() => (window.firstMessage = performance.now()));
  });
  document.addEventListener("DOMContentLoaded", () => seen.observe(document, { childList: true, subtree: true }));
}

async function times(page, what) {
  const all = [];
  for (let turn = 0; turn < RELOADS; turn++) {
    await page.reload();
    await eventually(async () => assert.ok(await page.evaluate(() => window.firstMessage)));
    all.push(await page.evaluate(() => {
      const script = performance.getEntriesByType("resource").find((entry) => entry.name.endsWith(".js"));
      return window.firstMessage - (script?.responseEnd ?? 0);
    }));
  }
  all.sort((a, b) => a - b);
  console.log(`script loaded → first room on screen, ${what}: median ${all[RELOADS >> 1].toFixed(0)} ms (${all[0].toFixed(0)}–${all.at(-1).toFixed(0)})`);
}

async function memory(page, what) {
  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  const root = await browser.newBrowserCDPSession();
  const { targetInfos } = await root.send("Target.getTargets");
  const worker = targetInfos.find(({ type }) => type === "shared_worker");
  const held = worker ? await workerHeap(root, worker.targetId) : 0;
  console.log(`JavaScript heap ${what}: page ${mib(usedSize)} MiB, worker ${mib(held)} MiB`);
}

async function workerHeap(root, targetId) {
  const { sessionId } = await root.send("Target.attachToTarget", { targetId, flatten: false });
  const answer = new Promise((resolve) => {
    root.on("Target.receivedMessageFromTarget", ({ message }) => {
      const { id, result } = JSON.parse(message);
      if (id === 2) resolve(result.usedSize);
    });
  });
  for (const [id, method] of [[1, "HeapProfiler.collectGarbage"], [2, "Runtime.getHeapUsage"]]) {
    await root.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method }) });
  }
  return answer;
}

function mib(bytes) {
  return (bytes / 1_048_576).toFixed(1);
}
