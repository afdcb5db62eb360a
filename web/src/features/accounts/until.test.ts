// Owns the tests of until when a status lasts.
import { expect, it } from "vitest";
import { endOf } from "./until";

const friday = new Date(2026, 10, 27, 15, 20);
const sunday = new Date(2026, 10, 29, 23, 59);

it("counts minutes from now", () => {
  expect(endOf("half", friday)).toEqual(new Date(2026, 10, 27, 15, 50));
  expect(endOf("hour", friday)).toEqual(new Date(2026, 10, 27, 16, 20));
});

it("ends a day at midnight, and a week with its Sunday", () => {
  expect(endOf("today", friday)).toEqual(new Date(2026, 10, 28));
  expect(endOf("week", friday)).toEqual(new Date(2026, 10, 30));
  expect(endOf("week", sunday)).toEqual(new Date(2026, 10, 30));
});

it("has no end until it is taken away", () => {
  expect(endOf("never", friday)).toBeUndefined();
});
