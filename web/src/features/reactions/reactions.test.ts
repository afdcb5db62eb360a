// Owns the tests of how reactions are called, and who they are from.
import { expect, it } from "vitest";
import { commonEmoji, emojiName } from "./emoji";
import { whoReacted } from "./reactions";

it("an emoji in its other form is called the same, and one without a name calls itself", () => {
  expect(emojiName("\u2764")).toBe("red heart");
  expect(emojiName("\u2764\uFE0F")).toBe("red heart");
  expect(emojiName("🦔")).toBe("🦔");
});

it("those offered are all different and have a name", () => {
  const offered = commonEmoji();
  expect(new Set(offered.map(({ value }) => value)).size).toBe(offered.length);
  expect(new Set(offered.map(({ label }) => label)).size).toBe(offered.length);
});

it("people are named, and many are counted", () => {
  const words = { me: "bo", you: "you", name: (user: string) => user.toUpperCase(), others: (count: number) => `${count} others`, locale: "en" };
  expect(whoReacted({ emoji: "👍", users: ["ada", "bo", "cleo"], count: 3 }, words)).toBe("ADA, you, and CLEO");
  const many = Array.from({ length: 50 }, (_, at) => `u${at}`);
  expect(whoReacted({ emoji: "👍", users: many, count: 60 }, words)).toMatch(/^U0, .*U11, and 48 others$/);
});
