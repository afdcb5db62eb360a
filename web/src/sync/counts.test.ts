// Owns the tests of the unread arithmetic.
import { describe, expect, it } from "vitest";
import { counted, readUpTo, settled } from "./counts";
import { membership, message } from "./samples";

const mine = (fields = {}) => settled(membership({ read: 10, head: 10, count: 10, ...fields }), 10);
const fresh = (count: number) => ({ me: "ada", isNew: true, count });

describe("unread", () => {
  it("grows by what others say, once for each message", () => {
    const one = counted(mine(), message(11, { n: 11 }), fresh(11)).membership;
    expect(one.unread).toBe(1);
    expect(counted(one, message(11, { n: 11 }), fresh(11)).membership.unread).toBe(1);
  });

  it("counts what was posted between two ops by the room's own count", () => {
    expect(counted(mine(), message(14, { n: 13 }), fresh(13)).membership.unread).toBe(3);
  });

  it("does not grow by who comes and goes", () => {
    expect(counted(mine(), message(11, { kind: "join", n: 10 }), fresh(10)).membership.unread).toBe(0);
  });

  it("counts a mention of me", () => {
    const result = counted(mine(), message(11, { n: 11, mentions: ["bo", "ada"] }), fresh(11)).membership;
    expect(result).toMatchObject({ unread: 1, mentions: 1 });
  });

  it("ends when I write", () => {
    const behind = { ...mine({ unread: 4, mentions: 1 }), at: 14 };
    expect(counted(behind, message(15, { n: 15, author: "ada" }), fresh(15)).membership).toMatchObject({ read: 15, unread: 0, mentions: 0, at: 15 });
  });

  it("brings a hidden conversation back", () => {
    expect(counted(mine({ hidden: true }), message(11, { n: 11 }), fresh(11)).membership.hidden).toBeUndefined();
  });

  it("shrinks when an unread message is deleted, and not twice", () => {
    const behind = mine({ unread: 2, mentions: 1 });
    const before = message(12, { mentions: ["ada"] });
    const gone = message(12, { deleted: true, text: "" });
    const seen = { me: "ada", isNew: false, count: 12 };
    const once = counted(behind, gone, { ...seen, previous: before }).membership;
    expect(once).toMatchObject({ unread: 1, mentions: 0 });
    expect(counted(once, gone, { ...seen, previous: gone }).membership.unread).toBe(1);
  });

  it("asks the server when an unread message changed that is not held", () => {
    const result = counted(mine({ unread: 2 }), message(12, { deleted: true }), { me: "ada", isNew: false, count: 12 });
    expect(result.uncertain).toBe(true);
    const read = counted(mine(), message(5, { deleted: true }), { me: "ada", isNew: false, count: 12 });
    expect(read.uncertain).toBe(false);
  });
});

describe("reading", () => {
  it("ends the counts at the newest and only moves forward", () => {
    const behind = mine({ unread: 5, mentions: 2 });
    expect(readUpTo(behind, 15, 15, 15)).toMatchObject({ read: 15, unread: 0, mentions: 0 });
    expect(readUpTo(behind, 12, 15, 15)).toMatchObject({ read: 12, unread: 5 });
    expect(readUpTo(behind, 3, 15, 15)).toBe(behind);
  });
});
