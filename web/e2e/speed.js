// Owns the figures of the page under load: `PARLOUR_BIN=path node e2e/speed.js`; scrolling 20,000 messages, typing at a quarter of the speed while 100 messages a second come. Nothing is judged.
import { randomUUID } from "node:crypto";
import { api } from "./api.js";
import { launch } from "./browser.js";
import { House } from "./house.js";
import { PASSWORD } from "./people.js";

const MESSAGES = 20_000;
const WORDS = "Words and more words that fill a line or two of the page, as people write them. ";
const RATE = 100;
const KEYS = 80;

const time = (n) => new Date(Date.parse("2026-01-01T00:00:00Z") + n * 60_000).toISOString();
const history = Array.from({ length: MESSAGES }, (_, n) => ({ time: time(n), room: "long", user: n % 7 === 0 ? "ada" : `guest${n % 5}`, text: `Message ${n}. ${WORDS.repeat(n % 4)}` }));
const house = await House.open(process.env.PARLOUR_BIN);
const browser = await launch();
try {
  await house.remember(history, PASSWORD, ["ada", "guest1"]);
  const [ada, guest] = await Promise.all(["ada", "guest1"].map(signedIn));
  const { rooms } = await api(ada, house.url, "GET", "/rooms");
  const page = await ada.newPage();
  await page.addInitScript(watchTasks);
  await page.goto(`${house.url}/#/room/${rooms[0].id}`);
  await page.getByText(`Message ${MESSAGES - 1}.`).waitFor();
  await page.waitForTimeout(1_500);
  await scrolling(page);
  await typing(page, guest, rooms[0].id);
} finally {
  await browser.close();
  await house.close();
}

async function signedIn(username) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  await context.request.post(`${house.url}/api/v1/sessions`, { data: { username, password: PASSWORD } });
  return context;
}

/** Runs in the page, before its script. */
function watchTasks() {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
}

async function scrolling(page) {
  const found = await page.evaluate(async () => {
    window.tasks.length = 0;
    const box = document.querySelector("[role=log]");
    const frames = [];
    let last = performance.now();
    const until = last + 40_000;
    let still = 0;
    while (performance.now() < until && still < 60) {
      const from = box.scrollTop;
      box.scrollTop = from - 240;
      await new Promise((done) => requestAnimationFrame(done));
      const now = performance.now();
      frames.push(now - last);
      last = now;
      still = box.scrollTop < 1 && from < 1 ? still + 1 : 0;
    }
    return { tasks: window.tasks, frames: frames.sort((a, b) => a - b), first: box.querySelector("li.message").textContent.slice(0, 60) };
  });
  const { tasks, frames, first } = found;
  console.log(`scrolling up: ${frames.length} frames, median ${frames[frames.length >> 1].toFixed(1)} ms, 99th ${frames[Math.floor(frames.length * 0.99)].toFixed(1)} ms; tasks over 50 ms: ${tasks.length}${tasks.length ? ` (longest ${Math.max(...tasks)} ms)` : ""}; came to ${first.trim()}`);
}

async function typing(page, guest, room) {
  await page.getByRole("button", { name: /Go to the newest/ }).click();
  await page.waitForTimeout(1_500);
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  for (const rate of [0, RATE]) {
    let sent = 0;
    const pour = setInterval(() => void api(guest, house.url, "POST", `/rooms/${room}/messages`, { cid: randomUUID(), text: `Poured ${sent++}. ${WORDS}` }).catch(() => undefined), rate ? 1_000 / rate : 1e9);
    await page.waitForTimeout(1_000);
    await page.getByRole("textbox", { name: /^Message / }).focus();
    await page.evaluate(watchKeys);
    for (let n = 0; n < KEYS; n++) {
      await page.keyboard.press("x");
      await page.waitForTimeout(60);
    }
    await page.waitForTimeout(500);
    clearInterval(pour);
    const { painted, worked } = await page.evaluate(() => ({ painted: window.painted.sort((a, b) => a - b), worked: window.worked.sort((a, b) => a - b) }));
    const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))]?.toFixed(1);
    console.log(`typing at a quarter of the speed, ${rate} messages a second: key to paint median ${at(painted, 0.5)} ms, 90th ${at(painted, 0.9)} ms, 99th ${at(painted, 0.99)} ms; handling the key median ${at(worked, 0.5)} ms, 99th ${at(worked, 0.99)} ms (${sent} sent)`);
    await page.getByRole("textbox", { name: /^Message / }).fill("");
  }
  await client.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  console.log(`heap of the page after it: ${(usedSize / 1_048_576).toFixed(1)} MiB`);
}

/** From when the key was pressed until the frame with it was handed over. */
function watchKeys() {
  window.painted = [];
  window.worked = [];
  document.addEventListener("input", (event) => {
    const begun = performance.now();
    const pressed = event.timeStamp;
    queueMicrotask(() => window.worked.push(performance.now() - begun));
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => window.painted.push(performance.now() - pressed);
      port1.postMessage(0);
    });
  }, { capture: true, once: false });
}
