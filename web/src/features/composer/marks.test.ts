// Owns the tests of the marks that keys put around words.
import { describe, expect, it } from "vitest";
import { mark, markOf, mayBeMarked } from "./marks";

/** `[` and `]` stand for the ends of the selection. */
function pressed(written: string, sign: string): string {
  const start = written.indexOf("[");
  const end = written.indexOf("]") - 1;
  const text = written.replace(/[[\]]/g, "");
  const { words, from, to, ...selected } = mark(text, start, end, sign);
  const now = text.slice(0, from) + words + text.slice(to);
  return `${now.slice(0, selected.start)}[${now.slice(selected.start, selected.end)}]${now.slice(selected.end)}`;
}

describe("marks", () => {
  it("go around what is selected, or where the writer is", () => {
    expect(pressed("a [b] c", "**")).toBe("a **[b]** c");
    expect(pressed("a [] c", "_")).toBe("a _[]_ c");
  });

  it("leave spaces outside", () => {
    expect(pressed("a[ b ]c", "**")).toBe("a **[b]** c");
  });

  it("go away again", () => {
    expect(pressed("a **[b]** c", "**")).toBe("a [b] c");
    expect(pressed("a [**b**] c", "**")).toBe("a [b] c");
  });

  it("are stepped out of where they end", () => {
    expect(pressed("**bold[]** x", "**")).toBe("**bold**[] x");
    expect(pressed("a _b[]_", "_")).toBe("a _b_[]");
    expect(pressed("`b c[]`", "`")).toBe("`b c`[]");
    expect(pressed("**a _b_[]**", "**")).toBe("**a _b_**[]");
    expect(pressed("**[]**", "**")).toBe("[]");
  });

  it("begin anew before a sign that ends none", () => {
    expect(pressed("snake[]_case", "_")).toBe("snake_[]__case");
    expect(pressed("**a** b []**c**", "**")).toBe("**a** b **[]****c**");
  });

  it("make a block of lines of code", () => {
    expect(pressed("x[a\nb]", "`")).toBe("x\n```\n[a\nb]\n```");
  });

  it("belong to keys with Ctrl or ⌘", () => {
    const press = (key: string, more = {}) => markOf({ key, ctrlKey: true, metaKey: false, altKey: false, shiftKey: false, ...more } as KeyboardEvent);
    expect([press("b"), press("I"), press("e"), press("k"), press("b", { ctrlKey: false }), press("b", { ctrlKey: false, metaKey: true })]).toEqual(["**", "_", "`", undefined, undefined, "**"]);
  });

  it("are looked for before a preview is offered", () => {
    expect(["hello", "a-b", "5 + 3", "**a**", "- a", "1. a", "a > b", "$x$"].map(mayBeMarked)).toEqual([false, false, false, true, true, true, true, true]);
  });
});
