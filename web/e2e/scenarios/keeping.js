// Owns the scenes of what a browser keeps: full disks, older layouts, damage, other people, words that were not sent.
import assert from "node:assert/strict";
import { Line } from "../line.js";
import { eventually, PASSWORD, Person } from "../people.js";

/** Ada and Bo in a room of Bo's; Ada on a line of her own. */
async function garden(world) {
  const line = await Line.to(world.house.port);
  world.closers = [() => line.close()];
  const ada = await Person.arrive(world, "Ada", { line });
  const bo = await Person.arrive(world, "Bo");
  const { id, code } = await bo.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
  await ada.tab.joinByCode(code);
  await ada.tab.isIn("garden");
  await bo.tab.openRoom("garden");
  return { ada, bo, id, line };
}

/** A page of the same house that is not the client: what is kept can be looked at while nobody uses it. */
async function bare(person) {
  const page = await person.context.newPage();
  await page.goto(`${person.url}/health/live`);
  return page;
}

/** All tabs of a person close, and what holds the replica with them; answers a bare page. */
async function asleep(person) {
  const page = await bare(person);
  for (const other of person.context.pages()) if (other !== page) await other.close();
  return page;
}

const names = (page) => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith("parlour ")));

async function metric(world, line) {
  const text = await (await fetch(`${world.house.url}/metrics`)).text();
  return Number(text.split("\n").find((one) => one.startsWith(line))?.split(" ").at(-1));
}

