// Owns the scenes of who listens to the page instead of looking at it, and of what had come before anybody looked.
import assert from "node:assert/strict";
import { Line } from "../line.js";
import { eventually, garden } from "../people.js";

const cid = () => crypto.randomUUID();

/** Before the page's script: what a reader would be told is written down. */
const LISTENER = `
  window.spoken = [];
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const live = (target.closest ? target : target.parentElement)?.closest("[aria-live], [role=log], [role=status], [role=alert]");
      if (!live || live.ariaLive === "off") continue;
      for (const node of addedNodes) if (node.textContent.trim()) window.spoken.push(node.textContent.trim());
    }
  }).observe(document, { childList: true, subtree: true });
`;

async function say(person, room, texts) {
  for (const text of texts) await person.api("POST", `/rooms/${room}/messages`, { cid: cid(), text });
}

const many = (word) => Array.from({ length: 40 }, (_, n) => `${word} ${n + 1}`);

/** The line is in sight, this is the first message below it, and not all that follows was read. */
async function beginsBelowALine(person, room, first) {
  const { page, log } = person.tab;
  const line = page.locator("[data-unread]");
  await line.waitFor();
  await eventually(async () => {
    const [sight, at] = [await log.boundingBox(), await line.boundingBox()];
    assert.ok(at.y >= sight.y && at.y < sight.y + sight.height / 2, "the line is in sight");
    assert.match(await line.evaluate((one) => one.nextElementSibling.textContent), new RegExp(first));
  });
  const { me } = await person.api("GET", `/rooms/${room}`);
  assert.ok(me.unread > 5, `${me.unread} unread`);
}

export const scenarios = {
  "who listens hears what comes, its author first, and nothing of the past": async (world) => {
    const { ada, bo, id } = await garden(world, { scripts: [LISTENER] });
    await say(bo, id, many("older"));
    await ada.tab.sees("older 40");
    const spoken = () => ada.tab.page.evaluate(() => window.spoken);
    await ada.tab.page.reload();
    await ada.tab.sees("older 40");
    await ada.tab.page.waitForTimeout(1_000);
    await ada.tab.message("older 30").hover();
    await ada.tab.message("older 30").getByRole("toolbar").waitFor();
    assert.deepEqual(await spoken(), []);
    await bo.tab.say("something **new**");
    await eventually(async () => assert.deepEqual(await spoken(), ["Bo: something new"]));
    await ada.tab.say("my own");
    await bo.tab.sees("my own");
    await Promise.all(["one", "two", "three", "four", "five"].map((text) => bo.api("POST", `/rooms/${id}/messages`, { cid: cid(), text })));
    await ada.tab.message("five").waitFor();
    await eventually(async () => assert.match((await spoken()).slice(1).join(), /^5 unread messages$/));
    // The message that the keys are at is called by its words.
    await ada.tab.message("something new").focus();
    assert.match(await ada.tab.message("something new").getAttribute("aria-label"), /^Bo:? something new \d/);
  },

  "what came while nothing was told of it begins below a line": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const { ada, bo, id } = await garden(world, { line });
    await say(bo, id, ["seen"]);
    await eventually(async () => assert.equal((await ada.api("GET", `/rooms/${id}`)).me.unread, 0));
    line.cut();
    await ada.tab.page.getByText("Connecting again").first().waitFor();
    await say(bo, id, many("missed"));
    line.mend();
    await beginsBelowALine(ada, id, "missed 1");
    await ada.tab.createRoom("quiet");
    await say(bo, id, many("unseen"));
    await ada.tab.openRoom("garden");
    await beginsBelowALine(ada, id, "missed|unseen 1");
  },
};
