// Owns the tests of the sums over all rooms.
import { expect, it } from "vitest";
import { emptyReplica, type Replica } from "../../sync/replica";
import { pageTitle, totals } from "./totals";

const replica = {
  ...emptyReplica("ada"),
  rooms: { a: { kind: "public" }, d: { kind: "direct" }, h: { kind: "direct" } },
  memberships: { a: { room: "a", unread: 5, mentions: 2 }, d: { room: "d", unread: 3, mentions: 0 }, h: { room: "h", unread: 9, mentions: 0, hidden: true } },
} as unknown as Replica;

it("adds what is unread, and what concerns me", () => {
  expect(totals(replica)).toEqual({ unread: 8, loud: 5 });
  expect(totals(replica, "a")).toEqual({ unread: 3, loud: 3 });
});

it("counts of a muted room only where I am named", () => {
  const a = { ...replica.memberships.a!, muted_until: "2999-01-01T00:00:00.000Z" };
  expect(totals({ ...replica, memberships: { ...replica.memberships, a } })).toEqual({ unread: 5, loud: 5 });
});

it("puts the count first in the title", () => {
  expect(pageTitle(3, "garden", "Parlour")).toBe("(3) garden · Parlour");
  expect(pageTitle(0, "", "Parlour")).toBe("Parlour");
});
