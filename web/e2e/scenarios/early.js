// Owns the scenes of a page's first moments: what this browser holds is shown, and used, before the engine is there, and nothing comes of it that should not.
import assert from "node:assert/strict";
import { Line } from "../line.js";
import { eventually, garden, PASSWORD, Tab } from "../people.js";

const cid = () => crypto.randomUUID();

/** Rows of a store of the one database there is; none where it is not there. */
const rows = (page, store) =>
  page.evaluate(async (name) => {
    const asked = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const [found] = (await indexedDB.databases()).filter((one) => one.name.startsWith("parlour "));
    if (!found) return [];
    const database = await asked(indexedDB.open(found.name));
    const all = await asked(database.transaction([name]).objectStore(name).getAll());
    database.close();
    return all;
  }, store);

const isHeld = (page, text) => eventually(async () => assert.ok((await rows(page, "messages")).some((one) => one.text === text)));

export const scenarios = {
  "what is written before there is an engine is kept, and sent once": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const { ada, bo, id } = await garden(world, { line });
    const { page } = ada.tab;
    await page.evaluate(() => navigator.serviceWorker.ready);
    await ada.tab.say("before");
    await bo.tab.sees("before");
    await isHeld(page, "before");
    // The worker comes late: whoever writes is faster.
    await page.addInitScript(() => {
      const Worker = window.SharedWorker;
      window.SharedWorker = class {
        constructor(...which) {
          const { port1, port2 } = new MessageChannel();
          setTimeout(() => {
            const { port } = new Worker(...which);
            port.onmessage = ({ data }) => port2.postMessage(data);
            port2.onmessage = ({ data }) => port.postMessage(data);
          }, 600);
          this.port = port1;
        }
      };
    });
    line.cut();
    await page.reload();
    for (const words of ["quick, one", "quick, two"]) await ada.tab.say(words);
    for (const words of ["quick, one", "quick, two"]) await ada.tab.sees(words);
    await eventually(async () => assert.deepEqual((await rows(page, "outbox")).filter(({ name }) => name === "messages.send").map(({ takes }) => takes.text), ["quick, one", "quick, two"]));
    // The page may have ended before it could forget what it had typed.
    await page.evaluate(([me, room]) => localStorage.setItem(`parlour.draft.${me}.${room}`, "quick, two"), [JSON.parse(await page.evaluate(() => localStorage.getItem("parlour.last"))).id, id]);
    await page.reload();
    for (const words of ["quick, one", "quick, two"]) await ada.tab.sees(words);
    assert.equal(await ada.tab.box.inputValue(), "");
    line.mend();
    await bo.tab.sees("quick, two");
    const { messages } = await bo.api("GET", `/rooms/${id}/messages`);
    assert.deepEqual(messages.slice(-3).map(({ text }) => text), ["before", "quick, one", "quick, two"]);
  },

  "what was read before there is an engine is read": async (world) => {
    const { ada, bo, id } = await garden(world);
    await ada.tab.look(false);
    await bo.tab.say("while nobody looked");
    await ada.tab.unread("garden", 1);
    await isHeld(ada.tab.page, "while nobody looked");
    await ada.tab.page.close();
    const page = await ada.context.newPage();
    await page.addInitScript(() => {
      const Worker = window.SharedWorker;
      window.SharedWorker = function (...which) {
        const until = performance.now() + 700;
        const worker = new Worker(...which);
        const post = worker.port.postMessage.bind(worker.port);
        // All in one moment, and late.
        const waiting = [];
        worker.port.postMessage = (words) => (performance.now() > until ? post(words) : waiting.push(words));
        setTimeout(() => waiting.forEach((words) => post(words)), 700);
        return worker;
      };
    });
    await page.goto(`${world.house.url}/#/room/${id}`);
    const tab = new Tab(page);
    await tab.sees("while nobody looked");
    await tab.unread("garden", 0);
    await eventually(async () => assert.equal((await ada.api("GET", `/rooms/${id}`)).me.unread, 0));
  },

  "whose session was ended while no page was open finds nothing left, and all of it when back": async (world) => {
    const { ada, bo, id } = await garden(world);
    await bo.tab.say("a secret");
    await ada.tab.sees("a secret");
    await isHeld(ada.tab.page, "a secret");
    const { sessions } = await ada.api("GET", "/sessions");
    const other = await ada.signInElsewhere();
    await ada.tab.page.close();
    await other.page.evaluate((session) => fetch(`/api/v1/sessions/${session}`, { method: "DELETE" }), sessions[0].id);
    const page = await ada.context.newPage();
    await page.goto(`${world.house.url}/#/room/${id}`);
    await page.getByText("You were signed out").waitFor();
    await eventually(async () => assert.deepEqual(await rows(page, "messages"), []));
    await page.getByLabel("User name").fill(ada.username);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await new Tab(page).openRoom("garden");
    await bo.tab.say("after coming back");
    await isHeld(page, "after coming back");
  },

  "whoever signed in behind a page is who it shows": async (world) => {
    const { ada, bo, id } = await garden(world);
    await ada.tab.say("Ada's garden");
    await isHeld(ada.tab.page, "Ada's garden");
    await bo.tab.sees("Ada's garden");
    await ada.tab.page.close();
    await ada.context.clearCookies();
    await ada.context.addCookies(await bo.context.cookies());
    const page = await ada.context.newPage();
    await page.goto(`${world.house.url}/#/room/${id}`);
    await page.getByRole("navigation", { name: "Rooms" }).getByText(`@${bo.username}`).waitFor();
    await new Tab(page).sees("Ada's garden");
    await page.waitForTimeout(500);
    assert.equal(await page.getByRole("heading", { name: "Sign in" }).count(), 0);
  },

  "a worker that was just ending, or does not begin, is not waited for": async (world) => {
    const { ada, id } = await garden(world);
    await ada.tab.say("hello");
    await isHeld(ada.tab.page, "hello");
    const shed = await ada.api("POST", "/rooms", { cid: cid(), name: "shed", kind: "private" });
    await ada.api("POST", `/rooms/${shed.id}/messages`, { cid: cid(), text: "never held here" });
    const opened = async (script) => {
      const page = await ada.context.newPage();
      await page.addInitScript(script);
      await page.goto(`${world.house.url}/#/room/${shed.id}`);
      const tab = new Tab(page);
      await tab.sees("never held here");
      await page.goto(`${world.house.url}/#/room/${id}`);
      await tab.sees("hello");
      return page;
    };
    await ada.tab.page.close();
    const ending = await opened(() => {
      const Worker = window.SharedWorker;
      let first = true;
      window.SharedWorker = function (...which) {
        if (!first) return new Worker(...which);
        first = false;
        return { port: new MessageChannel().port1 };
      };
    });
    await ending.close();
    const failing = await opened(() => {
      window.begun = 0;
      window.SharedWorker = class {
        port = new MessageChannel().port1;
        constructor() {
          window.begun++;
          setTimeout(() => this.onerror(new Event("error")), 50);
        }
      };
    });
    await failing.waitForTimeout(6_000);
    assert.equal(await failing.evaluate(() => window.begun), 1);
  },

  "a disk that never answers is done without": async (world) => {
    const { ada, bo, id } = await garden(world);
    await bo.tab.say("hello");
    await ada.tab.sees("hello");
    await ada.tab.page.close();
    const page = await ada.context.newPage();
    await page.addInitScript(() => {
      delete window.SharedWorker;
      indexedDB.open = () => ({});
    });
    await page.goto(`${world.house.url}/#/room/${id}`);
    const tab = new Tab(page);
    await tab.sees("hello");
    await tab.say("and back");
    await bo.tab.sees("and back");
  },

  "whoever leaves a link at once hears nothing of it": async (world) => {
    const { ada, id } = await garden(world);
    const shed = await ada.api("POST", "/rooms", { cid: cid(), name: "shed", kind: "private" });
    for (let n = 1; n <= 300; n++) await ada.api("POST", `/rooms/${id}/messages`, { cid: cid(), text: `Message ${n}.` });
    await ada.tab.sees("Message 300.");
    for (const wait of [0, 3, 6, 10, 20]) {
      await ada.tab.openRoom("shed");
      await ada.tab.page.evaluate(async ([garden, shed, ms]) => {
        location.hash = `#/room/${garden}/40`;
        await new Promise((done) => setTimeout(done, ms));
        location.hash = `#/room/${shed}`;
      }, [id, shed.id, wait]);
      await ada.tab.isIn("shed");
      await ada.tab.page.waitForTimeout(300);
      assert.equal(await ada.tab.page.getByRole("status").filter({ hasText: /\w/ }).count(), 0);
    }
  },
};
