// Owns the tests of drafts on several devices: nothing typed is lost, and nothing is put over what is being typed.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Draft, LIMIT, type Words } from "./draft";

const told: Words[] = [];
let here = "";
const places = (given?: Words) => ({
  read: () => here,
  keep: (text: string) => void (here = text),
  give: async (words: Words) => void told.push(words),
  given: () => given,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  told.length = 0;
  here = "";
});

it("tells my devices after a pause, and until then keeps the words here", async () => {
  const draft = new Draft(places(), undefined);
  draft.typed({ text: "b" });
  draft.typed({ text: "beans", reply_to: 3 });
  expect([here, told]).toEqual(["beans", []]);
  await vi.runAllTimersAsync();
  expect([here, told]).toEqual(["", [{ text: "beans", reply_to: 3 }]]);
});

it("keeps here what is too long to be told", async () => {
  const draft = new Draft(places(), undefined);
  const long = "a".repeat(LIMIT + 1);
  draft.typed({ text: long });
  await vi.runAllTimersAsync();
  expect([here, told]).toEqual([long, []]);
});

it("shows what I wrote elsewhere, unless I write here", () => {
  const draft = new Draft(places(), { text: "be" });
  expect(draft.words.text).toBe("be");
  expect(draft.heard({ text: "beans" })).toBe(true);
  expect(draft.heard({ text: "beans" })).toBe(false);
  expect(draft.words.text).toBe("beans");
  draft.typed({ text: "beans and" });
  expect(draft.heard({ text: "peas" })).toBe(false);
  expect(draft.words.text).toBe("beans and");
});

it("takes the echo of its own words for no news, also when it comes late", async () => {
  const draft = new Draft(places(), undefined);
  draft.typed({ text: "a" });
  await draft.flush();
  draft.typed({ text: "ab" });
  await draft.flush();
  expect(draft.heard({ text: "a" })).toBe(false);
  expect(draft.heard({ text: "ab" })).toBe(false);
  expect(draft.words.text).toBe("ab");
  expect(draft.heard({ text: "a" })).toBe(true);
});

it("an echo that never came does not stand in the way for ever", async () => {
  const draft = new Draft(places(), undefined);
  draft.typed({ text: "a" });
  await draft.flush();
  draft.settled(1_000);
  expect(draft.heard({ text: "b" }, 2_000)).toBe(true);
  expect(draft.heard({ text: "a" }, 60_000)).toBe(true);
});

it("a message that was sent leaves no draft behind, and one that could not be kept does", async () => {
  const draft = new Draft(places(), { text: "beans" });
  await draft.sent(Promise.resolve());
  expect([here, told, draft.words.text]).toEqual(["", [{ text: "" }], ""]);
  const other = new Draft(places(), undefined);
  other.typed({ text: "peas" });
  await other.sent(Promise.reject(new Error("no disk"))).catch(() => undefined);
  expect([here, told.at(-1)]).toEqual(["peas", { text: "" }]);
});

it("begins with what a crash left here, then with what is on its way, then with what the server has", async () => {
  expect(new Draft(places({ text: "given" }), { text: "held" }).words.text).toBe("given");
  here = "typed";
  expect(new Draft(places({ text: "given" }), { text: "held" }).words.text).toBe("typed");
  await vi.runAllTimersAsync();
  expect(told).toEqual([{ text: "typed" }]);
});

it("words of mine that came to nothing give way to what was heard meanwhile", async () => {
  const draft = new Draft(places(), undefined);
  draft.typed({ text: "beans" });
  await draft.flush();
  expect(draft.heard({ text: "peas" }, 1_000)).toBe(false);
  expect(draft.overtaken(1_000)).toBe(false);
  draft.settled(1_000);
  expect(draft.overtaken(2_000)).toBe(false);
  expect(draft.overtaken(9_000)).toBe(true);
  expect(draft.words.text).toBe("peas");
});

it("two devices that write at once end with the same words", async () => {
  const [one, two] = [new Draft(places(), undefined), new Draft(places(), undefined)];
  one.typed({ text: "beans" });
  two.typed({ text: "peas" });
  await Promise.all([one.flush(), two.flush()]);
  for (const words of told) for (const draft of [one, two]) draft.heard(words);
  expect([one.words.text, two.words.text]).toEqual([told[1]!.text, told[1]!.text]);
});
