// Owns the scenes in which something goes from under somebody's hands: the worker behind the page, the account, the room.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { Line } from "../line.js";
import { Newer } from "../newer.js";
import { eventually, garden, PASSWORD, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** The browser ends the worker that a person's pages share, as it does where memory is short. */
async function endWorker(world, { tab }) {
  const page = await tab.page.context().newCDPSession(tab.page);
  const { targetInfo } = await page.send("Target.getTargetInfo");
  const browser = await world.browser.newBrowserCDPSession();
  const { targetInfos } = await browser.send("Target.getTargets", { filter: [{ type: "shared_worker" }] });
  const { targetId } = targetInfos.find((one) => one.browserContextId === targetInfo.browserContextId);
  await browser.send("Target.closeTarget", { targetId });
  await browser.detach();
}

async function signIn(page, { username }) {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Rooms" }).waitFor();
}

/** What the browser holds of people: each database's stores that hold anything. */
const held = (page) =>
  page.evaluate(async () => {
    const asked = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const found = {};
    for (const { name } of (await indexedDB.databases()).filter((one) => one.name.startsWith("parlour "))) {
      const database = await asked(indexedDB.open(name));
      const stores = [...database.objectStoreNames];
      const counts = await Promise.all(stores.map((store) => asked(database.transaction([store]).objectStore(store).count())));
      found[name.slice("parlour ".length)] = stores.filter((_, index) => counts[index] > 0);
      database.close();
    }
    return found;
  });

export const scenarios = {
  "a browser ends the worker behind the pages, and nothing that is written is lost": async (world) => {
    const { ada, bo, id } = await garden(world);
    const second = await ada.newTab(`#/room/${id}`);
    await second.isIn("garden");
    await ada.tab.say("before");
    await bo.tab.sees("before");
    await ada.tab.box.fill("half a sent");
    await endWorker(world, ada);
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), "half a sent"));
    for (const words of ["after, one", "after, two"]) await ada.tab.say(words);
    await second.say("from the second");
    await bo.tab.say("and an answer");
    for (const tab of [ada.tab, second, bo.tab]) {
      for (const words of ["before", "after, one", "after, two", "from the second", "and an answer"]) {
        await tab.sees(words);
        assert.equal(await tab.message(words).count(), 1);
      }
    }
  },

  "whoever reads further up stays there when the browser ends the worker": async (world) => {
    const { ada, id } = await garden(world);
    for (let n = 1; n <= 300; n++) await ada.api("POST", `/rooms/${id}/messages`, { cid: cid(), text: `Message ${n}.` });
    await ada.tab.sees("Message 300.");
    await ada.tab.page.goto(`${world.house.url}/#/room/${id}/40`);
    const marked = ada.tab.log.locator("li.marked");
    await marked.waitFor();
    const at = () => ada.tab.message("Message 42.").evaluate((row) => row.getBoundingClientRect().top);
    const before = await at();
    await endWorker(world, ada);
    await ada.api("POST", `/rooms/${id}/messages`, { cid: cid(), text: "heard of by the next worker" });
    await ada.tab.page.waitForTimeout(1_500);
    await eventually(async () => assert.ok(Math.abs((await at()) - before) < 400, "it is still in sight"));
    await ada.tab.page.getByRole("button", { name: /Go to the newest/ }).click();
    await ada.tab.sees("heard of by the next worker");
  },

  "over plain http the end of the worker is noticed too, and what is copied is copied": async (world) => {
    const { ada, id, code } = await garden(world);
    const cy = await Person.arrive(world, "Cy", { line: { url: `http://house.plain.example:${world.house.port}` } });
    await cy.tab.joinByCode(code);
    await cy.tab.isIn("garden");
    const { page, box } = cy.tab;
    assert.equal(await page.evaluate(() => isSecureContext || "locks" in navigator || "clipboard" in navigator), false);
    const second = await cy.newTab(`#/room/${id}`);
    await second.isIn("garden");
    await ada.tab.say("some words to keep");
    await cy.tab.sees("some words to keep");
    await cy.tab.does("Copy text", "some words to keep");
    await page.getByText("Copied", { exact: true }).waitFor();
    await page.evaluate(() => (document.execCommand = () => false));
    await cy.tab.does("Copy text", "some words to keep");
    await page.getByText("It could not be copied").waitFor();
    await box.focus();
    await page.keyboard.press("Control+V");
    assert.equal(await box.inputValue(), "some words to keep");
    await endWorker(world, cy);
    await box.press("Enter");
    await second.say("from the second");
    await ada.tab.say("and an answer");
    for (const tab of [cy.tab, second, ada.tab]) {
      for (const words of ["from the second", "and an answer"]) await tab.sees(words);
      await eventually(async () => assert.equal(await tab.message("some words to keep").count(), 2));
    }
  },

  "what this browser holds is on screen though its worker has not said a word": async (world) => {
    const { ada, bo, id } = await garden(world);
    await bo.tab.say("some words");
    await ada.tab.sees("some words");
    const me = await ada.api("GET", "/profile");
    await eventually(async () => assert.ok((await held(ada.tab.page))[me.id].includes("messages")));
    const mute = () => void (window.SharedWorker = class { port = new MessageChannel().port1; });
    await ada.context.addInitScript(mute);
    const silent = await ada.newTab(`#/room/${id}`);
    await silent.isIn("garden");
    await silent.sees("some words");
    await silent.side.getByText("garden").waitFor();
  },

  "whoever signs in meanwhile sees nothing of what somebody has not sent, and it is sent when they are back": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const { ada, bo } = await garden(world, { line });
    const { page } = ada.tab;
    const [ada_, bo_] = [await ada.api("GET", "/profile"), await bo.api("GET", "/profile")];
    const { sessions } = await ada.api("GET", "/sessions");
    const other = await ada.signInElsewhere();
    line.cut();
    await page.getByText("Connecting again").waitFor();
    await ada.tab.say("written in the air");
    await ada.tab.message("written in the air").getByText("Waiting for the connection").waitFor();
    await eventually(async () => assert.ok((await held(page))[ada_.id].includes("outbox")));
    await other.page.evaluate((id) => fetch(`/api/v1/sessions/${id}`, { method: "DELETE" }), sessions[0].id);
    line.mend();
    await page.getByText("You were signed out").waitFor();
    await signIn(page, bo);
    await ada.tab.openRoom("garden");
    await eventually(async () => assert.deepEqual((await held(page))[ada_.id], ["outbox"]));
    assert.ok(bo_.id in (await held(page)));
    assert.equal(await ada.tab.message("written in the air").count(), 0);
    await ada.tab.side.getByRole("button", { name: "Your menu" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await signIn(page, ada);
    await bo.tab.sees("written in the air");
    assert.equal(await bo.tab.message("written in the air").count(), 1);
  },

  "what was written for a room that is lost is still there to be copied, and let go": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const { ada: bo, bo: ada } = await garden(world, { line });
    const { page } = bo.tab;
    const { id } = await bo.api("GET", "/profile");
    const orchard = await ada.api("POST", "/rooms", { cid: cid(), name: "orchard", kind: "private" });
    await bo.tab.joinByCode(orchard.code);
    await bo.tab.isIn("orchard");
    line.cut();
    await page.getByText("Connecting again").waitFor();
    await bo.tab.say("a long thought about apples");
    await ada.api("DELETE", `/rooms/${orchard.id}/members/${id}`);
    line.mend();
    await page.getByText("You are no longer in orchard").waitFor();
    const stranded = bo.tab.side.getByRole("alert").filter({ hasText: "a long thought about apples" });
    await stranded.getByText("There is no such room").waitFor();
    await stranded.getByRole("button", { name: "Copy" }).click();
    await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "a long thought about apples"));
    await accessible(page, "words for a lost room");
    await stranded.getByRole("button", { name: "Discard" }).click();
    await stranded.waitFor({ state: "detached" });
  },

  "an edit that was begun is there after another room and after a reload, until it is ended": async (world) => {
    const { ada, bo } = await garden(world);
    const { page } = ada.tab;
    const holds = (words) => eventually(async () => assert.equal(await ada.tab.box.inputValue(), words));
    await ada.tab.say("teh words");
    await ada.tab.sees("teh words");
    await ada.tab.does("Edit", "teh words");
    await ada.tab.box.fill("the words, and many more");
    await ada.tab.createRoom("orchard");
    await holds("");
    await ada.tab.openRoom("garden");
    await page.getByText("Editing your message").waitFor();
    await holds("the words, and many more");
    await page.reload();
    await page.getByText("Editing your message").waitFor();
    await holds("the words, and many more");
    await ada.tab.box.press("Escape");
    await holds("");
    await page.reload();
    await ada.tab.isIn("garden");
    await holds("");
    await ada.tab.does("Edit", "teh words");
    await holds("teh words");
    await ada.tab.box.fill("the words");
    await page.reload();
    await holds("the words");
    await ada.tab.box.press("Enter");
    await holds("");
    await bo.tab.sees(/the words\s*edited/);
    await page.reload();
    await ada.tab.isIn("garden");
    await holds("");
    await ada.tab.does("Edit", "the words");
    await ada.tab.box.fill("not for whoever comes next");
    await page.getByRole("button", { name: "Your menu" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /whoever comes next/);
  },

  "where somebody else signed in behind the page, nothing is sent in their name": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const { ada, bo, id } = await garden(world, { line });
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    await ada.tab.say("Ada's own words");
    await ada.tab.message("Ada's own words").getByText("Waiting for the connection").waitFor();
    await ada.context.clearCookies();
    await ada.context.addCookies(await bo.context.cookies());
    line.mend();
    await ada.tab.page.getByText("You were signed out").waitFor();
    const { messages } = await bo.api("GET", `/rooms/${id}/messages`);
    assert.deepEqual(messages.filter(({ text }) => text === "Ada's own words"), []);
    await signIn(ada.tab.page, ada);
    await bo.tab.sees("Ada's own words");
    const me = await ada.api("GET", "/profile");
    const later = await bo.api("GET", `/rooms/${id}/messages`);
    assert.deepEqual(later.messages.filter(({ text }) => text === "Ada's own words").map(({ author }) => author), [me.id]);
  },

  "a server that comes back with a newer page has it offered, and what was written is there in it": async (world) => {
    const newer = await Newer.before(world.house.port);
    world.closers = [() => newer.close()];
    const { ada } = await garden(world, { line: newer });
    const { page } = ada.tab;
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await ada.tab.isIn("garden");
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    // By itself a browser asks some time after a page was loaded, and not again for as long as it is open.
    await page.waitForTimeout(15_000);
    await ada.tab.box.pressSequentially("half a thought");
    const offer = page.getByText("A new version of this page is here");
    newer.isNewer = true;
    await world.house.stop();
    await page.getByText("Connecting again").waitFor();
    assert.equal(await offer.count(), 0);
    await world.house.start();
    await offer.waitFor({ timeout: 40_000 });
    await accessible(page, "the offer of a newer page");
    await page.getByRole("button", { name: "Load it" }).click();
    await offer.waitFor({ state: "detached" });
    await ada.tab.isIn("garden");
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), "half a thought"));
  },
};
