// Owns the tests of which rooms stand at the side and in which order.
import { expect, it } from "vitest";
import type { Room } from "../../contract/wire";
import { emptyReplica, type Replica } from "../../sync/replica";
import { directRooms, namedRooms } from "./order";

const room = (id: string, fields: Partial<Room>): Room => ({
  id,
  kind: "public",
  name: id,
  topic: "",
  members: 1,
  created: "2026-11-01T00:00:00.000Z",
  head: 0,
  count: 0,
  g: 1,
  gv: 1,
  ...fields,
});

function replicaOf(rooms: Room[], hidden: string[] = []): Replica {
  const memberships = rooms.map(({ id }) => [id, { room: id, hidden: hidden.includes(id), unread: 0, mentions: 0 }]);
  return { ...emptyReplica("ada"), rooms: Object.fromEntries(rooms.map((one) => [one.id, one])), memberships: Object.fromEntries(memberships) };
}

it("rooms stand by name, whatever their case, numbers by their value", () => {
  const replica = replicaOf(["week 10", "Week 9", "äpfel", "zoo", "Apples"].map((name) => room(name, { kind: "private" })));
  expect(namedRooms(replica).map((one) => one.name)).toEqual(["äpfel", "Apples", "Week 9", "week 10", "zoo"]);
});

it("conversations stand by their latest word, hidden ones and rooms that I am not in do not", () => {
  const direct = (id: string, head_time?: string) => room(id, { kind: "direct", name: "", users: ["ada", id], head_time });
  const replica = replicaOf([direct("old", "2026-11-02T00:00:00.000Z"), direct("new", "2026-11-03T00:00:00.000Z"), direct("silent"), direct("hidden")], ["hidden"]);
  const seen = { ...replica, rooms: { ...replica.rooms, foreign: direct("foreign") } };
  expect(directRooms(seen).map((one) => one.id)).toEqual(["new", "old", "silent"]);
});
