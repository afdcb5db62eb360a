// Owns the scenes of formatting: what is marked is shown so, and what hostile people write stays words.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { accessible } from "../axe.js";
import { Person } from "../people.js";

const CORPORA = process.env.PARLOUR_CORPORA ?? new URL("../../../../shared/corpora", import.meta.url).pathname;
const CORPUS = `${CORPORA}/xss-payloads.txt`;
const cid = () => crypto.randomUUID();

const EVERYTHING = [
  "# A plan for the **north** bed",
  "Words can be **bold**, _slanted_, ~~struck~~, `code` and ||a secret, told to @ada||. See https://garden.example/plan?bed=north or [the almanac](https://almanac.example/may).",
  "> Peas want cool feet,\n> and a fence.\n\n1. two barrows of compost\n2. a week of patience\n   - water on the third day\n   - none on the sixth\n3. sow",
  "| crop | row | weeks |\n|:--|:-:|--:|\n| peas | 1 | 10 |\n| strawberries | 2 | *until the frost comes again* |\n| beans and what grows between them | 3 | 12 |",
  '```rust\nfn sow(bed: &mut Bed, day: u32) -> Result<(), Frost> {\n    // When the hawthorn flowers.\n    bed.rows.push(Row { crop: "peas", day });\n    Ok(())\n}\n```',
  "A bed of $n$ rows takes $\\frac{n(n+1)}{2}$ seeds:",
  "$$\\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}$$",
  "[https://bank.example](https://evil.example/login) <b onclick=x>is no button</b>",
].join("\n\n");

/** Ada's garden with Bo in it; both look at it. */
async function garden(world, options) {
  const ada = await Person.arrive(world, "Ada", options);
  const bo = await Person.arrive(world, "Bo", options);
  const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
  await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
  for (const person of [ada, bo]) {
    await person.tab.page.goto(`${world.house.url}/#/room/${room.id}`);
    await person.tab.isIn("garden");
  }
  return { ada, bo, room };
}

