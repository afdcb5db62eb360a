// Owns the scenes without a network: what was held is read, what was written is sent once, and all devices end in step.
import assert from "node:assert/strict";
import { Line } from "../line.js";
import { Mortal } from "../mortal.js";
import { eventually, PASSWORD, Person } from "../people.js";

/** Ada, on a line of her own, with Bo in her room. */
async function garden(world) {
  const line = await Line.to(world.house.port);
  world.closers = [() => line.close()];
  const ada = await Person.arrive(world, "Ada", { line });
  const bo = await Person.arrive(world, "Bo");
  const { id, code } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
  await bo.tab.joinByCode(code);
  await bo.tab.isIn("garden");
  await ada.tab.openRoom("garden");
  return { ada, bo, id, line };
}

async function metric(world, name) {
  const text = await (await fetch(`${world.house.url}/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith(name)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** The service worker holds the page's files. */
async function shellKept(page) {
  await page.evaluate(() => navigator.serviceWorker.ready);
}

export const scenarios = {
  "a reload without a network shows the room, and a message written there is sent once": async (world) => {
    const { ada, bo, line } = await garden(world);
    for (const words of ["one", "two", "three"]) await bo.tab.say(words);
    await ada.tab.sees("three");
    await shellKept(ada.tab.page);
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    await ada.tab.say("written in the air");
    await ada.tab.say("better not");
    await ada.tab.message("written in the air").getByText("Waiting for the connection").waitFor();
    await ada.tab.page.reload();
    await ada.tab.isIn("garden");
    await ada.tab.sees("three");
    await ada.tab.message("written in the air").getByText("Waiting for the connection").waitFor();
    assert.equal(await ada.tab.box.inputValue(), "");
    await ada.tab.message("better not").getByRole("button", { name: "Discard" }).click();
    await ada.tab.seesNot("better not");
    line.mend();
    await bo.tab.sees("written in the air");
    await bo.tab.say("landed?");
    for (const tab of [ada.tab, bo.tab]) {
      await tab.sees("landed?");
      assert.equal(await tab.message("written in the air").count(), 1);
      assert.equal(await tab.message("better not").count(), 0);
    }
  },

  "two people with three tabs and a phone go through a flight, and end in step without a reload": async (world) => {
    const { ada, bo, id, line } = await garden(world);
    const second = await ada.newTab(`#/room/${id}`);
    const phone = await bo.signInElsewhere({ width: 390, height: 800 });
    await phone.page.goto(`${world.house.url}/#/room/${id}`);
    const all = [ada.tab, second, bo.tab, phone];
    for (const words of ["to be deleted", "to stay", "to be read"]) await bo.tab.say(words);
    await ada.tab.say("mine, to be deleted");
    for (const tab of all) await tab.sees("mine, to be deleted");
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    await ada.tab.say("from the air");
    await second.sees("from the air");
    await ada.tab.does("Delete for everybody", "mine, to be deleted");
    await second.log.getByText("This message was deleted").waitFor();
    await ada.tab.does("React", "to be read");
    await ada.tab.page.getByRole("menuitem", { name: "party popper" }).click();
    await second.message("to be read").getByRole("button", { name: /^party popper, 1, / }).waitFor();
    await bo.tab.does("React", "to be read");
    await bo.tab.page.getByRole("menuitem", { name: "thumbs up" }).click();
    await phone.message("to be read").getByRole("button", { name: /^thumbs up, 1, / }).waitFor();
    await bo.tab.does("Delete for everybody", "to be deleted");
    await phone.say("from the phone");
    await bo.tab.sees("from the phone");
    await bo.tab.does("Edit", "to stay");
    await bo.tab.box.fill("stayed");
    await bo.tab.box.press("Enter");
    await phone.sees(/stayed\s*edited/);
    line.mend();
    for (const tab of all) {
      await tab.sees("from the air");
      await tab.sees("from the phone");
      await tab.sees(/stayed\s*edited/);
      await tab.seesNot("to be deleted");
      await tab.message("to be read").getByRole("button", { name: /^thumbs up, 1, / }).waitFor();
      await tab.message("to be read").getByRole("button", { name: /^party popper, 1, / }).waitFor();
    }
    const shown = (tab) => tab.log.locator("li.message").evaluateAll((rows) => rows.map((row) => `${row.dataset.seq} ${row.querySelector(".words > p:last-of-type").textContent.trim()}`));
    await eventually(async () => {
      const [first, ...others] = await Promise.all(all.map(shown));
      for (const other of others) assert.deepEqual(other, first);
    });
  },

  "a link that is followed in the air leads to its message when the connection is back": async (world) => {
    const { ada, line } = await garden(world);
    const { id } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "shed", kind: "private" });
    for (let n = 1; n <= 200; n++) await ada.api("POST", `/rooms/${id}/messages`, { cid: crypto.randomUUID(), text: `Message ${n}.` });
    await ada.tab.openRoom("shed");
    await ada.tab.sees("Message 200.");
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    await ada.tab.page.evaluate((address) => (location.hash = address), `#/room/${id}/4`);
    await ada.tab.page.getByText("There is no connection to the server").waitFor();
    line.mend();
    await ada.tab.log.locator("li.marked", { hasText: /Message [1-4]\./ }).waitFor();
  },

  "what is marked as unread in the air is unread on all devices, until it is opened again": async (world) => {
    const { ada, bo, id, line } = await garden(world);
    for (const words of ["one", "two", "three"]) await bo.tab.say(words);
    const other = await ada.signInElsewhere();
    await other.openRoom("garden");
    for (const tab of [ada.tab, other]) {
      await tab.sees("three");
      await tab.unread("garden", 0);
    }
    await other.page.goto(`${world.house.url}/#/`);
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    await ada.tab.does("Mark as unread", "two");
    await ada.tab.unread("garden", 2);
    await other.unread("garden", 0);
    line.mend();
    for (const tab of [ada.tab, other]) await tab.unread("garden", 2);
    await other.page.goto(`${world.house.url}/#/room/${id}`);
    for (const tab of [ada.tab, other]) await tab.unread("garden", 0);
  },

  "all tabs of a browser share one connection": async (world) => {
    const { ada, id } = await garden(world);
    const before = await metric(world, "parlour_connections");
    const tabs = [ada.tab, await ada.newTab(`#/room/${id}`), await ada.newTab(`#/room/${id}`)];
    for (const tab of tabs) await tab.isIn("garden");
    assert.equal(await metric(world, "parlour_connections"), before);
    await tabs[0].say("to all of us");
    for (const tab of tabs) await tab.sees("to all of us");
    await tabs[0].page.close();
    await tabs[1].say("still here");
    await tabs[2].sees("still here");
  },

  "who slept through ten thousand messages sees the newest at once, and the others when scrolled to": async (world) => {
    const { ada, bo, id, line } = await garden(world);
    await bo.tab.say("before the sleep");
    await ada.tab.sees("before the sleep");
    line.cut();
    await ada.tab.page.getByText("Connecting again").waitFor();
    for (let n = 1; n <= 10_000; n += 50) {
      const texts = Array.from({ length: 50 }, (_, index) => `slept through ${n + index}.`);
      await Promise.all(texts.map((text) => bo.api("POST", `/rooms/${id}/messages`, { cid: crypto.randomUUID(), text })));
    }
    await bo.tab.say("good morning");
    await bo.tab.sees("good morning");
    line.mend();
    await ada.tab.sees("good morning");
    const rows = await ada.tab.log.locator("li.message").count();
    assert.ok(rows < 200, `${rows} rows at once`);
    await ada.tab.log.evaluate(async (box) => {
      for (let turn = 0; turn < 30; turn++) {
        box.scrollTop = 0;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    const seqs = await ada.tab.log.locator("li.message[data-seq]").evaluateAll((list) => list.map((row) => Number(row.dataset.seq)));
    assert.ok(seqs.length > 200 && seqs.every((seq, index) => index === 0 || seq === seqs[index - 1] + 1), "a hole on the screen");
  },

  "a browser that is killed while it sends has lost nothing and doubled nothing": async (world) => {
    const mortal = await Mortal.born();
    world.closers = [() => mortal.close()];
    const ada = await Person.arrive(world, "Ada", { context: mortal.context });
    const bo = await Person.arrive(world, "Bo");
    const { id, code } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
    await bo.tab.joinByCode(code);
    await ada.tab.openRoom("garden");
    await shellKept(ada.tab.page);
    for (let n = 1; n <= 10; n++) await ada.tab.say(`before ${n}.`);
    await world.house.stop();
    for (let n = 11; n <= 20; n++) await ada.tab.say(`before ${n}.`);
    // The draft goes when the words are on the disk.
    await eventually(async () => assert.equal(await ada.tab.page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("draft")).length), 0));
    await mortal.kill();
    await world.house.start();
    await mortal.start();
    world.contexts = world.contexts.filter((context) => context !== ada.context);
    const page = await mortal.context.newPage();
    await page.goto(`${world.house.url}/#/room/${id}`);
    // A browser that is killed so soon has forgotten its cookies.
    await page.locator("form, [role=log]").first().waitFor();
    if (await page.getByRole("heading", { name: "Sign in" }).isVisible()) {
      await page.getByLabel("User name").fill(ada.username);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.goto(`${world.house.url}/#/room/${id}`);
    }
    await page.getByRole("log").getByText("before 20.").waitFor();
    await bo.tab.sees("before 20.");
    await eventually(async () => {
      const texts = await bo.tab.log.locator("li.message").evaluateAll((rows) => rows.map((row) => /before \d+/.exec(row.textContent)?.[0]).filter(Boolean));
      assert.deepEqual(texts, Array.from({ length: 20 }, (_, index) => `before ${index + 1}`));
    });
  },

  "a browser without shared workers, or one that keeps nothing, serves all the same": async (world) => {
    const scripts = ["delete window.SharedWorker;", "Object.defineProperty(window, 'indexedDB', { value: { open() { throw new Error('private'); }, databases: async () => [], deleteDatabase() { throw new Error('private'); } } });"];
    const ada = await Person.arrive(world, "Ada", { scripts: scripts.slice(0, 1) });
    const bo = await Person.arrive(world, "Bo", { scripts });
    const id = await ada.tab.createRoom("garden");
    await bo.tab.page.goto(`${world.house.url}/#/room/${id}`);
    await bo.tab.page.getByRole("button", { name: "Join" }).click();
    await bo.tab.isIn("garden");
    const second = await ada.newTab(`#/room/${id}`);
    await second.isIn("garden");
    await bo.tab.say("hello");
    for (const tab of [ada.tab, second]) await tab.sees("hello");
    await shellKept(second.page);
    await world.house.stop();
    await second.say("from the second tab");
    await second.message("from the second tab").getByText("Waiting for the connection").waitFor();
    await second.page.reload();
    await second.sees("hello");
    await world.house.start();
    await bo.tab.sees("from the second tab");
    await ada.tab.sees("from the second tab");
    assert.equal(await bo.tab.message("from the second tab").count(), 1);
  },
};
