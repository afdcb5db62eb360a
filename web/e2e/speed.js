// Owns the figures of the page: `PARLOUR_BIN=path node e2e/speed.js [corpus.jsonl]`: script, opening, scrolling, typing while 100 messages a second come, a day of messages. Nothing is judged.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { launch } from "./browser.js";
import { House } from "./house.js";
import { PASSWORD } from "./people.js";
import { scriptToFirstRoom } from "./weight.js";

const MESSAGES = 20_000;
const WORDS = "Words and more words that fill a line or two of the page, as people write them. ";
const RATE = 100;
const KEYS = 80;
const RELOADS = 9;
/** A slow machine does not come to the first message in this time. */
const SCROLLING_MS = Number(process.env.SCROLLING_MS ?? 300_000);
const SLOWER = 4;
const MIB = 1_048_576;

const time = (n) => new Date(Date.parse("2026-01-01T00:00:00Z") + n * 60_000).toISOString();
const history = Array.from({ length: MESSAGES }, (_, n) => ({ time: time(n), room: "long", user: n % 7 === 0 ? "ada" : `guest${n % 5}`, text: `Message ${n}. ${WORDS.repeat(n % 4)}` }));
const house = await House.open(process.env.PARLOUR_BIN);
const browser = await launch();
const failures = [];
try {
  await house.remember(history, PASSWORD, ["ada", "guest1"]);
  const [ada, guest] = await Promise.all(["ada", "guest1"].map(signedIn));
  const { rooms } = await ada.call("GET", "/rooms");
  const room = rooms[0].id;
  const page = await ada.context.newPage();
  await page.addInitScript(watchTasks);
  await page.addInitScript(watchFirstMessage);
  await page.goto(`${house.url}/#/room/${room}`);
  await page.getByText(`Message ${MESSAGES - 1}.`).waitFor();
  await page.waitForTimeout(1_500);
  const parts = { script: () => weighing(page), opening: () => opening(page), scrolling: () => scrolling(page), typing: () => typing(page, guest, room), day: () => day(page, guest, room) };
  const chosen = process.env.PARTS?.split(" ");
  for (const [name, part] of Object.entries(parts)) if (!chosen || chosen.includes(name)) await part();
} finally {
  await browser.close();
  await house.close();
}
if (failures.length > 0) console.log(`${failures.length} messages were not taken, such as: ${failures[0]}`);

async function signedIn(username) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  await context.request.post(`${house.url}/api/v1/sessions`, { data: { username, password: PASSWORD } });
  const cookie = (await context.cookies(house.url)).map(({ name, value }) => `${name}=${value}`).join("; ");
  return { context, call: (method, path, body) => call(cookie, method, path, body) };
}

