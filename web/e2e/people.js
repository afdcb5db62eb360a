// Owns the people of the tests: what they do in a tab, and what they see there.
import assert from "node:assert/strict";
import { api } from "./api.js";

export const PASSWORD = "correct horse battery";
const PATIENCE_MS = 20_000;

let next = 1;

export class Person {
  /** Somebody with an account and one tab open on it. */
  static async arrive(world, name, options = {}) {
    const person = new Person();
    person.world = world;
    person.url = options.line?.url ?? world.house.url;
    person.name = name;
    person.username = `${name.toLowerCase()}${next++}`;
    person.context = options.context ?? (await world.browser.newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
      locale: "en-GB",
      colorScheme: options.scheme ?? "light",
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
    }));
    for (const script of options.scripts ?? []) await person.context.addInitScript(script);
    person.context.setDefaultTimeout(PATIENCE_MS);
    world.contexts.push(person.context);
    const tab = await person.newTab(options.way ?? "#/register");
    await tab.page.getByLabel("Display name").fill(name);
    await tab.page.getByLabel("User name").fill(person.username);
    await tab.page.getByLabel("Password").fill(PASSWORD);
    await tab.page.getByRole("button", { name: "Make account" }).click();
    await tab.page.getByRole("navigation", { name: "Rooms" }).waitFor();
    person.tab = tab;
    return person;
  }

  async newTab(address = "#/") {
    const page = await this.context.newPage();
    watch(page, this.world.complaints);
    await page.goto(`${this.url}/${address}`);
    await page.locator("h1, nav").first().waitFor();
    return new Tab(page);
  }

  /** A second device: its own cookies, its own session. `rooms`: what the side is called in the language that was chosen. */
  async signInElsewhere({ width = 1280, height = 800, rooms = "Rooms" } = {}) {
    const other = await this.world.browser.newContext({ viewport: { width, height }, locale: "en-GB", reducedMotion: "reduce" });
    other.setDefaultTimeout(PATIENCE_MS);
    this.world.contexts.push(other);
    const page = await other.newPage();
    watch(page, this.world.complaints);
    await page.goto(`${this.world.house.url}/#/sign-in`);
    await page.getByLabel("User name").fill(this.username);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: rooms }).waitFor();
    return new Tab(page);
  }

  api(method, path, body) {
    return api(this.context, this.url, method, path, body);
  }
}

/** A tab of somebody whose history the house was given. */
export async function remembered(world, history, username, options = {}) {
  await world.house.remember(history, PASSWORD);
  const context = await world.browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  world.contexts.push(context);
  await context.request.post(`${world.house.url}/api/v1/sessions`, { data: { username, password: PASSWORD } });
  const page = await context.newPage();
  await page.goto(world.house.url);
  return new Tab(page);
}

/** Ada and Bo in a private room of Ada's, which both look at; `options` are Ada's. */
export async function garden(world, options) {
  const ada = await Person.arrive(world, "Ada", options);
  const bo = await Person.arrive(world, "Bo");
  const { id, code } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
  await bo.tab.joinByCode(code);
  await bo.tab.isIn("garden");
  await ada.tab.openRoom("garden");
  return { ada, bo, id, code };
}

export class Tab {
  constructor(page) {
    this.page = page;
    this.log = page.getByRole("log");
    this.side = page.getByRole("navigation", { name: "Rooms" });
  }

  async createRoom(name, kind = "Public") {
    await this.side.getByRole("button", { name: "Add a room" }).click();
    await this.page.getByRole("menuitem", { name: "New room" }).click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill(name);
    await dialog.getByRole("radio", { name: kind }).check();
    await dialog.getByRole("button", { name: "Create room" }).click();
    await this.isIn(name);
    return this.roomId();
  }

  async joinByCode(code) {
    await this.side.getByRole("button", { name: "Add a room" }).click();
    await this.page.getByRole("menuitem", { name: "Join with a code" }).click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("Join code").fill(code);
    await dialog.getByRole("button", { name: "Join" }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  async openRoom(name) {
    await this.side.getByRole("link", { name }).first().click();
    await this.isIn(name);
  }

  async isIn(name) {
    await this.page.getByRole("heading", { level: 1, name }).waitFor();
    await this.page.locator("[role=log][aria-busy=false]").waitFor();
  }

  roomId() {
    return decodeURIComponent(new URL(this.page.url()).hash.split("/")[2]);
  }

  get box() {
    return this.page.getByRole("textbox", { name: /^Message / });
  }

  async say(text) {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  message(text) {
    return this.log.locator("li.message", { hasText: text });
  }

  async sees(text) {
    await this.message(text).first().waitFor();
  }

  async seesNot(text) {
    await this.message(text).first().waitFor({ state: "detached" });
  }

  /** Something of the bar over a message; what is in its menu too. */
  async does(action, text) {
    const row = this.message(text).first();
    const button = row.getByRole("button", { name: action, exact: true });
    const more = row.getByRole("button", { name: "More", exact: true });
    // What goes on above may move the row from under the pointer.
    const found = await eventually(async () => {
      await row.hover();
      const one = (await button.isVisible()) ? button : more;
      await one.click({ timeout: 6_000 });
      return one;
    });
    if (found === button) return;
    await this.page.getByRole("menuitem", { name: action, exact: true }).click();
    if (action === "Delete for everybody") await this.page.getByRole("dialog").getByRole("button", { name: action }).click();
  }

  link(name) {
    return this.side.getByRole("link", { name });
  }

  async unread(name, expected) {
    await eventually(async () => {
      const words = await this.link(name).first().innerText();
      const found = Number(/(\d+) (?:unread|mention)/.exec(words)?.[1] ?? 0);
      assert.equal(found, expected, `unread of ${name}`);
    });
  }

  async title(pattern) {
    await eventually(async () => assert.match(await this.page.title(), pattern));
  }

  /** Somebody looks at this tab: Chromium without a window gives each page the focus. */
  async look(looking) {
    await this.page.evaluate((value) => {
      Object.defineProperty(document, "hasFocus", { value: () => value, configurable: true });
      window.dispatchEvent(new Event(value ? "focus" : "blur"));
    }, looking);
  }
}

export async function eventually(check) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Nothing on the console that a person who looks there would worry about. */
function watch(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on("console", (entry) => {
    const words = entry.text();
    const expected = /status of 4\d\d|WebSocket connection to|ERR_CONNECTION|ERR_SOCKET|ERR_EMPTY_RESPONSE|ERR_INTERNET|status of 503|Opener-Policy header has been ignored/.test(words);
    if (["error", "warning"].includes(entry.type()) && !expected) complaints.push(`${page.url()}: ${words}`);
  });
}
