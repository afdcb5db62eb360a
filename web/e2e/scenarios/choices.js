// Owns the scenes of what each device chooses for itself: looks, writing, sounds and notices.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { Line } from "../line.js";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** Before the page's script: what is shown and heard is written down instead. */
const RECORDER = `
  window.told = [];
  window.heard = 0;
  window.Notification = class {
    static permission = "default";
    static async requestPermission() { return (Notification.permission = "granted"); }
    constructor(title, options) { Object.assign(this, { title, ...options }); window.told.push(this); }
    close() { this.closed = true; }
  };
  const begin = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.heard++; return begin.call(this); };
`;

const setting = (tab, group, name) => tab.page.getByRole("group", { name: group }).getByText(name, { exact: true }).click();
const worn = (tab) => tab.page.evaluate(() => ({ ...document.documentElement.dataset, size: document.documentElement.style.fontSize }));

export const scenarios = {
  "what is chosen on one device is so on the others, at once, after a while away, and on a new one": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const phone = await ada.signInElsewhere({ width: 390 });
    await ada.tab.page.goto(`${world.house.url}/#/settings`);
    await setting(ada.tab, "Theme", "Dark");
    await ada.tab.page.getByRole("radio", { name: "Violet" }).check({ force: true });
    await ada.tab.page.getByLabel("Size of type").fill("5");
    await eventually(async () => {
      const { scheme, accent, size } = await worn(phone);
      assert.deepEqual([scheme, accent, size], ["dark", "violet", "18px"]);
    });
    await phone.page.goto(`${world.house.url}/#/settings`);
    await phone.page.getByRole("switch", { name: /Enter/ }).click();
    await eventually(async () => assert.equal(await ada.tab.page.getByRole("switch", { name: /Enter/ }).isChecked(), false));
    // Away: what is here holds at once, and what was chosen meanwhile comes with the others.
    await phone.page.context().setOffline(true);
    await setting(phone, "Messages", "Compact");
    await setting(ada.tab, "Theme", "Light");
    assert.equal((await worn(phone)).density, "compact");
    await phone.page.context().setOffline(false);
    await eventually(async () => assert.equal((await worn(ada.tab)).density, "compact"));
    await eventually(async () => assert.equal((await worn(phone)).scheme, "light"));
    // Another language waits until nobody looks.
    await phone.page.getByLabel("Language", { exact: true }).selectOption("de");
    await phone.page.getByRole("heading", { level: 1, name: "Einstellungen" }).waitFor();
    await ada.tab.look(false);
    await ada.tab.page.getByRole("heading", { level: 1, name: "Einstellungen" }).waitFor();
    const third = await ada.signInElsewhere({ rooms: "Räume" });
    await eventually(async () => assert.deepEqual([(await worn(third)).accent, await third.page.locator("html").getAttribute("lang")], ["violet", "de"]));
  },

  "looks are chosen on each device, kept, in step between tabs, and fit to be read in every one": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
    await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: `Hello @${ada.username}, see https://example.org` });
    await ada.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "Thank you!", reply_to: 2 });
    await ada.tab.openRoom("garden");
    const second = await ada.newTab("#/settings");
    await second.page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    for (const [group, name] of [["Theme", "Dark"], ["Accent", "Violet"], ["Messages", "Bubbles"], ["Contrast", "More"], ["Motion", "Less"], ["Hours", "1–12"]]) {
      if (group === "Accent") await second.page.getByRole("radio", { name }).check({ force: true });
      else await setting(second, group, name);
    }
    await second.page.getByLabel("Size of type").fill("5");
    await eventually(async () =>
      assert.deepEqual(await worn(ada.tab), { scheme: "dark", contrast: "more", motion: "less", accent: "violet", density: "bubbles", size: "18px" }),
    );
    await accessible(ada.tab.page, "bubbles with more contrast");
    await accessible(second.page, "settings with more contrast");
    for (const part of ["Password", "Sessions", "Looks"]) {
      await second.page.getByRole("main").getByRole("button", { name: part, exact: true }).click();
      await second.page.waitForTimeout(100);
      assert.equal(await second.page.evaluate(() => document.documentElement.scrollTop), 0, "the page itself stays where it is");
    }
    await ada.tab.log.getByText(/\d (am|pm)/i).first().waitFor();
    await ada.tab.page.reload();
    await ada.tab.isIn("garden");
    assert.equal((await worn(ada.tab)).accent, "violet");
    await setting(second, "Contrast", "As the system");
    for (const scheme of ["Light", "Dark"]) {
      await setting(second, "Theme", scheme);
      for (const accent of ["Green", "Blue", "Violet", "Rose", "Orange", "Slate"]) {
        await second.page.getByRole("radio", { name: accent }).check({ force: true });
        await eventually(async () => assert.equal((await worn(ada.tab)).accent, accent.toLowerCase()));
        await accessible(ada.tab.page, `a room in ${scheme} ${accent}`);
      }
    }
  },

  "Enter begins a new line where that was chosen": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    await ada.tab.createRoom("garden");
    const second = await ada.newTab("#/settings");
    await second.page.getByRole("switch", { name: /Enter sends/ }).uncheck();
    await ada.tab.box.pressSequentially("one");
    await ada.tab.box.press("Enter");
    await ada.tab.box.pressSequentially("two");
    assert.equal(await ada.tab.box.inputValue(), "one\ntwo");
    await ada.tab.box.press("Control+Enter");
    await ada.tab.sees(/one\s+two/);
  },

  "what concerns me is told once, with permission asked when there is a reason, and goes when it was read elsewhere": async (world) => {
    const ada = await Person.arrive(world, "Ada", { scripts: [RECORDER] });
    const bo = await Person.arrive(world, "Bo");
    const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
    await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
    const say = (text) => bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text });
    const told = () => ada.tab.page.evaluate(() => window.told.map(({ title, body, closed }) => ({ title, body, closed: closed === true })));
    const heard = () => ada.tab.page.evaluate(() => window.heard);
    await ada.tab.openRoom("garden");
    await say(`@${ada.username} in sight`);
    await ada.tab.sees("in sight");
    await ada.tab.page.waitForTimeout(1_200);
    assert.deepEqual([await told(), await heard()], [[], 0]);
    assert.equal(await ada.tab.page.getByRole("region", { name: "Notices and sounds" }).count(), 0);
    await ada.tab.look(false);
    await say(`@${ada.username} out of sight`);
    const ask = ada.tab.page.getByRole("region", { name: "Notices and sounds" });
    await ask.waitFor();
    assert.equal(await heard(), 1);
    await accessible(ada.tab.page, "the question about notices");
    await ask.getByRole("button", { name: "Turn on" }).click();
    await ask.waitFor({ state: "detached" });
    await say("not for anybody");
    await say(`@${ada.username} come`);
    await eventually(async () => assert.deepEqual(await told(), [{ title: "Bo · #garden", body: `@${ada.username} come`, closed: false }]));
    const device = await ada.signInElsewhere();
    await device.openRoom("garden");
    await eventually(async () => assert.equal((await told())[0].closed, true));
    // Read at once elsewhere: nothing is told here.
    await say(`@${ada.username} seen elsewhere`);
    await device.sees("seen elsewhere");
    await ada.tab.page.waitForTimeout(1_500);
    assert.equal((await told()).length, 1);
  },

  "somebody's first words are heard, also those that came while the connection was away, and not again by a new page": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const ada = await Person.arrive(world, "Ada", { line, scripts: [RECORDER] });
    const bo = await Person.arrive(world, "Bo");
    const heard = () => ada.tab.page.evaluate(() => window.heard);
    await ada.tab.look(false);
    line.cut();
    await ada.tab.page.getByText("Connecting again").first().waitFor();
    const { users } = await bo.api("GET", `/users?query=${ada.username}`);
    const { id } = await bo.api("POST", "/direct", { cid: cid(), users: [users[0].id] });
    await bo.api("POST", `/rooms/${id}/messages`, { cid: cid(), text: "Are you there?" });
    line.mend();
    await eventually(async () => assert.equal(await heard(), 1));
    await ada.tab.page.reload();
    await ada.tab.link("Bo").waitFor();
    await ada.tab.look(false);
    await ada.tab.page.waitForTimeout(1_500);
    assert.equal(await heard(), 0);
  },

  "whoever is not to be disturbed hears nothing, the others see it, and what waits is counted": async (world) => {
    const ada = await Person.arrive(world, "Ada", { scripts: [RECORDER] });
    const bo = await Person.arrive(world, "Bo");
    const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
    await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
    const call = () => bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: `@${ada.username} come` });
    const heard = () => ada.tab.page.evaluate(() => window.heard);
    const choose = async (name) => {
      await ada.tab.side.getByRole("button", { name: "Your menu" }).click();
      await ada.tab.page.getByRole("menuitem", { name }).click();
    };
    await ada.tab.look(false);
    await call();
    await eventually(async () => assert.equal(await heard(), 1));
    await choose("Do not disturb");
    await bo.tab.openRoom("garden");
    await bo.tab.page.getByRole("img", { name: "Do not disturb" }).waitFor();
    await accessible(bo.tab.page, "somebody who is not to be disturbed");
    await call();
    await ada.tab.unread("garden", 2);
    await ada.tab.page.waitForTimeout(1_500);
    assert.equal(await heard(), 1);
    await choose("Your status");
    const dialog = ada.tab.page.getByRole("dialog", { name: "Your status" });
    assert.equal(await dialog.getByRole("switch", { name: "Do not disturb" }).isChecked(), true);
    await dialog.getByRole("button", { name: "Take it away" }).click();
    await bo.tab.page.getByRole("img", { name: "Do not disturb" }).waitFor({ state: "detached" });
    await call();
    await eventually(async () => assert.equal(await heard(), 2));
  },
};
