// Owns the tests of how many rows come onto the page at once.
import { expect, it } from "vitest";
import type { Item } from "./arrange";
import { endsOf, type Growth, span } from "./gradual.svelte";

const items = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ kind: "message", key: `s${from + n}` }) as Item);
const day = { kind: "day", key: "d1", time: "" } as Item;
const still = (growth: Partial<Growth> = {}) => ({ growth: { older: 0, newer: 0, ...growth }, newest: false, screen: 0 });
const followed = { growth: { older: 0, newer: 0 }, newest: true, screen: 0 };

it("what was there stays, and more comes at the end that is asked for", () => {
  const there = endsOf(items(60, 140));
  expect(span(items(0, 200), there, still())).toEqual({ from: 60, to: 140 });
  expect(span(items(0, 200), there, still({ older: 10 }))).toEqual({ from: 50, to: 140 });
  expect(span(items(0, 200), there, still({ newer: 10 }))).toEqual({ from: 60, to: 150 });
});

it("another stretch, or the first, begins with its newest", () => {
  expect(span(items(0, 80), undefined, still())).toEqual({ from: 60, to: 80 });
  expect(span(items(500, 560), endsOf(items(0, 80)), still())).toEqual({ from: 40, to: 60 });
});

it("another stretch begins at what is sought in it, or where the last one began", () => {
  const told = (from: number, to: number) => items(from, to).map((item, n) => ({ ...item, shown: { message: { seq: from + n } } }) as Item);
  const sought = ({ key }: Item) => key === "s530";
  expect(span(told(500, 620), undefined, { ...still(), sought })).toEqual({ from: 10, to: 60 });
  expect(span(told(500, 620), endsOf(told(0, 80)), { ...followed, sought })).toEqual({ from: 10, to: 60 });
  expect(span(told(500, 510), endsOf(told(0, 80)), { ...still(), sought })).toEqual({ from: 0, to: 10 });
  expect(span(told(500, 620), endsOf(told(560, 561).map((item) => ({ ...item, key: "another" }))), still())).toEqual({ from: 40, to: 90 });
});

it("who follows the end sees what comes, and of very much the newest", () => {
  const there = endsOf(items(60, 140));
  expect(span(items(0, 145), there, followed)).toEqual({ from: 60, to: 145 });
  expect(span(items(0, 300), there, followed)).toEqual({ from: 280, to: 300 });
  expect(span(items(0, 300), there, { ...followed, screen: 35 })).toEqual({ from: 265, to: 300 });
});

it("an end that was let go does not hold the rest back", () => {
  expect(span(items(0, 300), endsOf(items(60, 360)), still())).toEqual({ from: 60, to: 300 });
  expect(span(items(100, 300), endsOf(items(60, 280)), still())).toEqual({ from: 0, to: 180 });
});

it("a day is no end, and stands with what follows it", () => {
  const list = [day, ...items(1, 4)];
  expect(endsOf(list)).toEqual({ first: "s1", last: "s3", seq: 0 });
  expect(span(list, endsOf(list), still())).toEqual({ from: 0, to: 4 });
});