/** Notes whatever a script of somebody else would do, or try. */
function trap() {
  window.harm = [];
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = (...words) => void window.harm.push(`${name} ${words}`);
  document.addEventListener("securitypolicyviolation", (event) => window.harm.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
}

const ALLOWED = "p h3 h4 h5 h6 strong em del code pre blockquote ul ol li a span table thead tbody tr th td br hr div button svg path math".split(" ");

/** Elements of the words of messages that no message may bring about; names of links' schemes. */
function foreign(allowed) {
  const elements = [...document.querySelectorAll("[role=log] .formatted *")].filter((element) => !element.closest("math"));
  const strange = elements.filter((element) => !allowed.includes(element.localName) || element.getAttributeNames().some((name) => name.startsWith("on") || name === "style" || name === "src"));
  const links = [...document.querySelectorAll("[role=log] a[href]")].filter((link) => link.target !== "_blank" && link.origin !== location.origin);
  return { strange: strange.map((element) => element.outerHTML.slice(0, 200)), links: links.map((link) => link.href) };
}

/** Each string in one of the forms, or as one of what is left bare. */
const SHARES = 12;

async function sendPayloads(person, room, payloads) {
  const bare = (text) => text;
  const wrap = [(text) => `**${text}** [${text}](https://x.example)`, (text) => `[x](${text}) ![y](<${text}>)\n||${text}||`, (text) => `\`\`\`js\n${text}\n\`\`\`\n|a|\n|-|\n|${text}|\n\n$${text}$`];
  while (wrap.length < SHARES) wrap.push(bare);
  for (const [at, form] of wrap.entries()) {
    let text = "";
    for (const payload of payloads.filter((_, index) => index % SHARES === at)) {
      const next = `${form(payload)}\n\n`;
      if (text && text.length + next.length > 4_000) {
        await person.api("POST", `/rooms/${room}/messages`, { cid: cid(), text });
        text = "";
      }
      if (next.length <= 9_000) text += next;
    }
    if (text) await person.api("POST", `/rooms/${room}/messages`, { cid: cid(), text });
  }
}

/** Looks at every message of the room, from where it opened to the newest and then to the first; answers how many were seen. */
async function lookAtAll(tab, check) {
  const seen = new Set();
  for (const way of [1, -1]) {
    for (let still = 0; still < 8; ) {
      await check();
      const before = seen.size;
      const shown = await tab.page.evaluate((share) => {
        const box = document.querySelector("[role=log]");
        box.scrollBy({ top: share * box.clientHeight, behavior: "instant" });
        return [...box.querySelectorAll("[data-seq]")].map((row) => row.dataset.seq);
      }, way * 6);
      for (const seq of shown) seen.add(seq);
      await tab.page.waitForTimeout(80);
      const atEnd = await tab.log.evaluate((box, down) => (down ? box.scrollHeight - box.scrollTop - box.clientHeight : box.scrollTop) < 2, way > 0);
      still = seen.size === before && atEnd ? still + 1 : 0;
    }
  }
  return seen.size;
}

export const scenarios = {
  "what is marked is shown so, and opened, copied and previewed": async (world) => {
    const { ada, bo, room } = await garden(world);
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: EVERYTHING.replace("@ada", `@${ada.username}`) });
    const { page, log } = ada.tab;
    await log.locator(".formatted table").waitFor();
    await log.locator(".hljs-keyword").first().waitFor();
    await log.locator(".maths math").nth(2).waitFor();
    await accessible(page, "a message with everything");
    const link = log.getByRole("link", { name: "the almanac" });
    assert.deepEqual([await link.getAttribute("href"), await link.getAttribute("rel"), await link.getAttribute("target")], ["https://almanac.example/may", "noopener noreferrer nofollow", "_blank"]);
    assert.equal(await log.getByRole("link", { name: /bank/ }).getAttribute("href"), "https://bank.example/");
    await log.getByRole("link", { name: "https://evil.example/login" }).waitFor();
    assert.equal(await log.locator(".mention").count(), 1);
    const secret = log.getByRole("button", { name: "Hidden words: show them" });
    await secret.focus();
    await page.keyboard.press("Enter");
    await log.locator(".shown .mention.me").waitFor();
    await log.locator(".code").hover();
    await log.getByRole("button", { name: "Copy the code" }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^fn sow\(.*\n {4}\/\/ When/);
    await ada.tab.does("Reply", "A plan for the north bed");
    await page.getByText(/A plan for the north bed Words can be bold, slanted, struck, code and ▒▒▒/).first().waitFor();
    await page.keyboard.press("Escape");
    await bo.tab.say(`${world.house.url}/#/room/${room.id} and ${world.house.url}/#/room/${room.id}/1 and [named](${world.house.url}/#/room/${room.id})`);
    for (const name of [`#${room.name}`, `Message in #${room.name}`, "named"]) await log.getByRole("link", { name, exact: true }).waitFor();
    await ada.tab.box.fill("this is it");
    await ada.tab.box.selectText();
    for (const key of ["b", "i"]) await page.keyboard.press(`Control+${key}`);
    assert.equal(await ada.tab.box.inputValue(), "**_this is it_**");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByRole("region", { name: "Preview" }).locator("strong em", { hasText: "this is it" }).waitFor();
    await accessible(page, "a preview");
    await ada.tab.box.press("Enter");
    await bo.tab.log.locator("strong em", { hasText: "this is it" }).waitFor();
    await ada.tab.say("/me **waves**");
    await bo.tab.log.locator(".action", { hasText: "Ada waves" }).locator("strong").waitFor();
  },

  "everything that can be marked is fit to be seen": async (world) => {
    for (const scheme of ["light", "dark"]) {
      for (const [width, height] of [[1440, 1400], [360, 1900]]) {
        const { ada, room } = await garden(world, { width, height, scheme });
        await ada.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: EVERYTHING });
        await ada.tab.log.locator(".hljs-keyword").first().waitFor();
        await ada.tab.log.locator(".maths math").nth(2).waitFor();
        await ada.tab.page.waitForTimeout(300);
        await ada.tab.page.screenshot({ path: `${world.artefacts}formatting-${width}-${scheme}.png` });
        await accessible(ada.tab.page, `formatting at ${width}, ${scheme}`);
        const wide = await ada.tab.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(wide, false, "nothing is wider than the page");
      }
    }
  },

  "strings that run scripts elsewhere are words here": async (world) => {
    if (!existsSync(CORPUS)) return console.log(`      skipped: there is no ${CORPUS}`);
    const payloads = readFileSync(CORPUS, "utf8").split("\n").filter((line) => line.trim() && !line.includes("\0"));
    const { ada, bo, room } = await garden(world, { scripts: [trap] });
    await sendPayloads(ada, room.id, payloads);
    const { head } = await ada.api("GET", `/rooms/${room.id}/messages?limit=1`);
    const requests = [];
    bo.context.on("request", (request) => new URL(request.url()).origin === world.house.url || requests.push(request.url()));
    await bo.tab.page.reload();
    await bo.tab.isIn("garden");
    const seen = await lookAtAll(bo.tab, async () => {
      assert.deepEqual(await bo.tab.page.evaluate(foreign, ALLOWED), { strange: [], links: [] });
      await bo.tab.page.evaluate(() => document.querySelectorAll("[role=log] .formatted [role=button]").forEach((hidden) => hidden.click()));
    });
    assert.ok(seen >= head - 2, `${seen} of ${head} messages were seen`);
    assert.deepEqual(await bo.tab.page.evaluate(() => window.harm), []);
    assert.deepEqual(requests.filter((url) => !url.startsWith("blob:") && !url.startsWith("data:image/svg")), []);
    console.log(`      ${payloads.length} strings in ${head} messages`);
  },
};
