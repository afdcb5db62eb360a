// Owns the tests of the client's ids.
import { expect, it } from "vitest";
import { newCid } from "./cid";

it("is a UUID of version 7 that sorts by time and never repeats", () => {
  const early = newCid(1_700_000_000_000);
  expect(early).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(early < newCid(1_700_000_000_001)).toBe(true);
  expect(new Set(Array.from({ length: 1_000 }, () => newCid())).size).toBe(1_000);
});
