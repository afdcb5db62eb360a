// Owns the test that every code of the protocol has a sentence for people.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { KNOWN_CODES, KNOWN_RULES, Refusal, refusalText } from "./refusal";

const page = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");
const table = page.slice(page.indexOf("## Errors"));
const codes = [...table.matchAll(/^\| `([a-z_.]+)` \| \d{3} \|/gm)].map((match) => match[1]!);

describe("a refusal", () => {
  it("has a text for each code of the protocol", () => {
    expect(codes.length).toBeGreaterThan(25);
    expect(codes.filter((code) => !KNOWN_CODES.includes(code))).toEqual([]);
  });

  it.each(KNOWN_CODES)("%s speaks to people, not to machines", (code) => {
    const text = refusalText(new Refusal({ code, message: "", field: "password", reason: "", limit: 10, id: "x1" }));
    expect(text).not.toMatch(/undefined|refusal_|_|\{/);
    expect(text.length).toBeGreaterThan(10);
  });

  it("has a text for each rule of the protocol, and leaves a new one to the server's words", () => {
    const rules = table.split("`rule` is stable")[1]!.split("\n")[0]!;
    expect([...rules.matchAll(/`([a-z]+)` \(/g)].map((match) => match[1])).toEqual(KNOWN_RULES);
    const refused = (rule: string) => refusalText(new Refusal({ code: "invalid.value", message: "", field: "password", reason: "it is odd", rule }));
    expect(refused("short")).toBe("Password cannot be used. At least 8 characters.");
    expect(refused("odd")).toContain("it is odd");
  });

  it("names what was too long, and lets a new code speak for itself", () => {
    expect(refusalText(new Refusal({ code: "invalid.too_long", message: "", field: "topic", limit: 250 }))).toBe("Topic is too long: at most 250 characters.");
    expect(refusalText(new Refusal({ code: "rooms.frozen", message: "The room is frozen." }))).toBe("The room is frozen.");
    expect(refusalText(new Error("boom"))).toContain("went wrong");
  });
});
