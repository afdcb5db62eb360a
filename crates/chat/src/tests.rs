//! Tests of the rules that need no store: names, mentions, texts, errors that name the field.

use crate::{Refusal, Rule, emoji, mentions, names, text};

#[test]
fn names_that_differ_in_case_have_one_key() {
    let key = |name| names::check(name).map(|name| name.key).ok();
    assert_eq!(key("Ada"), key("aDA"));
    assert_eq!(key("Ångström"), key("ångström"));
    assert_ne!(key("ada"), key("bo"));
}

#[test]
fn names_that_look_alike_have_one_skeleton() {
    let skeleton = |name| names::check(name).map(|name| name.skeleton).ok();
    assert_eq!(skeleton("paypal"), skeleton("pаypаl"), "the second has Cyrillic а");
    assert_eq!(skeleton("bob1"), skeleton("bobl"));
}

#[test]
fn names_that_nobody_may_have_are_refused() {
    for name in [
        "",
        " ",
        "a b",
        "all",
        "Everyone",
        "-dash",
        "a@b",
        "a/b",
        "x".repeat(33).as_str(),
        "\u{202e}ada",
        "аdmin",
        "systern",
        "parlоur",
    ] {
        assert!(matches!(names::check(name), Err(Refusal::NameInvalid { .. })), "{name:?} was accepted");
    }
}

#[test]
fn mentions_are_names_after_an_at_that_stands_free() {
    assert_eq!(mentions::keys("@Ada, and @bo.k. too; (@ciro)"), ["ada", "bo.k", "bo.k.", "ciro"]);
    assert_eq!(mentions::keys("mail a@b.example, @@x, @ y, @"), Vec::<String>::new());
    assert_eq!(mentions::keys("@a @A @ａ").len(), 1, "one name in three spellings");
    assert!(mentions::keys(&"@x".repeat(5000)).len() <= 50);
    assert!(mentions::keys(&(0..500).map(|i| format!("@u{i} ")).collect::<String>()).len() <= 51);
}

#[test]
fn texts_are_bounded_and_never_blank() {
    assert_eq!(text::message("text", "a\r\nb\rc").ok().as_deref(), Some("a\nb\nc"));
    for blank in ["", "  \n", "\u{200b}\u{feff}", "\u{202e}"] {
        assert!(matches!(text::message("text", blank), Err(Refusal::InvalidValue { .. })), "{blank:?}");
    }
    assert!(text::message("text", &"ä".repeat(10_000)).is_ok());
    let long = text::message("text", &"ä".repeat(10_001));
    assert!(matches!(long, Err(Refusal::TooLong { limit: 10_000, .. })));
    assert!(text::line("topic", "a\u{202e}b", 10).is_err());
}

#[test]
fn names_that_nobody_can_see_are_refused() {
    for name in ["\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}", "\u{200e}\u{200f}", "\u{e0041}", "\u{301}", "-"] {
        assert!(text::name("name", name, text::NAME).is_err(), "{name:?}");
    }
    let tower = format!("a{}", "\u{301}".repeat(20));
    assert!(text::name("name", &tower, text::NAME).is_err());
    for name in [
        "bo\u{200f}b",
        "bo\u{200d}b",
        "b\u{feff}ob",
        "bo\u{fe0f}b",
        "\u{2060}bob",
        "bo\u{61c}b",
        "ä\u{200d}",
        "a\u{ad}b",
    ] {
        assert!(text::name("name", name, text::NAME).is_err(), "{name:?}");
    }
    for status in ["\u{200b}", "\u{2800}", "\u{202e}"] {
        assert!(text::line("status", status, text::LINE).is_err(), "{status:?}");
    }
    for name in ["می\u{200c}خواهم", "क्\u{200d}ष", "1\u{fe0f}\u{20e3}", "❤\u{fe0f}", "🏴\u{e0067}\u{e0062}\u{e007f}"]
    {
        assert!(text::name("name", name, text::NAME).is_ok(), "{name:?}");
    }
    for name in ["日本", "🌱", "👨\u{200d}👩\u{200d}👧", "Nguyễn", "ครัว", "עברית", "C3"] {
        assert!(text::name("name", name, text::NAME).is_ok(), "{name:?}");
    }
}

#[test]
fn an_emoji_is_one_picture_in_one_form() {
    for (given, kept) in [
        ("👍", "👍"),
        ("👍🏽", "👍🏽"),
        ("❤", "❤\u{fe0f}"),
        ("❤\u{fe0f}", "❤\u{fe0f}"),
        ("🇩🇪", "🇩🇪"),
        ("1\u{20e3}", "1\u{fe0f}\u{20e3}"),
        ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
        ("🏳\u{fe0f}\u{200d}🌈", "🏳\u{200d}🌈"),
        ("✌🏿", "✌🏿"),
        (
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        ),
    ] {
        assert_eq!(emoji::one("emoji", given).ok().as_deref(), Some(kept), "{given:?}");
    }
    let long = ["👩"; 10].join("\u{200d}");
    for wrong in [
        "",
        "a",
        "ä",
        "👍👍",
        "👍 ",
        "\u{200d}",
        "👍\u{200d}",
        "\u{fe0f}",
        "🇩",
        "12",
        ":+1:",
        "👍\u{0}",
        "👍\u{e0067}",
        "日",
        &long,
    ] {
        assert!(emoji::one("emoji", wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn the_page_names_every_rule() {
    let page = include_str!("../../../docs/PROTOCOL.md");
    for rule in Rule::ALL {
        assert!(page.contains(&format!("`{}` (", rule.name())), "docs/PROTOCOL.md does not name {rule:?}");
    }
    let refused = text::message("text", " ").unwrap_err().to_json();
    assert_eq!(refused["rule"], "empty");
    assert_eq!(names::check("admin").err().unwrap().to_json()["rule"], "reserved");
    assert!(Refusal::value("wait", "it is odd").to_json().get("rule").is_none());
}
