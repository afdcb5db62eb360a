// Owns the tests of what of a room counts for me.
import { expect, it } from "vitest";
import { FOR_EVER, isMuted, levelOf, loud, told, waiting } from "./notices";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const counts = { unread: 5, mentions: 2 };

it("direct rooms tell everything and others mentions, unless something else was chosen", () => {
  expect([levelOf(counts, "direct"), levelOf(counts, "public")]).toEqual(["all", "mentions"]);
  expect(levelOf({ ...counts, notify: "nothing" }, "direct")).toBe("nothing");
  expect([told(counts, "direct", NOW), told(counts, "private", NOW)]).toEqual([5, 2]);
  expect([told({ ...counts, notify: "all" }, "public", NOW), told({ ...counts, notify: "nothing" }, "public", NOW)]).toEqual([5, 0]);
});

it("a muted room tells nothing, and shows where I am named", () => {
  const muted = { ...counts, muted_until: "2026-11-28T13:00:00.000Z" };
  expect([told(muted, "direct", NOW), waiting(muted, NOW), loud(muted, "direct", NOW)]).toEqual([0, 2, 2]);
  const later = NOW + 3_600_000;
  expect([told(muted, "direct", later), waiting(muted, later), loud(muted, "direct", later)]).toEqual([5, 5, 5]);
  expect(isMuted({ ...counts, muted_until: FOR_EVER }, NOW)).toBe(true);
});
