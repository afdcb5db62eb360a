// Owns the tests of which stretch of a room's history a page shows.
import { describe, expect, it } from "vitest";
import type { HistoryPage } from "../../contract/commands";
import { apply } from "../apply";
import type { Run } from "../log";
import { emptyReplica, type Replica, viewKey, withLog, withMembership } from "../replica";
import { membership, message, posted, room } from "../samples";
import { History } from "./history";

const run = (from: number, to: number): Run => ({
  messages: Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
  before: from > 1,
  after: false,
  loaded: true,
  have: 100 + to,
});

function setUp(head: number, stored?: Run) {
  let replica: Replica = withMembership(emptyReplica("ada"), membership({ room_value: room({ head, count: head }) }));
  const asked: object[] = [];
  const parked: string[] = [];
  const history = new History({
    get: () => replica,
    set: (next) => (replica = next),
    shown: () => ["garden"],
    stored: () => Promise.resolve(stored),
    park: (id) => parked.push(id),
    arrival: () => Promise.reject(new Error("away")),
    history: (takes): Promise<HistoryPage> => {
      asked.push(takes);
      const { before = head + 1, around } = takes as { before?: number; around?: number };
      const to = around ? around + 5 : before - 1;
      const from = around ? around - 5 : Math.max(1, before - 60);
      return Promise.resolve({ messages: run(from, to).messages, users: [], head, more_before: from > 1, more_after: to < head });
    },
  });
  const view = (tab = "one") => replica.views[viewKey(tab, "garden")];
  const hold = (id: string) => (replica = withLog(replica, id, run(1, 2)));
  const op = (seq: number) => (replica = apply(replica, posted(1_000 + seq, 99 + seq, message(seq)), "chained"));
  return { history, asked, parked, hold, op, view, seqs: (tab?: string) => view(tab)?.messages.map((one) => one.seq) ?? [] };
}

describe("a page", () => {
  it("begins with the end of what the disk holds, and asks nobody", async () => {
    const { history, asked, seqs, view, op } = setUp(300, run(101, 300));
    await history.newest("one", "garden");
    expect([seqs()[0], seqs().at(-1), view()?.before]).toEqual([221, 300, true]);
    op(301);
    expect(seqs().at(-1)).toBe(301);
    expect(asked).toEqual([]);
  });

  it("scrolls first through what is held, then through what the server has", async () => {
    const { history, asked, seqs } = setUp(300, run(201, 300));
    await history.newest("one", "garden");
    await history.older("one", "garden");
    expect([seqs()[0], asked.length]).toEqual([201, 0]);
    await history.older("one", "garden");
    expect(asked).toEqual([{ room: "garden", before: 201, limit: 60 }]);
    expect(seqs()[0]).toBe(141);
  });

  it("looks at another place than the next page of the same room", async () => {
    const { history, seqs, view, op } = setUp(300, run(201, 300));
    await Promise.all([history.newest("one", "garden"), history.newest("two", "garden")]);
    await history.around("one", "garden", 50);
    op(301);
    expect([seqs("one").at(-1), view("one")?.after, seqs("two").at(-1)]).toEqual([55, true, 301]);
    await history.newest("one", "garden");
    expect(seqs("one").at(-1)).toBe(301);
  });

  it("says when a room that is not held cannot be had", async () => {
    const { history, view } = setUp(300);
    await expect(history.newest("one", "garden")).rejects.toThrow("away");
    expect(view()?.loaded).toBe(false);
  });

  it("keeps few rooms at hand, those on screen in any case", async () => {
    const { history, parked, hold } = setUp(2, run(1, 2));
    for (let n = 0; n < 14; n++) hold(`room${n}`);
    await history.newest("one", "garden");
    expect(parked.length).toBe(2);
    expect(parked).not.toContain("garden");
  });

  it("shows nothing more of a room that it left", async () => {
    const { history, view } = setUp(3, run(1, 3));
    await history.newest("one", "garden");
    history.keep("one", []);
    expect(view()).toBeUndefined();
  });
});
