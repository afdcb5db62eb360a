// Owns the tests of digests: the sums, which blocks are whole, and the repair of one.
import { describe, expect, it } from "vitest";
import { digestOf, wholeBlocks } from "./digests";
import { repaired } from "./engine/checks";
import type { Run } from "./log";
import { emptyReplica, withLog } from "./replica";
import { message } from "./samples";

const run = (from: number, to: number, fields: Partial<Run> = {}): Run => ({
  messages: Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
  before: from > 1,
  after: false,
  loaded: true,
  have: 900,
  ...fields,
});

describe("a digest", () => {
  it("is a sum of the finaliser of SplitMix64", () => {
    // Of seq 0 and gv 0x9e3779b97f4a7c15 it is the generator's first number from seed 0, as its reference program prints it.
    expect(digestOf([], 0)).toBe("0000000000000000");
    expect(digestOf([message(1, { gv: 0 })], 0)).toBe("e220a8397b1dcdaf");
  });

  it("depends on every seq and gv, and not on their order", () => {
    const [one, two] = [message(1), message(2)];
    expect(digestOf([one, two], 0)).toBe(digestOf([two, one], 0));
    expect(digestOf([one, { ...two, gv: two.gv + 1 }], 0)).not.toBe(digestOf([one, two], 0));
    expect(digestOf([one], 0)).not.toBe(digestOf([one, two], 0));
    expect(digestOf([one, message(257)], 0)).toBe(digestOf([one], 0));
  });
});

describe("whole blocks", () => {
  it("are those between the ends of what is held", () => {
    expect(wholeBlocks(run(1, 300))).toEqual([1, 0]);
    expect(wholeBlocks(run(257, 600))).toEqual([2, 1]);
    expect(wholeBlocks(run(258, 600))).toEqual([2]);
    expect(wholeBlocks(run(258, 300))).toEqual([]);
    expect(wholeBlocks(run(1, 10, { after: true }))).toEqual([]);
    expect(wholeBlocks({ ...run(1, 1), messages: [], before: false })).toEqual([]);
  });
});

it("a block that differs is as the server has it, and what came later stays", () => {
  const held = { ...run(1, 12), messages: run(1, 12).messages.filter(({ seq }) => seq !== 5) };
  const replica = withLog(emptyReplica("ada"), "garden", held);
  const theirs = run(1, 10).messages.filter(({ seq }) => seq !== 7).map((one) => (one.seq === 3 ? { ...one, text: "edited", gv: 800 } : one));
  const next = repaired(replica, { room: "garden", block: 0, digest: "", messages: theirs });
  expect(next.logs.garden?.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]);
  expect(next.logs.garden?.messages[2]?.text).toBe("edited");
});
