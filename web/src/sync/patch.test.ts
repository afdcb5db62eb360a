// Owns the tests of the difference between two replicas.
import { expect, it } from "vitest";
import type { Log } from "./log";
import { alike, diff, patched } from "./patch";
import { randoms } from "./randoms";
import { emptyReplica, type Replica, withLog, withoutRoom, withRoom, withUsers } from "./replica";
import { message, room, user } from "./samples";

it("is nothing where nothing changed", () => {
  const replica = withUsers(emptyReplica("ada"), [user("bo")]);
  expect(diff(replica, replica, { before: replica.logs, after: replica.logs })).toBeUndefined();
});

it("holds only what changed", () => {
  const before = withUsers(withRoom(emptyReplica("ada"), room()), [user("bo")]);
  const after = withUsers(before, [user("cy")]);
  expect(diff(before, after, { before: {}, after: {} })).toEqual({ records: { users: { set: { cy: user("cy") }, gone: [] } }, logs: { set: {}, gone: [] } });
});

it("leaves what is the same the same object, wherever it stands, and takes the rest as it comes", () => {
  const held = withLog(withUsers(withRoom(emptyReplica("ada"), room()), [user("bo"), user("cy")]), "garden", { messages: [message(1), message(2, { mentions: ["ada"] })], before: false, after: false, loaded: true });
  expect(alike(held, structuredClone(held))).toBe(held);
  const told = structuredClone(withUsers(held, [user("bo", { display_name: "Bo the second", gv: 2 })]));
  told.logs.garden!.messages = [message(2, { mentions: ["ada"] }), message(3)];
  const next = alike(held, told);
  expect(next).toEqual(told);
  expect(next.users.cy).toBe(held.users.cy);
  expect(next.users.bo).not.toBe(held.users.bo);
  expect(next.rooms).toBe(held.rooms);
  expect(next.logs.garden!.messages[0]).toBe(held.logs.garden!.messages[1]);
});

it("makes the one of the other, whatever happened between them", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const chance = randoms(seed);
    let replica: Replica = emptyReplica("ada");
    let page: Replica = emptyReplica("");
    let told: Replica = emptyReplica("");
    for (let turn = 0; turn < 40; turn++) {
      replica = changed(replica, chance);
      if (chance(3) > 0) continue;
      const patch = diff(told, replica, { before: told.logs, after: replica.logs });
      // What goes through a port loses its identity.
      if (patch) page = patched(page, structuredClone(patch));
      told = replica;
      expect(page, `seed ${seed}`).toEqual(replica);
    }
  }
});

function changed(replica: Replica, chance: (below: number) => number): Replica {
  const id = `room${chance(3)}`;
  const log: Log = replica.logs[id] ?? { messages: [], before: true, after: false, loaded: true };
  const seq = 1 + chance(12);
  switch (chance(6)) {
    case 0:
      return withUsers(replica, [user(`user${chance(5)}`, { gv: chance(1_000) })]);
    case 1:
      return withRoom(replica, room({ id, gv: chance(1_000) }));
    case 2:
      return withoutRoom(replica, id);
    case 3:
      return withLog(replica, id, { ...log, messages: log.messages.filter((one) => one.seq !== seq) });
    case 4:
      return withLog(replica, id, { ...log, messages: log.messages.filter((one) => one.seq > seq), before: true, to: seq });
    default: {
      const rest = log.messages.filter((one) => one.seq !== seq);
      return withLog(replica, id, { ...log, messages: [...rest, message(seq, { room: id, gv: chance(1_000) })].sort((a, b) => a.seq - b.seq) });
    }
  }
}
