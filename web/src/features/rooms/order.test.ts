// Owns the tests of which rooms stand at the side and in which order.
import { expect, it } from "vitest";
import type { Room } from "../../contract/wire";
import { emptyReplica, type Replica } from "../../sync/replica";
import { directRooms, inSight, sections } from "./order";

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
  expect(sections(replica, [], "name").rooms.map((one) => one.name)).toEqual(["äpfel", "Apples", "Week 9", "week 10", "zoo"]);
});

it("conversations stand by their latest word, hidden ones and rooms that I am not in do not", () => {
  const direct = (id: string, head_time?: string) => room(id, { kind: "direct", name: "", users: ["ada", id], head_time });
  const replica = replicaOf([direct("old", "2026-11-02T00:00:00.000Z"), direct("new", "2026-11-03T00:00:00.000Z"), direct("silent"), direct("hidden")], ["hidden"]);
  const seen = { ...replica, rooms: { ...replica.rooms, foreign: direct("foreign") } };
  expect(directRooms(seen).map((one) => one.id)).toEqual(["new", "old", "silent"]);
});

it("by activity the latest word is first, and a favourite stands among the favourites alone", () => {
  const at = (id: string, day: number) => room(id, { head_time: `2026-11-0${day}T00:00:00.000Z` });
  const replica = replicaOf([at("a", 1), at("b", 3), at("c", 2), room("d", { kind: "direct", users: ["ada", "bo"] })]);
  const { favourites, rooms, direct } = sections(replica, ["c", "nowhere"], "activity");
  expect([favourites, rooms, direct].map((list) => list.map(({ id }) => id))).toEqual([["c"], ["b", "a"], ["d"]]);
});

it("folded, a section still shows where something waits and where I am", () => {
  const replica = replicaOf([room("a", {}), room("b", {}), room("c", {})]);
  const waiting = { ...replica, memberships: { ...replica.memberships, b: { ...replica.memberships.b!, unread: 2 } } };
  expect(inSight(Object.values(waiting.rooms), waiting, "c").map(({ id }) => id)).toEqual(["b", "c"]);
});
