// Owns the scenes of what each room may tell, of rooms that are muted, and of a browser that is woken.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** Chromium without a window has no push service: this one's endpoint is ours, its keys are real. */
const PUSH_SERVICE = (endpoint) => `
  let held = null;
  const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  PushManager.prototype.getSubscription = async () => held;
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const keys = { p256dh: encoded(await crypto.subtle.exportKey("raw", pair.publicKey)), auth: encoded(crypto.getRandomValues(new Uint8Array(16))) };
    const key = Uint8Array.from(atob(applicationServerKey.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    held = {
      options: { applicationServerKey: key.buffer, userVisibleOnly },
      toJSON: () => ({ endpoint: ${JSON.stringify(endpoint)}, keys }),
      unsubscribe: async () => ((held = null), true),
    };
    return held;
  };
`;

/** Ada and Bo in a public room, Ada with it on her screen. */
async function garden(world, options) {
  const ada = await Person.arrive(world, "Ada", options);
  const bo = await Person.arrive(world, "Bo");
  const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
  await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
  const say = (text) => bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text });
  return { ada, bo, room: room.id, say };
}

const bell = (tab, name = "Notices of this room") => tab.page.locator("main").getByRole("button", { name });
const isBold = (tab, name) => tab.link(name).first().evaluate((link) => link.classList.contains("unread"));

/** The notices that the service worker shows. */
const shown = (page) =>
  page.evaluate(async () => {
    const worker = await navigator.serviceWorker.ready;
    return (await worker.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, address: data?.address }));
  });

/** What is pushed to the page's service worker, as if its push service had brought it. */
async function pusher(page, url) {
  const devtools = await page.context().newCDPSession(page);
  const registered = new Promise((resolve) =>
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && resolve(registrations[0].registrationId)),
  );
  await page.evaluate(() => navigator.serviceWorker.ready);
  await devtools.send("ServiceWorker.enable");
  const registrationId = await registered;
  return (words) => devtools.send("ServiceWorker.deliverPushMessage", { origin: url, registrationId, data: JSON.stringify(words) });
}

