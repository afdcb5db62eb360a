// Owns the tests of the cutting of words into text and names.
import { describe, expect, it } from "vitest";
import { isOnlyEmoji, tokens } from "./tokens";

const people: Record<string, string> = { ada: "u1", "bo.li": "u2", 小林: "u3" };
const rooms: Record<string, string> = { garden: "r1", "org/wiki": "r2" };
const known = { user: (name: string) => people[name.toLowerCase()], room: (name: string) => rooms[name.toLowerCase()] };
const cut = (text: string) => tokens(text, known);
const mentions = (text: string) => cut(text).flatMap((token) => (token.kind === "mention" ? [[token.text, token.user]] : []));

describe("tokens", () => {
  it("never loses or adds a letter", () => {
    const samples = ["", "plain", "a https://x.org, b", "@ada: (see http://x.org/a_(b)) @nobody", "<b onclick=x>@ada</b>", "http://", "@", "@@ada", "x@ada.org"];
    for (const text of samples) expect(cut(text).map((token) => token.text).join("")).toBe(text);
  });

  it("finds who is mentioned, also at the end of a sentence", () => {
    expect(mentions("@Ada, @bo.li. and @小林!")).toEqual([
      ["@Ada", "u1"],
      ["@bo.li", "u2"],
      ["@小林", "u3"],
    ]);
    expect(mentions("@adam mail@ada.org @nobody")).toEqual([]);
  });

  it("finds which room is meant, and takes nothing else for one", () => {
    const found = cut("In #Garden, #org/wiki. and #nowhere, not x#garden or https://x.org/#garden").flatMap((token) => (token.kind === "room" ? [token.text, token.room] : []));
    expect(found).toEqual(["#Garden", "r1", "#org/wiki", "r2"]);
  });

  it("does not work on endless names", () => {
    let asked = 0;
    const none = () => void asked++;
    tokens(`@${"a.".repeat(5_000)} #${"a/".repeat(5_000)}`, { user: none, room: none });
    expect(asked).toBeLessThan(400);
  });
});

describe("emoji alone", () => {
  it("are shown large, words are not", () => {
    expect(["🌱", "👩‍🌾 🎉", "🇦🇹"].map(isOnlyEmoji)).toEqual([true, true, true]);
    expect(["", "1", "ok 🌱", "🌱🌱🌱🌱"].map(isOnlyEmoji)).toEqual([false, false, false, false]);
  });
});
