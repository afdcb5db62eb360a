// Owns the pictures: every page at three widths, light and dark, each checked by axe, to be looked at by people.
import { api } from "../api.js";
import { accessible } from "../axe.js";
import { eventually, PASSWORD, Tab } from "../people.js";
import { HISTORY, NOW, PEOPLE } from "../garden.js";

const WIDTHS = [
  [1440, 900],
  [768, 1024],
  [360, 740],
];

/** The garden's people, with names and status texts; answers a signed-in context for each. */
async function arrive(world) {
  const { house, browser } = world;
  await house.remember(HISTORY, PASSWORD);
  const contexts = {};
  for (const { username, display_name, status } of PEOPLE) {
    const context = await browser.newContext({ locale: "en-GB" });
    world.contexts.push(context);
    await context.request.post(`${house.url}/api/v1/sessions`, { data: { username, password: PASSWORD } });
    await api(context, house.url, "PATCH", "/profile", { display_name, status });
    contexts[username] = context;
  }
  return contexts;
}

async function talk(world, contexts) {
  const { url } = world.house;
  const rooms = (await api(contexts.ada, url, "GET", "/rooms")).rooms;
  const room = rooms.find((one) => one.name === "garden").id;
  const { users } = await api(contexts.ada, url, "GET", "/users");
  const idOf = (username) => users.find((user) => user.username === username).id;
  const cid = () => crypto.randomUUID();
  const say = (who, where, text, reply_to) => api(contexts[who], url, "POST", `/rooms/${where}/messages`, { cid: cid(), text, reply_to });
  for (const { by, text, answers, edit } of NOW) {
    const page = await api(contexts.ada, url, "GET", `/rooms/${room}/messages?limit=50`);
    const target = answers && page.messages.findLast((one) => one.text.startsWith(answers)).seq;
    const { seq } = await say(by, room, text, target);
    if (edit) await api(contexts[by], url, "PATCH", `/rooms/${room}/messages/${seq}`, { text: edit });
  }
  await mark(contexts, url, room);
  const pair = await api(contexts.bo, url, "POST", "/direct", { cid: cid(), users: [idOf("ada")] });
  await say("bo", pair.id, "Did you find the key?");
  const group = await api(contexts.chidi, url, "POST", "/direct", { cid: cid(), users: [idOf("ada"), idOf("dana")], subject: "Saturday cake" });
  await say("chidi", group.id, "Plum or apple?");
  await say("chidi", rooms.find((one) => one.name === "kitchen").id, "@ada which flour was it?");
  const treasury = await api(contexts.ada, url, "POST", "/rooms", { cid: cid(), name: "treasury", kind: "private", topic: "Money in, money out" });
  return { room, pair: pair.id, treasury: treasury.id };
}

/** Reactions, a pin, a saved message and a draft. */
async function mark(contexts, url, room) {
  const { messages } = await api(contexts.ada, url, "GET", `/rooms/${room}/messages?limit=50`);
  const at = (words) => `/rooms/${room}/messages/${messages.find((one) => one.text.startsWith(words)).seq}`;
  const put = (who, path, body) => api(contexts[who], url, "PUT", path, body);
  for (const who of ["ada", "bo", "dana"]) await put(who, `${at("Saturday at nine")}/reactions/${encodeURIComponent("👍")}`, { on: true });
  await put("emil", `${at("Saturday at nine")}/reactions/${encodeURIComponent("☕")}`, { on: true });
  await put("bo", `${at("She has already")}/reactions/${encodeURIComponent("❤")}`, { on: true });
  await put("chidi", `${at("What Chidi says")}/pin`, { on: true });
  await put("ada", `${at("Saturday at nine")}/pin`, { on: true });
  for (const words of ["I can do nine", "Then peas"]) await put("ada", `${at(words)}/saved`, { on: true });
  const kitchen = (await api(contexts.ada, url, "GET", "/rooms")).rooms.find((one) => one.name === "kitchen");
  await put("ada", `/rooms/${kitchen.id}/draft`, { text: "The rye from the mill" });
}

async function shoot(world, page, name, width, scheme) {
  await page.waitForTimeout(250);
  await page.screenshot({ path: `${world.artefacts}${name}-${width}-${scheme}.png` });
  await accessible(page, `${name} at ${width}, ${scheme}`);
}