export const scenarios = {
  "a room is muted by keyboard on one device and calm on both, until somebody names me": async (world) => {
    const { ada, say } = await garden(world);
    const phone = await ada.signInElsewhere();
    await ada.tab.openRoom("garden");
    await bell(ada.tab).focus();
    await ada.tab.page.keyboard.press("Enter");
    await ada.tab.page.getByRole("menuitemradio", { name: "Only where I am mentioned", checked: true }).waitFor();
    await accessible(ada.tab.page, "the menu of a room's notices");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"]) await ada.tab.page.keyboard.press(key);
    await bell(ada.tab, /^Muted until/).waitFor();
    for (const tab of [ada.tab, phone]) await tab.link("garden").getByText("Muted").first().waitFor({ state: "attached" });
    await ada.tab.page.goto(`${ada.url}/#/settings`);
    await say("not worth a stir");
    const history = await ada.api("GET", "/reads");
    assert.deepEqual([history.unread, history.mentions], [1, 0]);
    await phone.page.waitForTimeout(500);
    assert.deepEqual([await isBold(phone, "garden"), await phone.page.title()], [false, "Parlour"]);
    await say(`@${ada.username} come`);
    await phone.unread("garden", 1);
    await phone.title(/^\(1\)/);
    assert.equal(await isBold(phone, "garden"), true);
    await accessible(phone.page, "a muted room at the side");
    await ada.tab.openRoom("garden");
    await bell(ada.tab, /^Muted until/).click();
    await ada.tab.page.getByRole("menuitem", { name: "Unmute" }).click();
    await bell(ada.tab).click();
    await ada.tab.page.getByRole("menuitemradio", { name: "Tell me everything" }).click();
    await say("for whoever wants everything");
    await phone.link("garden").getByText("Muted").waitFor({ state: "detached" });
    await ada.tab.sees("for whoever wants everything");
  },

  "what is pushed is shown once a room, and goes when it was read": async (world) => {
    const { ada, room } = await garden(world);
    const { page } = ada.tab;
    await ada.context.grantPermissions(["notifications"], { origin: ada.url });
    const push = await pusher(page, ada.url);
    await push({ kind: "message", room, seq: 3, title: "Bo · #garden", body: "the first", badge: 1 });
    await eventually(async () => assert.equal((await shown(page)).length, 1));
    await push({ kind: "message", room, seq: 4, title: "Bo · #garden", body: "the second", badge: 2 });
    const notice = { title: "Bo · #garden", body: "the second", tag: room, address: `#/room/${room}/4` };
    await eventually(async () => assert.deepEqual(await shown(page), [notice]));
    await push({ kind: "read", room, seq: 3, badge: 1 });
    await push({ kind: "nonsense" });
    await push({ kind: "message", room: "other", seq: 1, title: "Cleo", body: "<b>not markup</b>", badge: 3 });
    await eventually(async () => assert.equal((await shown(page)).length, 2));
    await push({ kind: "read", room, seq: 4, badge: 1 });
    await eventually(async () => assert.deepEqual((await shown(page)).map(({ body }) => body), ["<b>not markup</b>"]));
  },

  "a browser that cannot reach its push service says so, and the switch stays off": async (world) => {
    const { ada } = await garden(world);
    const { page } = ada.tab;
    await ada.context.grantPermissions(["notifications"], { origin: ada.url });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.goto(`${ada.url}/#/settings`);
    const choice = page.getByRole("switch", { name: /when Parlour is closed/ });
    await choice.click();
    await page.getByText("the browser could not reach its service").waitFor();
    await eventually(async () => assert.equal(await choice.isChecked(), false));
    await accessible(page, "the settings of notices");
    // Chromium's own word to those who look at the console.
    const own = world.complaints.filter((words) => words.includes("does not support the Push API in incognito"));
    assert.equal(own.length, 1, "it is tried once");
    world.complaints.splice(0, world.complaints.length, ...world.complaints.filter((words) => !own.includes(words)));
  },

  "a device that wishes it is woken once its page is closed, and no more when it wishes otherwise": async (world) => {
    const pushes = [];
    const service = createServer((request, response) => {
      pushes.push(request.headers);
      request.resume();
      response.writeHead(201).end();
    });
    await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
    world.closers = [() => service.close()];
    const endpoint = `http://127.0.0.1:${service.address().port}/ada`;
    const { ada, say } = await garden(world, { scripts: [PUSH_SERVICE(endpoint)] });
    await ada.context.grantPermissions(["notifications"], { origin: ada.url });
    const { page } = ada.tab;
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.goto(`${ada.url}/#/settings`);
    const choice = page.getByRole("switch", { name: /when Parlour is closed/ });
    await choice.click();
    await eventually(async () => assert.equal((await ada.api("GET", "/push")).subscribed, true));
    await eventually(async () => assert.equal(await choice.isChecked(), true));
    await say(`@${ada.username} while you are here`);
    await page.waitForTimeout(500);
    assert.equal(pushes.length, 0);
    await page.close();
    await page.context().newPage().then((other) => other.waitForTimeout(1_000));
    await say(`@${ada.username} while you are away`);
    await eventually(async () => assert.equal(pushes.length, 1));
    assert.equal(pushes[0]["content-encoding"], "aes128gcm");
    const tab = await ada.newTab("#/settings");
    const again = tab.page.getByRole("switch", { name: /when Parlour is closed/ });
    // The stand-in forgets with its page; what was wished for is put right.
    await eventually(async () => assert.equal(await again.isChecked(), true));
    await again.click();
    await eventually(async () => assert.equal((await ada.api("GET", "/push")).subscribed, false));
    assert.equal(await again.isChecked(), false);
  },

  "a click on what was pushed leads to its place, in the page that is open or a new one": async (world) => {
    const { ada, room } = await garden(world);
    const { page } = ada.tab;
    await ada.context.grantPermissions(["notifications"], { origin: ada.url });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await eventually(async () => assert.equal(ada.context.serviceWorkers().length, 1));
    const [worker] = ada.context.serviceWorkers();
    await worker.evaluate(() => {
      self.went = [];
      // Only a hand's click may do these two.
      WindowClient.prototype.focus = async function () {
        self.went.push(new URL(this.url).pathname);
      };
      Clients.prototype.openWindow = async (address) => void self.went.push(`new ${address}`);
    });
    /** Answers which page was given the focus, or opened. */
    const clicked = async () => {
      await worker.evaluate(async () => {
        const [notification] = await self.registration.getNotifications();
        self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
      });
      await eventually(async () => assert.equal(await worker.evaluate(async () => self.went.length > 0 && (await self.registration.getNotifications()).length), 0));
      return worker.evaluate(() => self.went.splice(0));
    };
    const push = await pusher(page, ada.url);
    const says = async () => {
      await push({ kind: "message", room, seq: 2, title: "Bo · #garden", body: "come", badge: 1 });
      await eventually(async () => assert.equal((await shown(page)).length, 1));
    };
    await says();
    assert.deepEqual(await clicked(), ["/"]);
    await ada.tab.isIn("garden");
    assert.equal(new URL(page.url()).hash, `#/room/${room}/2`);
    // A page of the server's that is not Parlour's own cannot be led.
    await page.goto(`${ada.url}/#/`);
    const other = await ada.context.newPage();
    await other.goto(`${ada.url}/api`);
    await other.bringToFront();
    await says();
    assert.deepEqual(await clicked(), ["/"]);
    await ada.tab.isIn("garden");
    await page.goto(`${ada.url}/#/settings`);
    await says();
    await page.goto(`${ada.url}/health/live`);
    assert.deepEqual(await clicked(), [`new /#/room/${room}/2`]);
  },

  "what was shown while no page was open goes when the room is read there, and all of it when one signs out": async (world) => {
    const { ada, room, say } = await garden(world);
    const { page } = ada.tab;
    await ada.context.grantPermissions(["notifications"], { origin: ada.url });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await say(`@${ada.username} come`);
    await ada.tab.unread("garden", 1);
    const { messages } = await ada.api("GET", `/rooms/${room}/messages`);
    const { seq } = messages.at(-1);
    const push = await pusher(page, ada.url);
    await push({ kind: "message", room, seq, title: "Bo · #garden", body: "come", badge: 1 });
    await eventually(async () => assert.equal((await shown(page)).length, 1));
    await page.reload();
    await ada.tab.unread("garden", 1);
    assert.equal((await shown(page)).length, 1);
    await ada.tab.openRoom("garden");
    await eventually(async () => assert.deepEqual(await shown(page), []));
    await page.goto(`${ada.url}/#/settings`);
    await say(`@${ada.username} come again`);
    await ada.tab.unread("garden", 1);
    await push({ kind: "message", room, seq: seq + 1, title: "Bo · #garden", body: "come again", badge: 1 });
    await eventually(async () => assert.equal((await shown(page)).length, 1));
    await ada.tab.side.getByRole("button", { name: "Your menu" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await eventually(async () => assert.deepEqual(await shown(page), []));
  },
};
