// Owns the tests of until when a room is muted.
import { expect, it } from "vitest";
import { FOR_EVER } from "../../sync/notices";
import { inHours, inTheMorning, isForEver } from "./muting";

it("the morning is the next one", () => {
  const at = (day: number, hours: number) => new Date(2026, 10, day, hours, 30).getTime();
  const morning = (day: number) => new Date(2026, 10, day, 8).toISOString();
  expect(inTheMorning(at(28, 22))).toBe(morning(29));
  expect(inTheMorning(at(28, 9))).toBe(morning(29));
  // Whoever is still up means the morning that comes.
  expect(inTheMorning(at(28, 1))).toBe(morning(28));
});

it("hours are hours, and for ever is for ever", () => {
  expect(inHours(8, Date.parse("2026-11-28T20:00:00Z"))).toBe("2026-11-29T04:00:00.000Z");
  expect([isForEver(FOR_EVER), isForEver("2026-11-29T04:00:00.000Z")]).toEqual([true, false]);
});
