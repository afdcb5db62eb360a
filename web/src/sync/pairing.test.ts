// Owns the tests of how pending and confirmed messages become one list.
import { describe, expect, it } from "vitest";
import { type Keys, nameOf, paired, type Pending } from "./pairing";
import { message } from "./samples";

const pending = (cid: string, text: string, fields: Partial<Pending> = {}): Pending => ({
  cid,
  room: "garden",
  text,
  time: "2026-11-20T09:41:00.123Z",
  after: 10,
  state: "sending",
  ...fields,
});
const keys = (shown: ReturnType<typeof paired>) => shown.map((one) => one.key);

describe("a bubble", () => {
  it("keeps its key when the message arrives before its acknowledgement", () => {
    const known: Keys = new Map();
    const waiting = paired([message(10)], [pending("c1", "hi")], known, "ada");
    expect(keys(waiting)).toEqual(["s10", "c1"]);
    const arrived = paired([message(10), message(11, { author: "ada", text: "hi" })], [pending("c1", "hi")], known, "ada");
    expect(keys(arrived)).toEqual(["s10", "c1"]);
    expect(arrived[1]?.pending).toBeUndefined();
  });

  it("keeps its key when the acknowledgement arrives first and the outbox has let it go", () => {
    const known: Keys = new Map([[nameOf({ room: "garden", seq: 11 }), "c1"]]);
    expect(keys(paired([message(11, { author: "ada" })], [], known, "ada"))).toEqual(["c1"]);
  });

  it("is not taken for an older one of the same words, nor for somebody else's", () => {
    const list = [message(9, { author: "ada", text: "hi" }), message(11, { text: "hi" })];
    expect(keys(paired(list, [pending("c1", "hi")], new Map(), "ada"))).toEqual(["s9", "s11", "c1"]);
  });

  it("pairs the same words said twice one by one", () => {
    const known: Keys = new Map();
    const both = [pending("c1", "hi"), pending("c2", "hi")];
    const one = paired([message(11, { author: "ada", text: "hi" })], both, known, "ada");
    expect(keys(one)).toEqual(["c1", "c2"]);
    const two = paired([message(11, { author: "ada", text: "hi" }), message(12, { author: "ada", text: "hi" })], both, known, "ada");
    expect(keys(two)).toEqual(["c1", "c2"]);
  });
});
