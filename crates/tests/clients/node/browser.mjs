// A person at the web client, in Chromium: signs in on the page, writes what it reads on its input, prints what the
// page shows. Arguments: address, username, password, room, name of the room. One JSON object a line.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const [address, username, password, room, name] = process.argv.slice(2);
const web = createRequire(new URL("../../../../web/package.json", import.meta.url));
const { chromium } = web("playwright-core");
const tell = (event) => console.log(JSON.stringify(event));

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--headless=new", "--disable-gpu"] });
const page = await browser.newPage({ locale: "en-GB" });
page.setDefaultTimeout(30_000);
const lines = page.getByRole("log", { name: "Messages" }).locator("[data-seq]");

/** Every message that the page shows: its number and its words. */
const shown = () =>
  lines.evaluateAll((rows) =>
    rows.map((row) => ({ seq: Number(row.dataset.seq), text: row.querySelector('p[dir="auto"]')?.textContent.trim() })),
  );

try {
  await page.goto(address);
  await page.getByRole("textbox", { name: "User name" }).fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name }).first().click();
  const box = page.getByRole("form", { name: "Write a message" }).getByRole("textbox");
  await box.waitFor();
  tell({ ready: true, transport: "web", room });

  const told = new Set();
  const watch = setInterval(async () => {
    const rows = await shown().catch(() => []);
    for (const { seq, text } of rows) {
      if (text && !told.has(seq)) {
        told.add(seq);
        tell({ heard: text, seq });
      }
    }
  }, 100);

  for await (const text of createInterface({ input: process.stdin })) {
    await box.fill(text);
    await box.press("Enter");
    await lines.filter({ hasText: text }).first().waitFor();
    const row = (await shown()).find((one) => one.text === text);
    tell({ said: text, seq: row.seq });
  }
  clearInterval(watch);
} catch (error) {
  tell({ failed: String(error) });
  process.exitCode = 1;
} finally {
  await browser.close();
}
