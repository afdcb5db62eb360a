// Owns the tests of the fetching of pages beside the stream of ops.
import { describe, expect, it } from "vitest";
import type { HistoryPage } from "../contract/commands";
import { History } from "./history";
import { apply, emptyReplica, type Replica, withMembership } from "./replica";
import { membership, message, posted, room } from "./samples";

function setUp(head: number) {
  let replica: Replica = withMembership(emptyReplica("ada"), membership({ room_value: room({ head, count: head }) }));
  const asked: object[] = [];
  const gate: { open?: (page: HistoryPage) => void } = {};
  const history = new History({
    get: () => replica,
    set: (next) => (replica = next),
    ready: () => Promise.resolve(),
    history: (takes) => {
      asked.push(takes);
      return new Promise((resolve) => (gate.open = resolve));
    },
  });
  const page = (from: number, to: number, fields: Partial<HistoryPage> = {}): HistoryPage => ({
    messages: Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
    users: [],
    head: to,
    more_before: from > 1,
    more_after: false,
    ...fields,
  });
  const op = (seq: number) => (replica = apply(replica, posted(1_000 + seq, 999 + seq, message(seq))));
  return { history, asked, gate, page, op, seqs: () => replica.logs.garden?.messages.map((one) => one.seq), get: () => replica };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("a page", () => {
  it("and what is said while it is on the way make one run", async () => {
    const { history, gate, page, op, seqs } = setUp(3);
    const opened = history.open("garden");
    await settle();
    op(4);
    gate.open?.(page(1, 3));
    await opened;
    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  it("that is at hand is not asked for again, nor twice at once", async () => {
    const { history, gate, page, asked } = setUp(3);
    const both = Promise.all([history.open("garden"), history.open("garden")]);
    await settle();
    gate.open?.(page(1, 3));
    await both;
    await history.open("garden");
    await history.older("garden");
    expect(asked.length).toBe(1);
  });

  it("around a message knows that newer ones were posted meanwhile", async () => {
    const { history, gate, page, op, get } = setUp(90);
    const led = history.around("garden", 50);
    op(91);
    gate.open?.(page(20, 90));
    await led;
    expect(get().logs.garden?.after).toBe(true);
  });

  it("that could not be had leaves everything as it was", async () => {
    let replica: Replica = emptyReplica("ada");
    const history = new History({
      get: () => replica,
      set: (next) => (replica = next),
      ready: () => Promise.resolve(),
      history: () => Promise.reject(new Error("away")),
    });
    await expect(history.open("garden")).rejects.toThrow("away");
    expect(replica.logs.garden).toBeUndefined();
  });
});
