// Owns the tests of the way from what the server tells to the replica.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Op } from "../contract/wire";
import { REORDER_MS } from "./chains";
import { Follower, type Hello } from "./follower";
import { emptyReplica, type Replica, runOf } from "./replica";
import { membership, message, posted, room, user } from "./samples";

function setUp(watched = ["garden"]) {
  let replica: Replica = emptyReplica("ada");
  const hellos: Hello[] = [];
  const said: string[] = [];
  const follower = new Follower({
    get: () => replica,
    set: (next) => (replica = next),
    watched: () => watched,
    shown: () => watched,
    hello: (takes) => hellos.push(takes),
    behind: (rooms) => said.push(`behind ${rooms.join(" ")}`),
    startOver: () => said.push("start over"),
    done: () => said.push("done"),
    caught: (id) => said.push(`caught ${id}`),
    gapped: (id) => said.push(`gap ${id}`),
    touched: (id, seq) => said.push(`touched ${id} ${seq}`),
  });
  return { follower, hellos, said, texts: () => replica.logs.garden?.messages.map((one) => one.seq), get: () => replica };
}

function snapshot(follower: Follower, g = 100) {
  const value = membership({ read: 2, head: 2, count: 2, room_value: room({ head: 2, count: 2, g: 90 }) });
  follower.start();
  follower.chunk({ reset: true, ops: [{ g: 90, room: null, scope: "me", kind: "membership", value }] });
  follower.chunk({ ops: [1, 2].map((seq): Op => ({ g: 90, room: "garden", kind: "message", value: message(seq) })) });
  follower.chunk({ ops: [{ g: 1, room: null, scope: "all", kind: "user", value: user("bo") }] });
  follower.done({ epoch: "e", g });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("following", () => {
  it("says hello with nothing, takes the snapshot, then the ops", () => {
    const { follower, hellos, texts, get, said } = setUp();
    snapshot(follower);
    expect(hellos).toEqual([{ epoch: undefined, g: 0, watch: ["garden"], held: {}, short: true }]);
    expect(said).toEqual(["start over", "caught garden", "done"]);
    expect(texts()).toEqual([1, 2]);
    expect(get().users.bo?.id).toBe("bo");
    follower.op(posted(101, 90, message(3)));
    expect(texts()).toEqual([1, 2, 3]);
    expect(runOf(get(), "garden")?.have).toBe(101);
  });

  it("says what it holds of each room when it comes back", () => {
    const { follower, hellos } = setUp();
    snapshot(follower);
    follower.op(posted(101, 90, message(3)));
    follower.start();
    expect(hellos.at(-1)).toEqual({ epoch: "e", g: 100, watch: ["garden"], held: { garden: 101 }, short: true });
  });

  it("waits for ops that were overtaken and asks for nothing", () => {
    const { follower, said, texts } = setUp();
    snapshot(follower);
    follower.op(posted(103, 102, message(4)));
    expect(texts()).toEqual([1, 2]);
    follower.op(posted(102, 90, message(3)));
    expect(texts()).toEqual([1, 2, 3, 4]);
    vi.advanceTimersByTime(10 * REORDER_MS);
    expect(said).not.toContain("behind garden");
  });

  it("asks for the room alone when ops of it stay missing", () => {
    const { follower, hellos, said, texts } = setUp();
    snapshot(follower);
    follower.op(posted(110, 105, message(4)));
    vi.advanceTimersByTime(REORDER_MS + 1);
    expect(said.at(-1)).toBe("behind garden");
    expect(hellos.length).toBe(1);
    follower.chunk({ ops: [3, 4].map((seq): Op => ({ g: 105, room: "garden", kind: "message", value: message(seq) })) });
    follower.caught({ room: "garden", g: 110 });
    expect(texts()).toEqual([1, 2, 3, 4]);
    follower.op(posted(111, 110, message(5)));
    expect(texts()).toEqual([1, 2, 3, 4, 5]);
  });

  it("says hello again when something of my own stays missing", () => {
    const { follower, hellos } = setUp();
    snapshot(follower);
    follower.op({ g: 120, p: 110, room: null, scope: "me", kind: "hidden", value: { room: "garden", seq: 1, gv: 120 } });
    vi.advanceTimersByTime(REORDER_MS + 1);
    expect(hellos.length).toBe(2);
  });

});

describe("what was missed", () => {
  it("is nothing in a room that nobody looks at", () => {
    const { follower, said, texts, get } = setUp();
    snapshot(follower);
    const elsewhere = setUp([]);
    snapshot(elsewhere.follower);
    elsewhere.follower.op(posted(110, 105, message(4)));
    vi.advanceTimersByTime(10 * REORDER_MS);
    expect(elsewhere.said).toEqual(["start over", "done"]);
    expect(elsewhere.get().rooms.garden?.head).toBe(4);
    follower.bump({ room: "garden", g: 110, head: 4, count: 4 });
    expect([texts(), get().rooms.garden?.head, said.length]).toEqual([[1, 2], 4, 3]);
  });

  it("drops an unfinished snapshot with its connection", () => {
    const { follower, get } = setUp();
    follower.start();
    follower.chunk({ reset: true, ops: [{ g: 1, room: null, scope: "all", kind: "user", value: user("cy") }] });
    follower.stop();
    snapshot(follower);
    expect(get().users.cy).toBeUndefined();
  });

  it("forgets what it held when the server starts over", () => {
    const { follower, texts } = setUp();
    snapshot(follower);
    follower.op(posted(101, 90, message(3)));
    snapshot(follower, 50);
    expect(texts()).toEqual([1, 2]);
  });
});
