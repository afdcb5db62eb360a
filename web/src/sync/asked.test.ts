// Owns the tests of what is asked when the engine is lost.
import { expect, it } from "vitest";
import { Asked } from "./asked";
import type { TabSays } from "./port";
import { newEntry } from "./queue";
import { refusalOf } from "./refused";

it("another engine gets what I gave, each once, and what was only asked is refused", async () => {
  const said: TabSays[] = [];
  const asked = new Asked((words) => said.push(words));
  const [on, kept, sent] = ["on its way", "kept", "sent"].map((text) => newEntry("messages.send", { room: "garden", text }));
  const giving = asked.ask({ say: "queue", entry: on! });
  const looking = asked.ask({ say: "look", wanted: { way: "older", room: "garden" } });
  said.length = 0;
  asked.anew([on!, kept!, { ...sent!, seq: 4 }]);
  expect(said.map((words) => words.say === "queue" && words.entry.takes.text)).toEqual(["on its way", "kept"]);
  expect(refusalOf(await looking.catch((error: unknown) => error)).code).toBe("timeout");
  asked.answered((said[0] as { id: number }).id, undefined);
  await expect(giving).resolves.toBeUndefined();
});

it("shows what I gave beside what the engine's queue holds, until it has taken it", () => {
  const asked = new Asked(() => undefined);
  const [taken, given] = ["taken", "given"].map((text) => newEntry("messages.send", { room: "garden", text }));
  void asked.ask({ say: "queue", entry: taken! });
  void asked.ask({ say: "queue", entry: given! });
  expect(asked.withGiven([taken!])).toEqual([taken, given]);
  asked.answered(1, undefined);
  asked.answered(2, undefined);
  expect(asked.withGiven([])).toEqual([]);
});

it("shows nothing any more that the server has confirmed, however long the disk takes to keep it", () => {
  const asked = new Asked(() => undefined);
  const [told, quick] = [true, false].map((on) => newEntry("pins.set", { room: "garden", seq: 1, on }));
  void asked.ask({ say: "queue", entry: told! });
  expect(asked.withGiven([told!])).toEqual([told]);
  expect(asked.withGiven([])).toEqual([]);
  void asked.ask({ say: "queue", entry: quick! });
  expect(asked.withGiven([])).toEqual([quick]);
  asked.answered(2, undefined);
  expect(asked.withGiven()).toEqual([]);
});
