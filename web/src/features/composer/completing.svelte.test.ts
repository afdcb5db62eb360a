// Owns the tests of when completion is there: what sends it away, and what brings it back.
import { expect, it, vi } from "vitest";
import { Completing } from "./completing.svelte";

vi.mock("./sources", () => ({
  known: ({ sign }: { sign: string }) => [{ key: "bo", insert: `${sign}bo2 `, label: "Bo" }],
  asked: () => Promise.resolve(undefined),
}));

const typing = () => {
  const completing = new Completing("room");
  return { completing, type: (text: string) => completing.look(text, text.length) };
};

it("stays away where it was dismissed, until nothing is typed there any more", () => {
  const { completing, type } = typing();
  const opens = (text: string) => {
    type(text);
    return completing.open;
  };
  expect(opens("@b")).toBe(true);
  completing.dismiss();
  expect([opens("@bo"), opens("@bo "), opens("@bo")]).toEqual([false, false, false]);
  expect([opens(""), opens("@")]).toEqual([false, true]);
  completing.dismiss();
  expect([opens("hello"), opens("/")]).toEqual([false, true]);
});

it("goes or changes with the caret, and not by being looked at again", () => {
  const { completing, type } = typing();
  type("hi @bo");
  completing.at = 5;
  type("hi @bo");
  expect(completing.at).toBe(5);
  completing.look("hi @bo", 4);
  expect([completing.open, completing.at]).toEqual([true, 0]);
  completing.look("hi @bo", 0);
  expect([completing.open, completing.isLooking]).toEqual([false, false]);
});

it("knows what is written out, wherever in it the caret is", () => {
  const { completing, type } = typing();
  type("@bo2");
  expect(completing.isWritten).toBe(true);
  completing.look("@bo2", 2);
  expect(completing.isWritten).toBe(true);
  completing.look("@bo2x", 2);
  expect(completing.isWritten).toBe(false);
});

it("replaces the whole word, set apart from a letter before it", () => {
  const { completing, type } = typing();
  completing.look("@boxyz", 3);
  expect(completing.choose()).toMatchObject({ insert: "@bo2 ", from: 0, to: 6 });
  type("さん@bo2");
  expect(completing.isWritten).toBe(false);
  expect(completing.choose()).toMatchObject({ insert: " @bo2 ", from: 2, to: 6 });
});
