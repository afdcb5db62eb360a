// Owns the tests of completing while one writes.
import { expect, it } from "vitest";
import { fitting, typedAt } from "./complete";

const at = (marked: string) => typedAt(marked.replace("|", ""), marked.indexOf("|"));

it("knows which word is being typed", () => {
  expect(at("hello @ad|")).toEqual({ sign: "@", query: "ad", word: "@ad", from: 6, to: 9, glued: false });
  expect(at("@|")).toMatchObject({ sign: "@", query: "", from: 0, to: 1 });
  expect(at("(#gar|den")).toMatchObject({ sign: "#", query: "gar", word: "#garden", from: 1, to: 8 });
  expect(at("so :smi|")).toMatchObject({ sign: ":", query: "smi" });
  expect(at("/to|")).toMatchObject({ sign: "/", query: "to" });
});

it("takes the rest of a name behind the caret, and not what follows it", () => {
  expect(at("@bo|xyz there")).toMatchObject({ query: "bo", word: "@boxyz", to: 6 });
  expect(at("@b|o_2.x-y.")).toMatchObject({ word: "@bo_2.x-y" });
  expect(at("@bo|, and")).toMatchObject({ word: "@bo" });
  expect(at("@bo|さんは")).toMatchObject({ word: "@bo" });
});

it("knows a name behind signs that mark or quote, and in scripts without spaces", () => {
  for (const text of ['"@a|', "'@a|", "*@a|", "**@a|", "_@a|", ">@a|", "“@a|", "、@a|", "！@a|"]) expect(at(text), text).toMatchObject({ sign: "@", query: "a", glued: false });
  for (const text of ["さん@a|", "スター@a|", "你好@a|"]) expect(at(text), text).toMatchObject({ sign: "@", query: "a", glued: true });
});

it("leaves addresses, times, smiles and other words alone", () => {
  for (const text of ["mail@ada|", "mail2@ada|", "é@ada|", '{"a":tr|', "https://x.org/#gar|", "at 10:30|", "fine :)|", "fine :D|", "and /or|", "hello |", "@ada |"]) expect(at(text), text).toBeUndefined();
});

it("puts first who fits best, and of those who spoke lately", () => {
  const people = [
    { key: "1", insert: "", label: "Adam" },
    { key: "2", insert: "", label: "Ada", weight: 2 },
    { key: "3", insert: "", label: "Bo", names: ["adalbert"] },
    { key: "4", insert: "", label: "Cy" },
  ];
  expect(fitting("ada", people).map(({ key }) => key)).toEqual(["2", "1", "3"]);
});
