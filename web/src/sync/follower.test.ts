// Owns the tests of the way from pushed events to the replica.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Op } from "../contract/wire";
import { REORDER_MS } from "./chains";
import { Follower } from "./follower";
import { emptyReplica, type Replica } from "./replica";
import { membership, message, posted, room, user } from "./samples";

function setUp() {
  let replica: Replica = emptyReplica("ada");
  const hellos: object[] = [];
  const follower = new Follower({
    get: () => replica,
    set: (next) => (replica = next),
    watched: () => ["garden"],
    hello: (takes) => hellos.push(takes),
    ready: () => undefined,
    now: () => Date.now(),
  });
  return { follower, hellos, texts: () => replica.logs.garden?.messages.map((one) => one.seq), get: () => replica };
}

function snapshot(follower: Follower, g = 100) {
  const value = membership({ read: 2, room_value: room({ head: 2, count: 2, g: 90 }) });
  follower.chunk({ reset: true, ops: [{ g: 90, room: null, scope: "me", kind: "membership", value }] });
  follower.chunk({ ops: [1, 2].map((seq): Op => ({ g: 90, room: "garden", kind: "message", value: message(seq) })) });
  follower.chunk({ ops: [{ g: 1, room: null, scope: "all", kind: "user", value: user("bo") }] });
  follower.done({ epoch: "e", g });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("following", () => {
  it("says hello with nothing, takes the snapshot, then the ops", () => {
    const { follower, hellos, texts, get } = setUp();
    follower.start();
    expect(hellos).toEqual([{ g: 0, watch: ["garden"] }]);
    snapshot(follower);
    expect(texts()).toEqual([1, 2]);
    expect(get().users.bo?.id).toBe("bo");
    follower.op(posted(101, 90, message(3)));
    expect(texts()).toEqual([1, 2, 3]);
  });

  it("waits for ops that were overtaken and asks for nothing", () => {
    const { follower, hellos, texts } = setUp();
    snapshot(follower);
    follower.op(posted(103, 102, message(4)));
    expect(texts()).toEqual([1, 2]);
    follower.op(posted(102, 90, message(3)));
    expect(texts()).toEqual([1, 2, 3, 4]);
    vi.advanceTimersByTime(10 * REORDER_MS);
    expect(hellos).toEqual([]);
  });

  it("asks again from its cursor when ops stay missing", () => {
    const { follower, hellos, texts } = setUp();
    snapshot(follower);
    follower.op(posted(110, 105, message(4)));
    vi.advanceTimersByTime(REORDER_MS + 1);
    expect(hellos).toEqual([{ epoch: "e", g: 100, watch: ["garden"] }]);
    follower.chunk({ ops: [3, 4].map((seq): Op => ({ g: 105, room: "garden", kind: "message", value: message(seq) })) });
    follower.done({ epoch: "e", g: 110 });
    expect(texts()).toEqual([1, 2, 3, 4]);
    follower.op(posted(111, 110, message(5)));
    expect(texts()).toEqual([1, 2, 3, 4, 5]);
  });

  it("drops an unfinished snapshot with its connection", () => {
    const { follower, get } = setUp();
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
