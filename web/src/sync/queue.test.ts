// Owns the tests of what I wrote and the server has not confirmed.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Entry, newEntry, Queue } from "./queue";
import { Refusal } from "./refused";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const sent: { cid: string; text: unknown; name: string }[] = [];
  const answers: (() => Promise<unknown>)[] = [];
  const state = { ready: true, seq: 10 };
  const disk = new Map<string, Entry>();
  const refused: string[] = [];
  const queue = new Queue({
    ready: () => state.ready,
    changed: () => undefined,
    answered: () => undefined,
    refused: (_, refusal) => refused.push(refusal.code),
    keep: async (entry) => void disk.set(entry.cid, entry),
    drop: async (cid) => void disk.delete(cid),
    send: async ({ cid, takes, name }) => {
      sent.push({ cid, text: takes.text, name });
      await answers.shift()?.();
      return { room: takes.room, seq: ++state.seq, g: state.seq, time: "2026-11-20T09:41:00.123Z" };
    },
  });
  const say = (text: string) => void queue.add(newEntry("messages.send", { room: "garden", text }));
  const refuse = (code: string, more = {}) => answers.push(() => Promise.reject(new Refusal({ code, message: "", ...more })));
  return { queue, sent, state, refuse, say, disk, refused };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("the outbox", () => {
  it("sends in order, one after the other", async () => {
    const { queue, sent, say } = setUp();
    say("one");
    say("two");
    expect(sent.map((one) => one.text)).toEqual(["one"]);
    await settle();
    expect(sent.map((one) => one.text)).toEqual(["one", "two"]);
    expect(queue.entries.map((one) => one.seq)).toEqual([11, 12]);
  });

  it("keeps what is written without a connection and sends it when there is one", async () => {
    const { queue, sent, state, say } = setUp();
    state.ready = false;
    say("later");
    expect(sent).toEqual([]);
    state.ready = true;
    queue.flush();
    await settle();
    expect(queue.entries[0]?.seq).toBe(11);
  });

  it("repeats with the same cid what got no answer", async () => {
    const { sent, refuse, say } = setUp();
    refuse("timeout");
    say("hello");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent.length).toBe(2);
    expect(sent[0]?.cid).toBe(sent[1]?.cid);
  });

  it("waits as long as the server says when it was too fast", async () => {
    const { sent, refuse, say } = setUp();
    refuse("limit.too_fast", { retry_after: 7 });
    say("hello");
    await vi.advanceTimersByTimeAsync(6_900);
    expect(sent.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent.length).toBe(2);
  });

  it("shows what was refused, goes on with the next, and tries again when asked", async () => {
    const { queue, sent, refuse, say } = setUp();
    refuse("rooms.not_a_member");
    say("no");
    say("yes");
    await settle();
    expect(queue.entries.map((one) => [one.state, one.seq])).toEqual([
      ["failed", undefined],
      ["waiting", 11],
    ]);
    queue.retry(queue.entries[0]!.cid);
    await settle();
    expect(sent.map((one) => one.text)).toEqual(["no", "yes", "no"]);
  });

  it("lets go what the log shows and remembers its key", async () => {
    const { queue, say } = setUp();
    say("hello");
    const cid = queue.entries[0]!.cid;
    await settle();
    queue.settle((pending) => pending.seq === 11);
    expect(queue.entries).toEqual([]);
    expect(queue.confirmed).toEqual([["garden 11", cid]]);
  });

});

