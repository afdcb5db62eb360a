// Owns the tests of what the quick switcher finds first.
import { expect, it } from "vitest";
import type { Room, User } from "../../contract/wire";
import { emptyReplica, type Replica } from "../../sync/replica";
import { type Hit, ranked } from "./rank";

const NOW = Date.parse("2026-11-20T00:00:00.000Z");
const room = (id: string, fields: Partial<Room> = {}): Room =>
  ({ id, kind: "public", name: id, members: 2, created: "2020-01-01T00:00:00.000Z", head: 0, count: 0, g: 1, gv: 1, ...fields }) as Room;
const user = (id: string, fields: Partial<User> = {}): User => ({ id, username: id, display_name: id, hue: 1, gv: 1, ...fields }) as User;

const mine = [room("garden"), room("garage", { head_time: "2026-11-19T23:00:00.000Z" }), room("d1", { kind: "direct", name: "", users: ["me", "gabi"] })];
const replica = {
  ...emptyReplica("me"),
  rooms: Object.fromEntries(mine.map((one) => [one.id, one])),
  memberships: Object.fromEntries(mine.map(({ id }) => [id, { room: id, unread: 0, mentions: 0 }])),
  users: { me: user("me"), gabi: user("gabi"), gar: user("gar", { display_name: "Garrett" }) },
} as unknown as Replica;
const places = { replica, listed: [room("gardeners"), room("garden")], people: [], commands: [{ name: "x", label: "Open the garden gate", act: () => undefined }] };
const name = (hit: Hit) => (hit.kind === "person" ? `@${hit.user.id}` : hit.kind === "command" ? `>${hit.command.name}` : hit.room.id);
const found = (query: string) => ranked(query, places, NOW).map(name);

it("finds rooms, public rooms, people and commands, what was said lately first", () => {
  expect(found("gar")).toEqual(["garage", "garden", "@gar", "gardeners", ">x"]);
});

it("does not offer a room that I am in as one to join, nor a person whose conversation is there", () => {
  expect(found("gabi")).toEqual(["d1"]);
  expect(found("garden").filter((one) => one === "garden")).toHaveLength(1);
});

it("a sign before the words asks for one kind", () => {
  expect(found("@g")).toEqual(["@gar"]);
  expect(found(">g")).toEqual([">x"]);
  expect(found("#gard")).toEqual(["garden", "gardeners"]);
});

it("without words it begins with where something waits, and leaves out where I am", () => {
  const waiting = { ...replica, memberships: { ...replica.memberships, garden: { ...replica.memberships.garden!, unread: 2, mentions: 1 } } } as Replica;
  expect(ranked("", { ...places, replica: waiting, current: "d1" }, NOW).map(name)).toEqual(["garden", "garage"]);
});
