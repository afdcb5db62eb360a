// Owns the scenes with hostile words: whatever people write stays text, everywhere it is shown.
import assert from "node:assert/strict";
import { Person } from "../people.js";

const PAYLOADS = [
  `<img src=x onerror="window.harmed=1">`,
  `<script>window.harmed=1</script>`,
  `"><svg onload=window.harmed=1>`,
  `javascript:window.harmed=1`,
  `<a href="javascript:window.harmed=1">x</a>`,
  `{{constructor.constructor('window.harmed=1')()}}`,
  `https://example.org/"onmouseover="window.harmed=1`,
  `</textarea><iframe srcdoc="<script>parent.harmed=1</script>">`,
];

export const scenarios = {
  "hostile words harm nobody as message, name, topic, status or subject": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const cid = () => crypto.randomUUID();
    const [name, topic, status, , subject] = PAYLOADS;
    const room = await ada.api("POST", "/rooms", { cid: cid(), name, topic, kind: "private" });
    await ada.api("PATCH", "/profile", { display_name: name, status });
    await bo.tab.joinByCode(room.code);
    for (const text of PAYLOADS) await ada.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text });
    const { seq } = await ada.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "x" });
    await ada.api("PATCH", `/rooms/${room.id}/messages/${seq}`, { text: PAYLOADS[2] });
    const { users } = await bo.api("GET", "/users");
    const pair = await bo.api("POST", "/direct", { cid: cid(), users: users.map((user) => user.id), subject });
    await bo.api("POST", `/rooms/${pair.id}/messages`, { cid: cid(), text: "a room is shown once something is said" });
    for (const tab of [ada.tab, bo.tab]) {
      await tab.page.goto(`${world.house.url}/#/room/${room.id}`);
      await tab.page.reload();
      for (const text of PAYLOADS) await tab.sees(text);
      await tab.side.getByText(subject).first().waitFor();
      const found = await tab.page.evaluate(() => ({
        harmed: window.harmed,
        foreign: document.querySelectorAll("#app :is(img, script, iframe, [onload], [onerror], [onmouseover])").length,
        links: [...document.querySelectorAll("[role=log] a")].map((link) => new URL(link.href).protocol),
      }));
      assert.deepEqual(found, { harmed: undefined, foreign: 0, links: ["https:"] });
    }
    await bo.tab.does("Reply", PAYLOADS[0]);
    await bo.tab.say("and this answers it");
    await ada.tab.message("and this answers it").getByText(PAYLOADS[0]).first().waitFor();
    assert.equal(await ada.tab.page.evaluate(() => window.harmed), undefined);
  },
};