export const scenarios = {
  "an edit made in the air is seen at once, survives a reload, and is saved once": async (world) => {
    const { ada, bo, line } = await garden(world);
    await ada.tab.say("teh words");
    await bo.tab.sees("teh words");
    await ada.tab.page.evaluate(() => navigator.serviceWorker.ready);
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    for (const [before, after] of [["teh words", "the wrods"], ["the wrods", "the words"]]) {
      await ada.tab.does("Edit", before);
      await ada.tab.box.fill(after);
      await ada.tab.box.press("Enter");
      await ada.tab.sees(after);
    }
    await ada.tab.page.reload();
    await ada.tab.sees("the words");
    line.mend();
    await bo.tab.sees(/the words\s*edited/);
    const { messages } = await bo.api("GET", `/rooms/${ada.tab.roomId()}/messages`);
    const { seq } = messages.at(-1);
    const { revisions } = await bo.api("GET", `/rooms/${ada.tab.roomId()}/messages/${seq}/revisions`);
    assert.deepEqual(revisions.map(({ text }) => text), ["teh words"]);
  },

  "an edit that meets another one is shown beside what there is now": async (world) => {
    const { ada, bo, line } = await garden(world);
    await ada.tab.say("at first");
    await bo.tab.sees("at first");
    const phone = await ada.signInElsewhere();
    await phone.openRoom("garden");
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    await ada.tab.does("Edit", "at first");
    await ada.tab.box.fill("from the air");
    await ada.tab.box.press("Enter");
    await phone.does("Edit", "at first");
    await phone.box.fill("from the phone");
    await phone.box.press("Enter");
    await bo.tab.sees("from the phone");
    line.mend();
    const row = ada.tab.message("from the phone");
    await row.getByText("Your edit was not saved").waitFor();
    await row.getByText("from the air").waitFor();
    await row.getByRole("button", { name: "Save all the same" }).click();
    for (const tab of [ada.tab, bo.tab, phone]) await tab.sees("from the air");
    await ada.tab.page.getByText("Your edit was not saved").waitFor({ state: "detached" });
  },

  "whoever signs out with unsent words is asked first, and told how many": async (world) => {
    const { ada, bo, line } = await garden(world);
    await ada.tab.say("sent");
    await bo.tab.sees("sent");
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    for (const words of ["unsent one", "unsent two"]) await ada.tab.say(words);
    const asked = [];
    ada.tab.page.on("dialog", (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await ada.tab.page.goto(`${ada.url}/#/settings`);
    await ada.tab.page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
    await eventually(async () => assert.equal(asked.length, 1));
    assert.match(asked[0], /^2 things that you wrote were not sent/);
    await ada.tab.openRoom("garden");
    line.mend();
    for (const words of ["unsent one", "unsent two"]) await bo.tab.sees(words);
    await ada.tab.page.goto(`${ada.url}/#/settings`);
    await eventually(async () => assert.equal(await ada.tab.page.getByText("Connecting again").count(), 0));
    await ada.tab.page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
    await ada.tab.page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(asked.length, 1);
  },

  "whoever signs out all the same leaves nothing behind, and was not signed out by somebody else": async (world) => {
    const { ada, bo, id } = await garden(world);
    const message = await ada.api("POST", `/rooms/${id}/messages`, { cid: crypto.randomUUID(), text: "as sent" });
    await ada.tab.does("Edit", "as sent");
    await ada.api("PATCH", `/rooms/${id}/messages/${message.seq}`, { text: "as changed elsewhere" });
    await bo.tab.sees("as changed elsewhere");
    await ada.tab.page.getByRole("textbox").first().fill("words that were refused");
    await ada.tab.page.keyboard.press("Enter");
    await ada.tab.page.getByText("Your edit was not saved").waitFor();
    const second = await ada.newTab("#/");
    ada.tab.page.on("dialog", (dialog) => void dialog.accept());
    await ada.tab.side.getByRole("button", { name: "Your menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "Sign out" }).click();
    await ada.tab.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await second.page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await ada.tab.page.getByText("You were signed out").count(), 0);
    await eventually(async () => assert.deepEqual(await names(ada.tab.page), []));
    // Who comes in on one page is in on the others.
    await ada.tab.page.getByLabel("User name").fill(ada.username);
    await ada.tab.page.getByLabel("Password").fill(PASSWORD);
    await ada.tab.page.getByRole("button", { name: "Sign in" }).click();
    await second.link("garden").waitFor();
    await second.openRoom("garden");
    await second.sees("as changed elsewhere");
    assert.equal(await second.page.getByText("words that were refused").count(), 0);
  },

  "a replica that is not right is found out when it comes back, and mended": async (world) => {
    const { ada, bo, id } = await garden(world);
    for (const words of ["one", "two", "three"]) await bo.tab.say(words);
    await ada.tab.sees("three");
    // What is held is written a moment later.
    const page = await asleep(ada);
    await eventually(() => page.evaluate(async (room) => {
      const [{ name }] = (await indexedDB.databases()).filter((one) => one.name.startsWith("parlour "));
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const store = database.transaction(["messages"], "readwrite").objectStore("messages");
      const rows = await new Promise((resolve) => (store.getAll().onsuccess = (event) => resolve(event.target.result)));
      const two = rows.find((row) => row.room === room && row.text === "two");
      if (!two || !rows.some((row) => row.text === "three")) {
        database.close();
        throw new Error("not written yet");
      }
      store.put({ ...two, text: "tow", gv: two.gv - 1 });
      await new Promise((resolve) => (store.transaction.oncomplete = resolve));
      database.close();
    }, id));
    const before = await metric(world, 'parlour_sync_divergence_total{cause="done"}');
    const tab = await ada.newTab(`#/room/${id}`);
    await tab.sees("three");
    await tab.sees("two");
    await tab.seesNot("tow");
    assert.equal(await metric(world, 'parlour_sync_divergence_total{cause="done"}'), before + 1);
  },

  "a replica of an older layout is made anew, and what was not sent is sent": async (world) => {
    const { ada, bo, id } = await garden(world);
    await bo.tab.say("hello");
    await ada.tab.sees("hello");
    const page = await asleep(ada);
    await eventually(() => page.evaluate(async ({ room, cid }) => {
      const [{ name, version }] = (await indexedDB.databases()).filter((one) => one.name.startsWith("parlour "));
      if (version < 2) throw new Error(`layout ${version}`);
      const asked = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = request.onblocked = () => reject(new Error("in use"));
      });
      await asked(indexedDB.deleteDatabase(name));
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore("outbox", { keyPath: "cid" });
        opening.result.createObjectStore("rooms", { keyPath: "name" });
      };
      const database = await asked(opening);
      const entry = { cid, order: 1, name: "messages.send", takes: { room, text: "from long ago" }, time: new Date().toISOString(), after: 0, state: "waiting" };
      const store = database.transaction(["outbox"], "readwrite").objectStore("outbox");
      await asked(store.put(entry));
      database.close();
    }, { room: id, cid: crypto.randomUUID() }));
    const tab = await ada.newTab(`#/room/${id}`);
    await tab.sees("from long ago");
    await bo.tab.sees("from long ago");
    assert.equal(await bo.tab.message("from long ago").count(), 1);
    await tab.page.reload();
    await tab.sees("hello");
  },

  "a browser whose disk becomes full says so and serves all the same": async (world) => {
    // Without a shared worker the replica is kept by the page itself, where its disk can be filled.
    const full = `delete window.SharedWorker;
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...given) {
        const { transaction } = this;
        if (window.isFull) setTimeout(() => { try { transaction.abort(); } catch { /* It is over already. */ } });
        return put.apply(this, given);
      };`;
    const ada = await Person.arrive(world, "Ada", { scripts: [full] });
    const bo = await Person.arrive(world, "Bo");
    const id = await ada.tab.createRoom("garden");
    await bo.tab.page.goto(`${world.house.url}/#/room/${id}`);
    await bo.tab.page.getByRole("button", { name: "Join" }).click();
    await bo.tab.isIn("garden");
    await bo.tab.say("hello");
    await ada.tab.sees("hello");
    const told = ada.tab.page.getByText("This device keeps nothing more").first().waitFor({ state: "attached" });
    await ada.tab.page.evaluate(() => (window.isFull = true));
    await ada.tab.say("one more");
    await told;
    await bo.tab.sees("one more");
    await bo.tab.say("still there?");
    await ada.tab.sees("still there?");
    await ada.tab.say("yes");
    await bo.tab.sees("yes");
    for (const words of ["one more", "yes"]) assert.equal(await bo.tab.message(words).count(), 1);
  },

  "whoever signs in after somebody else finds nothing of them in the browser": async (world) => {
    const { ada, bo, id, line } = await garden(world);
    await bo.tab.say("for Ada alone");
    await ada.tab.sees("for Ada alone");
    // Ada's session ends while this browser is away.
    const page = await asleep(ada);
    const { sessions } = await ada.api("GET", "/sessions");
    await ada.api("DELETE", `/sessions/${sessions.find(({ current }) => current).id}`);
    await ada.context.clearCookies();
    await page.evaluate(() => localStorage.clear());
    assert.equal((await names(page)).length, 1);
    const tab = await ada.context.newPage();
    await tab.goto(`${line.url}/#/sign-in`);
    await tab.getByLabel("User name").fill(bo.username);
    await tab.getByLabel("Password").fill(PASSWORD);
    await tab.getByRole("button", { name: "Sign in" }).click();
    await tab.getByRole("navigation", { name: "Rooms" }).waitFor();
    const me = await bo.api("GET", "/profile");
    await eventually(async () => assert.deepEqual(await names(page), [`parlour ${me.id}`]));
    assert.ok(id);
  },
};
