//! Tests of formatting: what people write and what is shown, and what cannot happen whatever they write.

mod commonmark;
mod links;
mod payloads;
mod properties;
mod strict;
mod work;

use super::{html, markdown, plain, shown, spoken};
use std::path::{Path, PathBuf};

/// Real and hostile input, kept beside the repository; a fresh clone has none.
fn corpora() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    std::env::var_os("PARLOUR_CORPORA").map_or_else(beside, PathBuf::from)
}

/// A message's HTML, also where its text would show as much.
fn html(text: &str) -> String {
    let blocks = markdown::parse(text).unwrap_or_else(|| panic!("beyond the limits: {text:?}"));
    html::of(&blocks)
}

fn plain(text: &str) -> String {
    plain::of(&markdown::parse(text).unwrap_or_default())
}

#[test]
fn words_can_be_strong_emphasised_struck_and_code() {
    for (text, wanted) in [
        ("**b** *i* _i_ ~~s~~ `c`", "<strong>b</strong> <em>i</em> <em>i</em> <del>s</del> <code>c</code>"),
        ("***both***", "<em><strong>both</strong></em>"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2<em>3</em>4"),
        ("about ~5~ or ~6", "about ~5~ or ~6"),
        (r"\*not\* &amp; &lt;b&gt;", "*not* &amp; &lt;b&gt;"),
        ("`<b>` \"q\"", "<code>&lt;b&gt;</code> &quot;q&quot;"),
    ] {
        assert_eq!(html(text), format!("<p>{wanted}</p>"), "{text:?}");
    }
}

#[test]
fn a_new_line_is_a_new_line() {
    assert_eq!(html("a\nb  \nc\\\nd\n\ne"), "<p>a<br>b<br>c<br>d</p><p>e</p>");
    assert_eq!(html("> a\n> b\nc"), "<blockquote><p>a<br>b<br>c</p></blockquote>");
    assert_eq!(html("- a\n  b\n- c"), "<ul><li>a<br>b</li><li>c</li></ul>");
}

#[test]
fn lists_nest_and_keep_their_first_number() {
    assert_eq!(html("3. a\n4. b"), "<ol start=\"3\"><li>a</li><li>b</li></ol>");
    assert_eq!(html("1. a\n   - b\n   - c"), "<ol><li>a<ul><li>b</li><li>c</li></ul></li></ol>");
    assert_eq!(html("- a\n\n- b"), "<ul><li><p>a</p></li><li><p>b</p></li></ul>");
}

#[test]
fn code_keeps_its_lines_and_says_its_language() {
    assert_eq!(html("```Rust\nfn a() {\n\n}\n```"), "<pre><code class=\"language-rust\">fn a() {\n\n}\n</code></pre>");
    assert_eq!(html("```\n**a**"), "<pre><code>**a**\n</code></pre>");
    assert_eq!(html("```c++ {x}\n```"), "<pre><code class=\"language-c++\"></code></pre>");
    assert_eq!(html("```a\"onload=\"x\n```"), "<pre><code></code></pre>");
}

#[test]
fn headings_are_modest() {
    assert_eq!(html("# a\n## b\n###### c"), "<h3>a</h3><h4>b</h4><h6>c</h6>");
    assert_eq!(html("#garden is no heading"), "<p>#garden is no heading</p>");
}

#[test]
fn raw_html_is_text() {
    assert_eq!(html("a <b onclick=x>c</b>"), "<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>");
    assert_eq!(html("<script>\nalert(1)\n</script>"), "<p>&lt;script&gt;<br>alert(1)<br>&lt;/script&gt;</p>");
    assert_eq!(html("Vec<T> & <!-- x -->"), "<p>Vec&lt;T&gt; &amp; &lt;!-- x --&gt;</p>");
}

#[test]
fn spoilers_stand_between_two_bars() {
    for (text, wanted) in [
        ("||Rosebud||", "<span class=\"spoiler\">Rosebud</span>"),
        ("a ||b **c**|| d", "a <span class=\"spoiler\">b <strong>c</strong></span> d"),
        ("||**c**||", "<span class=\"spoiler\"><strong>c</strong></span>"),
        ("||a|| ||b||", "<span class=\"spoiler\">a</span> <span class=\"spoiler\">b</span>"),
        ("||a\nb||", "<span class=\"spoiler\">a<br>b</span>"),
        ("if (a || b || c)", "if (a || b || c)"),
        ("|||| ||| a|||", "|||| ||| a|||"),
        ("||open", "||open"),
        (r"\||a||", "||a||"),
        ("`||a||`", "<code>||a||</code>"),
        ("||a https://x.example/b||", "<span class=\"spoiler\">a LINK</span>"),
    ] {
        let link = "<a href=\"https://x.example/b\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://x.example/b</a>";
        assert_eq!(html(text), format!("<p>{}</p>", wanted.replace("LINK", link)), "{text:?}");
    }
    assert_eq!(plain("It is ||Rosebud||."), "It is ▒▒▒.");
}

#[test]
fn mathematics_is_text_for_who_can_draw_it() {
    for (text, wanted) in [
        ("$x^2$", "<code class=\"math\">x^2</code>"),
        ("so $a<b$, then", "so <code class=\"math\">a&lt;b</code>, then"),
        ("$$\\sum_i i$$", "<code class=\"math display\">\\sum_i i</code>"),
        ("$5 and $6", "$5 and $6"),
        ("$5/$6 **now**", "$5/$6 <strong>now</strong>"),
        ("US$5, CA$6", "US$5, CA$6"),
        ("$('#a').b($('x'))", "$('#a').b($('x'))"),
        ("$PATH:$HOME", "$PATH:$HOME"),
        ("$20 or 30$", "$20 or 30$"),
    ] {
        assert_eq!(html(text), format!("<p>{wanted}</p>"), "{text:?}");
    }
}

#[test]
fn tables_have_sides_and_bounds() {
    assert_eq!(
        html("| a | b |\n|:-:|--:|\n| **c** |"),
        "<table><thead><tr><th align=\"center\">a</th><th align=\"right\">b</th></tr></thead><tbody><tr>\
         <td align=\"center\"><strong>c</strong></td><td align=\"right\"></td></tr></tbody></table>"
    );
    let wide = |columns: usize| format!("{}\n{}\n{}", "|a".repeat(columns), "|-".repeat(columns), "|b\n".repeat(9));
    assert!(markdown::parse(&wide(32)).is_some());
    assert!(markdown::parse(&wide(33)).is_none());
}

#[test]
fn no_words_vanish() {
    assert_eq!(html("[a]: b\n\n[a]"), "<p>[a]: b</p><p>[a]</p>");
    assert_eq!(html("[note]: https://x.example/ \"t\"").matches("[note]:").count(), 1);
    assert_eq!(html("[a]: b\n[a]: c\n`[a]: d`"), "<p>[a]: b<br>[a]: c<br><code>[a]: d</code></p>");
    assert_eq!(html("[^1]: x [^1]"), "<p>[^1]: x [^1]</p>");
    assert_eq!(html("---\na: b\n---"), "<hr><h4>a: b</h4>");
}

#[test]
fn a_shrug_keeps_its_arms() {
    assert_eq!(html(r"**who** knows ¯\_(ツ)_/¯"), r"<p><strong>who</strong> knows ¯\_(ツ)_/¯</p>");
    assert_eq!(html(r"`¯\_(ツ)_/¯`"), r"<p><code>¯\_(ツ)_/¯</code></p>");
    assert_eq!(shown(r"who knows ¯\_(ツ)_/¯"), None);
}

#[test]
fn ordinary_messages_have_no_html() {
    for text in [
        "hello",
        "a\nb\n\nc",
        "  two  spaces",
        "5 * 3 = 15",
        "a & b < c",
        "- ",
        "-",
        ">",
        "#",
        "1.",
        "-\n-",
        "```",
        "> - #",
        "#garden",
        "@ada: \u{1f331}",
        "a_b",
        "~5",
        "1.5 km",
    ] {
        assert_eq!(shown(text), None, "{text:?}");
    }
    for text in
        ["*a*", "- a", "1. a", "    a", "https://x.example", r"\*", "&amp;", "a\n---", "> a", "`a`", "www.x.example"]
    {
        assert!(shown(text).is_some(), "{text:?}");
    }
}

#[test]
fn a_name_means_somebody_only_in_words() {
    let said = |text| spoken(text).join("\n");
    assert_eq!(said("@ada"), "@ada");
    assert_eq!(said("**@ada** > `@bo` _@li_"), "@ada\n > \n \n@li");
    assert!(!said("```\n@all\n```").contains("@all"));
    assert!(!said("see https://x.example/@bo").contains("@bo"));
    assert!(!said("$@bo$ and `@li`").contains('@'));
    assert!(said("> @ada\n\n- @bo").contains("@ada"));
}

#[test]
fn plain_text_says_the_same_words() {
    assert_eq!(plain("# T\n\n**a** [b](https://x.example)\n\n- c\n- d\n\n7. e\n8. f"), "T\na b\n- c\n- d\n7. e\n8. f");
    assert_eq!(plain("|a|b|\n|-|-|\n|c|d|\n|e|"), "a | b\nc | d\ne");
    assert_eq!(plain("> a\n\n```\nb\n```"), "a\nb");
}
