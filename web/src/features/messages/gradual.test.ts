// Owns the tests of how many rows come onto the page at once.
import { expect, it } from "vitest";
import type { Item } from "./arrange";
import { endsOf, span } from "./gradual";

const items = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ kind: "message", key: `s${from + n}` }) as Item);

it("a page at either end comes in parts, what was there stays", () => {
  const there = endsOf(items(60, 140));
  expect(span(items(0, 140), there, 20)).toEqual({ from: 40, to: 140 });
  expect(span(items(60, 200), there, 20)).toEqual({ from: 0, to: 100 });
  expect(span(items(60, 141), there, 20)).toEqual({ from: 0, to: 81 });
});

it("another stretch, or the first, comes whole", () => {
  expect(span(items(0, 80), undefined, 20)).toEqual({ from: 0, to: 80 });
  expect(span(items(500, 560), endsOf(items(0, 80)), 20)).toEqual({ from: 0, to: 60 });
});

it("an end that was let go does not hold the rest back", () => {
  expect(span(items(0, 300), endsOf(items(60, 360)), 20)).toEqual({ from: 40, to: 300 });
});

it("a day is no end", () => {
  const list = [{ kind: "day", key: "d1", time: "" } as Item, ...items(1, 4)];
  expect(endsOf(list)).toEqual({ first: "s1", last: "s3" });
});