/** The places to picture: name, address, and what to do there first. */
function places({ room, pair, treasury }) {
  return [
    ["rooms", "#/", async () => undefined],
    ["room", `#/room/${room}`, async (page) => page.getByText("packed her boots").waitFor()],
    ["empty-room", `#/room/${treasury}`, async (page) => page.getByRole("log").waitFor()],
    ["direct", `#/room/${pair}`, async (page) => page.getByRole("log").getByText("Did you find the key?").waitFor()],
    ["switcher", `#/room/${room}`, async (page) => switcher(page)],
    ["person", `#/room/${room}`, async (page) => person(page)],
    ["tools", `#/room/${room}`, async (page) => openMenu(page)],
    ["reply", `#/room/${room}`, async (page) => reply(page)],
    ["react", `#/room/${room}`, async (page) => react(page)],
    ["pins", `#/room/${room}`, async (page) => choose(page, "Room menu", "Pinned messages")],
    ["saved", "#/saved", async (page) => page.getByText("Then peas").waitFor()],
    ["settings", "#/settings", async (page) => page.getByText("this one").waitFor()],
    ["status", "#/", async (page) => choose(page, "Your menu", "Your status")],
    ["about", `#/room/${treasury}`, async (page) => choose(page, "Room menu", "About this room")],
    ["new-room", "#/", async (page) => choose(page, "Add a room", "New room")],
    ["public-rooms", "#/", async (page) => choose(page, "Add a room", "Public rooms")],
    ["new-conversation", "#/", async (page) => page.getByRole("button", { name: "New conversation" }).click()],
    ["gone", "#/room/nosuchroom", async (page) => page.getByText("There is no such room").waitFor()],
  ];
}

async function choose(page, button, item) {
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("menuitem", { name: item }).click();
  await page.getByRole("dialog").waitFor();
}

/** The tools of a row are there while the pointer is over it, and what comes may move it away. */
function press(row, name) {
  return eventually(async () => {
    await row.hover();
    await row.getByRole("button", { name, exact: true }).click({ timeout: 6_000 });
  });
}

async function react(page) {
  const row = page.getByRole("log").locator("li.message", { hasText: "good wheelbarrow" }).last();
  await press(row, "React");
  await page.getByRole("menuitem", { name: "thumbs up" }).waitFor();
}

async function switcher(page) {
  await page.getByText("packed her boots").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("e");
  await page.getByRole("option").first().waitFor();
}

async function person(page) {
  const row = page.getByRole("log").locator("li.message", { hasText: "packed her boots" });
  await row.locator("button.name").click();
  await page.getByRole("dialog").getByText("@emil").waitFor();
}

async function openMenu(page) {
  const row = page.getByRole("log").locator("li.message", { hasText: "good wheelbarrow" }).last();
  await press(row, "More");
  await page.getByRole("menuitem").first().waitFor();
}

async function reply(page) {
  await new Tab(page).does("Reply", "I can do nine");
  await page.getByRole("textbox", { name: /^Message / }).fill("There is a robin?\nThen she will want to stay all day.");
}

async function picture(world, contexts, ids, [width, height], scheme) {
  const { house, browser } = world;
  const state = await contexts.ada.storageState();
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, storageState: state, locale: "en-GB", reducedMotion: "reduce" });
  for (const [name, address, prepare] of places(ids)) {
    const page = await context.newPage();
    await page.goto(`${house.url}/${address}`);
    await page.locator(".shell").waitFor();
    await prepare(page);
    await shoot(world, page, name, width, scheme);
    await page.close();
  }
  await context.close();
  const stranger = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: "en-GB" });
  const page = await stranger.newPage();
  for (const name of ["sign-in", "register"]) {
    await page.goto(`${house.url}/#/${name}`);
    await page.getByLabel("User name").waitFor();
    await shoot(world, page, name, width, scheme);
  }
  await stranger.close();
}

export const scenarios = {
  "every page is fit to be seen, at three widths, light and dark": async (world) => {
    const contexts = await arrive(world);
    for (const who of ["chidi", "bo"]) await (await contexts[who].newPage()).goto(world.house.url);
    const ids = await talk(world, contexts);
    const inAll = async (scheme) => {
      for (const size of WIDTHS) await picture(world, contexts, ids, size, scheme);
    };
    await Promise.all([inAll("light"), inAll("dark")]);
  },
};
