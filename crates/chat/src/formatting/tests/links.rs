//! Tests of where a message may lead, and that its words do not say otherwise.

use super::html;
use crate::formatting::addresses;

fn a(href: &str, words: &str) -> String {
    format!("<a href=\"{href}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{words}</a>")
}

#[test]
fn addresses_are_links_without_any_mark() {
    for (text, href, rest) in [
        ("https://x.example/a?b=c#d.", "https://x.example/a?b=c#d", "."),
        ("(https://x.example/a_(b))", "https://x.example/a_(b)", "()"),
        ("\"HTTP://X.example\",", "http://X.example", "&quot;&quot;,"),
        ("https://x.example/*a*_b_~~c~~", "https://x.example/*a*_b_~~c", "~~"),
        ("https://x.example/?$a=1&$b=2", "https://x.example/?$a=1&amp;$b=2", ""),
        ("https://x.example/?a=1&copy;=2", "https://x.example/?a=1&amp;copy;=2", ""),
        ("**https://x.example/**", "https://x.example/", "<strong></strong>"),
        ("见https://x.example/路。", "https://x.example/%E8%B7%AF", "见。"),
        ("https://münchen.example", "https://münchen.example", ""),
        ("http://127.0.0.1:8080/x http", "http://127.0.0.1:8080/x", " http"),
    ] {
        let html = html(text);
        assert!(html.contains(&format!("<a href=\"{href}\" rel=")), "{text:?}: {html}");
        let (before, after) = html.split_once("<a ").unwrap_or_default();
        let after = after.split_once("</a>").unwrap_or_default().1;
        assert_eq!(format!("{before}{after}"), format!("<p>{rest}</p>"), "{text:?}");
    }
    assert_eq!(html("www.x.example"), format!("<p>{}</p>", a("https://www.x.example", "www.x.example")));
    assert_eq!(html("<https://x.example/a> <a@x.example>").matches("<a ").count(), 2);
}

#[test]
fn words_can_lead_somewhere() {
    assert_eq!(
        html("[**here**](https://x.example)"),
        format!("<p>{}</p>", a("https://x.example", "<strong>here</strong>"))
    );
    assert_eq!(
        html("![cat](https://x.example/c.png \"t\")"),
        format!("<p>{}</p>", a("https://x.example/c.png", "cat"))
    );
    assert_eq!(html("[](https://x.example/)"), format!("<p>{}</p>", a("https://x.example/", "https://x.example/")));
    assert_eq!(html("[us](mailto:a@x.example)"), format!("<p>{}</p>", a("mailto:a@x.example", "us")));
}

#[test]
fn only_the_web_and_mail_are_led_to() {
    for text in [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt&colon;alert(1))",
        "[a](java\\script:x)",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "[a](file:///etc/passwd)",
        "[a](/relative)",
        "[a](//x.example)",
        "[a](https:x.example)",
        "[a](https:///x.example)",
        "[a](https://)",
        "[a](mailto:a@x.example?bcc=b@x.example)",
        "![a](javascript:alert(1))",
        "<javascript:alert(1)>",
        "<data:x>",
        "javascript:alert(1) ftp://x.example xhttps://x.example",
        "handlers[0](event)",
    ] {
        assert!(!html(text).contains("<a "), "{text:?}: {}", html(text));
    }
    assert_eq!(html("handlers[0](event)"), "<p>handlers[0](event)</p>");
    assert_eq!(html("[a](javascript:b 'c')").replace("&quot;", "'"), "<p>[a](javascript:b 'c')</p>");
}

#[test]
fn who_hides_what_is_reached_makes_no_link() {
    for target in [
        "https://bank.example@evil.example/",
        "http://u:p@x.example",
        "https://bank.example\\@evil.example",
        "https://evil.example\\.bank.example",
        "https://bank.example%2f.evil.example",
        "https://bank.example\u{2044}x.evil.example",
        "https://b\u{430}nk.example",
        "https://\u{430}\u{440}\u{440}\u{4cf}\u{435}.com",
        "https://\u{ff42}ank.example",
        "https://bank\u{3002}example",
        "https://ba\u{200b}nk.example",
        "https://x.example/\u{202e}gpj.exe",
        "https://x..example",
        "https://x.example:99999999/",
        "https://x.example:/",
    ] {
        assert_eq!(addresses::check(target), None, "{target:?}");
    }
    for target in [
        "https://пример.рф/a",
        "https://日本語.jp",
        "https://ドメイン名例.jp",
        "https://xn--80ak6aa92e.com",
        "https://[::1]:8080/a",
        "https://example.com.",
        "https://ไทย.ไทย",
        "https://x.example/a@b",
    ] {
        assert!(addresses::check(target).is_some() || target.contains('@'), "{target:?}");
    }
}

#[test]
fn words_that_look_like_another_address_say_where_they_lead() {
    let led = a("https://evil.example/", "https://evil.example/");
    for words in [
        "https://bank.example",
        "bank.example",
        "www.bank.example/login",
        "go to bank.example now",
        "bank\u{ff0e}example",
        "bank.example\u{2044}login",
        "**bank**.example",
    ] {
        let html = html(&format!("[{words}](https://evil.example/)"));
        assert!(html.ends_with(&format!(" ({led})</p>")), "{words:?}: {html}");
    }
    for (words, target) in [
        ("bank.example", "https://www.bank.example/login"),
        ("https://Bank.example/a", "https://bank.example/b"),
        ("the docs (v1.2.3), e.g. these", "https://evil.example/"),
        ("Look...", "https://evil.example/"),
        ("a@x.example", "mailto:a@x.example"),
    ] {
        let html = html(&format!("[{words}]({target})"));
        assert!(html.starts_with("<p><a "), "{words:?}: {html}");
    }
    assert!(html("[a@bank.example](mailto:a@evil.example)").contains(" (<a "));
    assert!(html("[a\u{202e}b](https://evil.example/)").contains(" (<a "));
}
