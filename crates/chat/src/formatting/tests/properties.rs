//! What holds whatever is written: well-formed HTML of known elements, and texts that do not grow without bound.

use super::strict;
use crate::formatting::{html, markdown, plain, shown, spoken};
use proptest::prelude::*;

/// Pieces of which hostile and ordinary messages are made.
const PIECES: [&str; 62] = [
    "a",
    "b c",
    " ",
    "\n",
    "\n\n",
    "\t",
    "    ",
    "*",
    "**",
    "_",
    "__",
    "~~",
    "~",
    "`",
    "``",
    "```",
    "```js\n",
    "||",
    "|",
    "|-|-|\n",
    "$",
    "$$",
    "\\",
    "&",
    "&amp;",
    "&#0;",
    "&#x3c;",
    "<",
    ">",
    "> ",
    "- ",
    "+ ",
    "1. ",
    "99. ",
    "# ",
    "###### ",
    "[",
    "]",
    "(",
    ")",
    "](",
    "]: ",
    "![",
    "[a](https://x.example)",
    "https://x.example/",
    "www.x.example",
    "javascript:",
    "mailto:",
    "@ada",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "<https://x.example>",
    "<script>",
    "\"",
    "'",
    "---",
    "===",
    "\u{202e}",
    "日本",
    "\u{200b}",
];

fn written() -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop_oneof![prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()), "(?s).{0,80}"]
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let Some(blocks) = markdown::parse(text) else { return Ok(()) };
    let html = html::of(&blocks);
    prop_assert_eq!(strict::check(&html), Ok(()), "{}", html);
    if let Some(shown) = shown(text) {
        prop_assert!(shown.len() <= html::most(text));
    }
    let plain = plain::of(&blocks);
    prop_assert!(plain.chars().count() <= 6 * text.chars().count(), "{:?} became {:?}", text, plain);
    let spoken: usize = spoken(text).iter().map(String::len).sum();
    prop_assert!(spoken <= 3 * text.len(), "{:?}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_page_is_well_formed_whatever_is_written(text in written()) {
        holds(&text)?;
    }

    #[test]
    fn what_is_not_formatted_is_shown_as_it_is(text in "[^*_~`\\[|$\\\\&<>#\n]{0,60}") {
        let text = format!("a{}", text.replace("://", "").replace("www.", ""));
        prop_assert_eq!(shown(&text), None);
    }
}
