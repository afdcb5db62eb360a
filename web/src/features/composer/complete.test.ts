// Owns the tests of completing while one writes.
import { expect, it } from "vitest";
import { fitting, typedAt } from "./complete";

const at = (marked: string) => typedAt(marked.replace("|", ""), marked.indexOf("|"));

it("knows which word is being typed", () => {
  expect(at("hello @ad|")).toEqual({ sign: "@", query: "ad", from: 6, to: 9 });
  expect(at("@|")).toEqual({ sign: "@", query: "", from: 0, to: 1 });
  expect(at("(#gar|den")).toEqual({ sign: "#", query: "gar", from: 1, to: 5 });
  expect(at("so :smi|")).toMatchObject({ sign: ":", query: "smi" });
  expect(at("/to|")).toMatchObject({ sign: "/", query: "to" });
});

it("leaves addresses, times, smiles and other words alone", () => {
  for (const text of ["mail@ada|", "https://x.org/#gar|", "at 10:30|", "fine :)|", "fine :D|", "and /or|", "hello |", "@ada |"]) expect(at(text), text).toBeUndefined();
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
