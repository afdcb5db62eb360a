// Owns the tests of what I wrote and the server has not confirmed.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox } from "./outbox.svelte";
import { Refusal } from "./refusal";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const sent: { cid: string; text: string }[] = [];
  const answers: (() => Promise<unknown>)[] = [];
  const state = { ready: true, seq: 10 };
  const outbox = new Outbox({
    head: () => 10,
    ready: () => state.ready,
    send: async ({ cid, text, room }) => {
      sent.push({ cid, text });
      await answers.shift()?.();
      return { room, seq: ++state.seq, g: state.seq, time: "2026-11-20T09:41:00.123Z" };
    },
  });
  const refuse = (code: string, more = {}) => answers.push(() => Promise.reject(new Refusal({ code, message: "", ...more })));
  return { outbox, sent, state, refuse };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("the outbox", () => {
  it("sends in order, one after the other", async () => {
    const { outbox, sent } = setUp();
    outbox.add("garden", "one");
    outbox.add("garden", "two");
    expect(sent.map((one) => one.text)).toEqual(["one"]);
    await settle();
    expect(sent.map((one) => one.text)).toEqual(["one", "two"]);
    expect(outbox.of("garden").map((one) => one.seq)).toEqual([11, 12]);
  });

  it("keeps what is written without a connection and sends it when there is one", async () => {
    const { outbox, sent, state } = setUp();
    state.ready = false;
    outbox.add("garden", "later");
    expect(sent).toEqual([]);
    state.ready = true;
    outbox.flush();
    await settle();
    expect(outbox.of("garden")[0]?.seq).toBe(11);
  });

  it("repeats with the same cid what got no answer", async () => {
    const { outbox, sent, refuse } = setUp();
    refuse("timeout");
    outbox.add("garden", "hello");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent.length).toBe(2);
    expect(sent[0]?.cid).toBe(sent[1]?.cid);
  });

  it("waits as long as the server says when it was too fast", async () => {
    const { outbox, sent, refuse } = setUp();
    refuse("limit.too_fast", { retry_after: 7 });
    outbox.add("garden", "hello");
    await vi.advanceTimersByTimeAsync(6_900);
    expect(sent.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent.length).toBe(2);
  });

  it("shows what was refused, goes on with the next, and tries again when asked", async () => {
    const { outbox, sent, refuse } = setUp();
    refuse("rooms.not_a_member");
    outbox.add("garden", "no");
    outbox.add("garden", "yes");
    await settle();
    expect(outbox.of("garden").map((one) => [one.state, one.seq])).toEqual([
      ["failed", undefined],
      ["sending", 11],
    ]);
    outbox.retry(outbox.of("garden")[0]!.cid);
    await settle();
    expect(sent.map((one) => one.text)).toEqual(["no", "yes", "no"]);
  });

  it("lets go what the log shows and remembers its key", async () => {
    const { outbox } = setUp();
    outbox.add("garden", "hello");
    const cid = outbox.of("garden")[0]!.cid;
    await settle();
    outbox.settle((pending) => pending.seq === 11);
    expect(outbox.of("garden")).toEqual([]);
    expect(outbox.keys.get("garden 11")).toBe(cid);
  });
});
