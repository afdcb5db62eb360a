// Owns the tests of the book of emoji, in every language that has one.
import { expect, it } from "vitest";
import de from "virtual:emoji/de";
import en from "virtual:emoji/en";
import ja from "virtual:emoji/ja";
import { bookOf, searched, withTone } from "./book";

const values = (book: ReturnType<typeof bookOf>, query: string) => searched(book, query, 5).map(({ value }) => value);

it("finds by name, by code and by other words, in the reader's language", () => {
  expect(values(bookOf(en), "thumbsup")[0]).toBe("👍️");
  expect(values(bookOf(en), "+1")[0]).toBe("👍️");
  expect(values(bookOf(en), "rocket")[0]).toBe("🚀");
  expect(values(bookOf(de), "rakete")[0]).toBe("🚀");
  expect(values(bookOf(de), "rocket")[0]).toBe("🚀");
  expect(values(bookOf(ja), "ロケット")[0]).toBe("🚀");
  expect(values(bookOf(de), "herz")[0]).toBe("❤️");
  expect(values(bookOf(en), "heart")[0]).toBe("❤️");
  expect(values(bookOf(en), "")).toEqual([]);
  expect(values(bookOf(en), "xqzxqz")).toEqual([]);
});

it("gives a skin tone to those that have one", () => {
  const book = bookOf(en);
  const one = (code: string) => book.all.find(({ codes }) => codes.includes(code))!;
  expect(withTone(one("wave"), 3)).toBe("👋🏽");
  expect(withTone(one("wave"), 0)).toBe("👋");
  expect(withTone(one("rocket"), 3)).toBe("🚀");
  expect(withTone(one("woman_farmer"), 5)).toBe("👩🏿‍🌾");
});

it("each is in a group that has a name", () => {
  const book = bookOf(de);
  expect(book.all.length).toBeGreaterThan(1_800);
  const orders = new Set(book.groups.map(({ order }) => order));
  expect(book.all.every(({ group }) => orders.has(group))).toBe(true);
});
