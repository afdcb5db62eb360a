// Owns the tests of the reading of formatted text: what is on the list becomes a tree, anything else nothing.
import { describe, expect, it } from "vitest";
import { coloured } from "./highlight";
import { plain, without, wordsOf } from "./plain";
import { read } from "./read";

const LINK = ' rel="noopener noreferrer nofollow" target="_blank"';

describe("reading", () => {
  it("makes a tree of what the server sends", () => {
    const html = `<p>a <strong>b &amp; &lt;c&gt;</strong><br><a href="https://x.example/?a=1&amp;b=2"${LINK}>d</a></p><hr>`;
    expect(read(html)).toEqual([
      {
        tag: "p",
        parts: [
          "a ",
          { tag: "strong", parts: ["b & <c>"] },
          { tag: "br", parts: [] },
          { tag: "a", parts: ["d"], href: "https://x.example/?a=1&b=2" },
        ],
      },
      { tag: "hr", parts: [] },
    ]);
    expect(read('<ol start="3"><li>a</li></ol>')).toEqual([{ tag: "ol", start: 3, parts: [{ tag: "li", parts: ["a"] }] }]);
    expect(read('<code class="math display">x</code>')).toEqual([{ tag: "code", maths: "display", parts: ["x"] }]);
    expect(read("")).toEqual([]);
  });

  it("takes nothing of what is not on the list", () => {
    const hostile = [
      "<script>x</script>",
      "<img src=\"x\">",
      '<p onclick="x">a</p>',
      '<p style="x">a</p>',
      '<a href="javascript:alert(1)">a</a>',
      '<a href="java\tscript:alert(1)">a</a>',
      '<a href=" javascript:alert(1)">a</a>',
      '<a href="data:text/html,x">a</a>',
      '<a href="/relative">a</a>',
      "<a>a</a>",
      '<span class="x">a</span>',
      '<td align="justify">a</td>',
      "<p>a",
      "<p>a</em>",
      "</p>",
      "<p",
      "a < b",
      "<P>a</P>",
      "<!-- a -->",
      "<p>".repeat(100) + "</p>".repeat(100),
    ];
    for (const html of hostile) expect(read(html), html).toBeUndefined();
  });

  it("takes no more time than the text is long", () => {
    for (const html of ["<".repeat(200_000), "<p ".repeat(100_000), '<p a="'.repeat(50_000), "&".repeat(200_000), "<p>".repeat(100_000)]) read(html);
  });
});

describe("plain words", () => {
  it("hide what is hidden, and say the rest in one line", () => {
    expect(plain('<p>It is <span class="spoiler">Bo</span>.</p><ul><li>a</li><li>b<br>c</li></ul>', "x")).toBe("It is ▒▒▒. a b c");
    expect(plain("<table><tr><td>a</td><td>b</td></tr></table>", "x")).toBe("a b");
    expect(plain(undefined, "*a*")).toBe("*a*");
    expect(plain("<script>", "the text")).toBe("the text");
  });

  it("can go without their beginning", () => {
    expect(wordsOf(without(read("<p>/me <em>waves</em></p>") ?? [], "/me ") ?? [])).toContain("waves");
    expect(without(read("<p><em>/me</em> waves</p>") ?? [], "/me ")).toBeUndefined();
  });
});

describe("colours", () => {
  it("change no letter of the code", async () => {
    const code = 'const a = "<b>" && \'&amp;\'; // ok\n';
    const parts = await coloured(code, "js");
    expect(parts && wordsOf(parts)).toBe(code);
    expect(parts?.length).toBeGreaterThan(3);
    expect(await coloured(code, "no such language")).toBeUndefined();
    expect(await coloured(code, "constructor")).toBeUndefined();
  });
});