async function call(cookie, method, path, body) {
  const headers = { cookie, origin: house.url, ...(body ? { "content-type": "application/json" } : {}) };
  const response = await fetch(`${house.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** One message without waiting for it. */
function post(guest, room, text) {
  return guest.call("POST", `/rooms/${room}/messages`, { cid: randomUUID(), text }).catch((error) => failures.push(error.message));
}

/** Runs in the page, before its script. */
function watchTasks() {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
}

/** Runs in the page, before its script: when the frame with the first message of the room was handed over. */
function watchFirstMessage() {
  const seen = new MutationObserver(() => {
    if (!document.querySelector("[role=log] li.message")) return;
    seen.disconnect();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => (window.firstMessage = performance.now());
      port1.postMessage(0);
    });
  });
  document.addEventListener("DOMContentLoaded", () => seen.observe(document, { childList: true, subtree: true }));
}

async function weighing(page) {
  const { bytes, files } = await scriptToFirstRoom(page);
  console.log(`script to the first room: ${(bytes / 1_024).toFixed(1)} KB gzip in ${files} files`);
}

async function opening(page) {
  const all = [];
  for (let turn = 0; turn < RELOADS; turn++) {
    await page.reload();
    await page.waitForFunction(() => window.firstMessage);
    all.push(await page.evaluate(() => {
      const script = performance.getEntriesByType("resource").find((entry) => /assets\/page-.*js$/.test(entry.name));
      return window.firstMessage - (script?.responseEnd ?? 0);
    }));
    await page.waitForTimeout(1_200);
  }
  console.log(`from the script to the room on screen, held on this device: ${spread(all)}`);
}

async function scrolling(page) {
  const found = await page.evaluate(async (limit) => {
    window.tasks.length = 0;
    const box = document.querySelector("[role=log]");
    const frames = [];
    let last = performance.now();
    const until = last + limit;
    let still = 0;
    while (performance.now() < until && still < 120) {
      const from = box.scrollTop;
      box.scrollTop = from - 240;
      await new Promise((done) => requestAnimationFrame(done));
      const now = performance.now();
      frames.push(now - last);
      last = now;
      still = box.scrollTop < 1 && from < 1 ? still + 1 : 0;
    }
    return { tasks: window.tasks, frames, first: box.querySelector("li.message").textContent };
  }, SCROLLING_MS);
  const { tasks, frames, first } = found;
  const [reached] = first.match(/Message \d+/) ?? [];
  const long = tasks.length > 0 ? Math.max(...tasks).toFixed(0) : "0";
  console.log(`scrolling up ${MESSAGES} messages: ${frames.length} frames, ${spread(frames)}; tasks over 50 ms: ${tasks.length}, longest ${long} ms; came to ${reached}`);
}

async function typing(page, guest, room) {
  const newest = page.getByRole("button", { name: /Go to the newest/ });
  if (await newest.isVisible()) await newest.click();
  await page.waitForTimeout(1_500);
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.evaluate(watchKeys);
  for (const rate of [0, RATE]) {
    const pouring = pour(guest, room, rate);
    await page.waitForTimeout(1_500);
    await page.getByRole("textbox", { name: /^Message / }).focus();
    await page.evaluate(() => (window.painted = []));
    if (process.env.PROFILE && rate) await begin(client);
    for (let n = 0; n < KEYS; n++) {
      await page.keyboard.press("x");
      await page.waitForTimeout(60);
    }
    await page.waitForTimeout(500);
    if (process.env.PROFILE && rate) await end(client, process.env.PROFILE);
    const sent = pouring();
    console.log(`typing at a ${SLOWER}th of the speed, ${rate} messages a second (${sent} sent): key to paint ${spread(await page.evaluate(() => window.painted))}`);
    await page.getByRole("textbox", { name: /^Message / }).fill("");
    await page.waitForTimeout(1_000);
  }
  await client.send("Emulation.setCPUThrottlingRate", { rate: 1 });
}

function pour(guest, room, rate) {
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * rate;
    while (sent < due) void post(guest, room, `Poured ${sent++}. ${WORDS}`);
  }, 5);
  return () => {
    clearInterval(timer);
    return sent;
  };
}

/** From when the key was pressed until the frame with it was handed over. */
function watchKeys() {
  window.painted = [];
  document.addEventListener("input", (event) => {
    const pressed = event.timeStamp;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => window.painted.push(performance.now() - pressed);
      port1.postMessage(0);
    });
  }, { capture: true });
}

/** The fullest day of the corpus, said while the page is open. */
async function day(page, guest, room) {
  const texts = await fullestDay(process.argv[2]);
  console.log(`a day has ${texts.length} messages; heap before it ${await heap(page)}`);
  for (const [index, text] of texts.entries()) {
    await post(guest, room, text);
    if (index % 500 === 499) console.log(`  ${index + 1} said, heap ${await heap(page)}`);
  }
  await page.waitForTimeout(2_000);
  console.log(`heap of the page and of its worker after it: ${await heap(page)}`);
}

async function fullestDay(file) {
  if (!file) return Array.from({ length: 2_000 }, (_, n) => `Said ${n}. ${WORDS.repeat(n % 4)}`);
  const days = new Map();
  for (const line of (await readFile(file, "utf8")).trim().split("\n")) {
    const { time, text } = JSON.parse(line);
    const day = time.slice(0, 10);
    if (text.trim()) days.set(day, [...(days.get(day) ?? []), text]);
  }
  return [...days.values()].reduce((most, one) => (one.length > most.length ? one : most));
}

/** Of the page, and of the worker that it shares with others. */
async function heap(page) {
  const client = await page.context().newCDPSession(page);
  const bytes = [await heapOf((method, params) => client.send(method, params))];
  await client.detach();
  const worker = await sharedWorker();
  if (worker) bytes.push(await heapOf(worker.send));
  await worker?.end();
  return `${bytes.map((size) => (size / MIB).toFixed(1)).join(" + ")} MiB`;
}

async function heapOf(send) {
  await send("HeapProfiler.collectGarbage");
  const { usedSize } = await send("Runtime.getHeapUsage");
  return usedSize;
}

async function sharedWorker() {
  const client = await browser.newBrowserCDPSession();
  const { targetInfos } = await client.send("Target.getTargets", { filter: [{ type: "shared_worker" }] });
  if (targetInfos.length === 0) return void (await client.detach());
  const { sessionId } = await client.send("Target.attachToTarget", { targetId: targetInfos[0].targetId, flatten: false });
  let next = 1;
  const send = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = next++;
      const hear = ({ message }) => {
        const { id: answered, result, error } = JSON.parse(message);
        if (answered !== id) return;
        client.off("Target.receivedMessageFromTarget", hear);
        if (error) reject(new Error(error.message));
        else resolve(result);
      };
      client.on("Target.receivedMessageFromTarget", hear);
      client.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) }).catch(reject);
    });
  return { send, end: () => client.detach() };
}

async function begin(client) {
  await client.send("Profiler.enable");
  await client.send("Profiler.setSamplingInterval", { interval: 200 });
  await client.send("Profiler.start");
}

async function end(client, file) {
  const { writeFile } = await import("node:fs/promises");
  const { profile } = await client.send("Profiler.stop");
  await writeFile(file, JSON.stringify(profile));
}

function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1);
  return `median ${at(0.5)} ms, 90th ${at(0.9)} ms, 99th ${at(0.99)} ms, longest ${at(1)} ms`;
}