describe("the queue on the disk", () => {
  it("keeps each command until it is confirmed, and takes up what the last process left", async () => {
    const { queue, sent, state, say, disk } = setUp();
    state.ready = false;
    say("one");
    say("two");
    expect([...disk.values()].map(({ takes }) => takes.text)).toEqual(["one", "two"]);
    const next = setUp();
    next.queue.adopt([...disk.values()]);
    await settle();
    expect(next.sent.map(({ text }) => text)).toEqual(["one", "two"]);
    expect(next.sent.map(({ cid }) => cid)).toEqual(queue.entries.map(({ cid }) => cid));
    expect(next.disk.size + sent.length).toBe(0);
  });

  it("keeps the order in which things were given, whatever the clock says", () => {
    const { queue, state } = setUp();
    state.ready = false;
    void queue.add(newEntry("messages.send", { room: "garden", text: "one" }, 0, 2_000));
    void queue.add(newEntry("messages.send", { room: "garden", text: "two" }, 0, 1_000));
    expect(queue.entries.map(({ takes }) => takes.text)).toEqual(["one", "two"]);
    expect(queue.entries[1]!.order).toBeGreaterThan(queue.entries[0]!.order);
  });

  it("sends of what is set absolutely only the last word", async () => {
    const { queue, sent, state, disk } = setUp();
    state.ready = false;
    for (const seq of [3, 4, 5]) await queue.add(newEntry("reads.set", { room: "garden", seq }));
    for (const on of [true, false]) await queue.add(newEntry("pins.set", { room: "garden", seq: 1, on }));
    for (const text of ["a", "ab"]) await queue.add(newEntry("drafts.set", { room: "garden", text }));
    expect(queue.entries.map(({ takes }) => takes.seq ?? takes.text)).toEqual([5, 1, "ab"]);
    state.ready = true;
    queue.flush();
    await settle();
    expect(sent.map(({ name }) => name)).toEqual(["reads.set", "pins.set", "drafts.set"]);
    expect(disk.size).toBe(0);
  });

  it("says what was refused for good and nobody waits for", async () => {
    const { queue, refuse, refused } = setUp();
    refuse("messages.deleted");
    await queue.add(newEntry("reactions.set", { room: "garden", seq: 1, emoji: "👍", on: true }));
    await settle();
    expect(refused).toEqual(["messages.deleted"]);
    expect(queue.entries).toEqual([]);
  });
});

describe("edits in the queue", () => {
  const edit = (text: string, gv = 5) => newEntry("messages.edit", { room: "garden", seq: 1, text, gv });

  it("go as one when there is a connection again", async () => {
    const { queue, sent, state, disk } = setUp();
    state.ready = false;
    for (const text of ["helo", "hell", "hello"]) await queue.add(edit(text));
    expect([...disk.values()].map(({ takes }) => takes.text)).toEqual(["hello"]);
    state.ready = true;
    queue.flush();
    await settle();
    expect(sent.map(({ text }) => text)).toEqual(["hello"]);
    expect(disk.size).toBe(0);
  });

  it("rest on the one before, which may have been carried out though its answer was lost", async () => {
    const rests: unknown[] = [];
    let lost = true;
    const queue = new Queue({
      ready: () => true,
      changed: () => undefined,
      answered: () => undefined,
      refused: () => undefined,
      keep: () => Promise.resolve(),
      drop: () => Promise.resolve(),
      send: ({ takes }) => {
        rests.push([takes.text, takes.gv]);
        if (lost) return Promise.reject(new Refusal({ code: "timeout", message: "" }));
        return Promise.resolve({ gv: Number(takes.gv) + 1 });
      },
    });
    await queue.add(edit("first"));
    await settle();
    lost = false;
    await queue.add(edit("second"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(rests).toEqual([["first", 5], ["first", 5], ["second", 6]]);
    expect(queue.entries).toEqual([]);
  });

  it("stay to be looked at when they are refused, and let what follows pass", async () => {
    const { queue, sent, refuse, say, disk, refused } = setUp();
    refuse("messages.conflict", { current: { seq: 1, text: "theirs" } });
    await queue.add(edit("mine"));
    say("next");
    await settle();
    expect(sent.map(({ text }) => text)).toEqual(["mine", "next"]);
    expect(queue.entries[0]).toMatchObject({ state: "failed", takes: { text: "mine" }, failure: { current: { text: "theirs" } } });
    expect([...disk.values()].map(({ state }) => state)).toEqual(["failed"]);
    expect(refused).toEqual([]);
  });
});
