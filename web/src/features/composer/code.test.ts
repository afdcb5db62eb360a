// Owns the tests of codes of emoji that are written out.
import { expect, it, vi } from "vitest";
import { recent } from "../../ui/emoji/recent.svelte";
import { codeAt, emojiOf } from "./code";

const at = (text: string) => codeAt(text, text.length);

it("knows a code that was just closed", () => {
  expect(at("so :tada:")).toEqual({ code: "tada", from: 3, to: 9 });
  expect(codeAt("(:+1: then", 5)).toEqual({ code: "+1", from: 1, to: 5 });
  for (const text of [":ThumbsUp:", "🎉:tada:", "好:tada:", "`a` :tada:", "```\na\n```\n:tada:"]) expect(at(text), text).toBeDefined();
});

it("leaves times, paths, addresses and code alone", () => {
  for (const text of ["12:30:", "12:100:", "std::io:", "a:b:", "http://x/:o:", ": tada:", "::", "a :tada", "`:tada:", "``a ` :tada:", "```\n:tada:", "~~~\n```\n:tada:"]) expect(at(text), text).toBeUndefined();
});

it("finds the emoji of exactly this code, in the chosen skin tone", async () => {
  const emoji = (code: string) => emojiOf({ code, from: 0, to: 0 });
  expect(await emoji("tada")).toBe("🎉");
  expect(await emoji("thumbsup")).toBe(await emoji("+1"));
  expect(await emoji("tad")).toBeUndefined();
  vi.spyOn(recent, "tone", "get").mockReturnValue(3);
  expect(await emoji("wave")).toBe("👋🏽");
});
