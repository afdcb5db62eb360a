// Owns the tests of what counts as a written command.
import { expect, it } from "vitest";
import { slashOf, unescaped } from "./slash";

it("a stroke and a word at the beginning is a command, with what follows", () => {
  expect(slashOf("/topic  Apples and\npears ")).toEqual({ name: "topic", rest: "Apples and\npears" });
  expect(slashOf("/HELP")).toEqual({ name: "help", rest: "" });
});

it("paths, fractions and what is escaped are words", () => {
  for (const text of ["/usr/bin", "1/2", "and /me", "/", "//me waves", "/3"]) expect(slashOf(text), text).toBeUndefined();
  expect(unescaped("//me waves")).toBe("/me waves");
  expect(unescaped("/usr/bin")).toBe("/usr/bin");
});
