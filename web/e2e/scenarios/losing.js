// Owns the scenes in which something goes from under somebody's hands: the worker behind the page, the account, the room.
import assert from "node:assert/strict";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** Ada and Bo in a room of Ada's. */
async function garden(world, options) {
  const ada = await Person.arrive(world, "Ada", options);
  const bo = await Person.arrive(world, "Bo");
  const { id, code } = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "private" });
  await bo.tab.joinByCode(code);
  await bo.tab.isIn("garden");
  await ada.tab.openRoom("garden");
  return { ada, bo, id };
}

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
};
