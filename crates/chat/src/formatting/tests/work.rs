//! That no text makes much work: these are far longer than a message may be, and a parser that tried every pair of
//! signs in them would not end in time.

use super::strict;
use crate::formatting::{markdown, shown};
use crate::text::MESSAGE;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

fn hostile(letters: usize) -> Vec<(&'static str, String)> {
    let fill = |unit: &str| unit.repeat(letters / unit.chars().count());
    vec![
        ("stars", fill("*a ")),
        ("open emphasis", fill("_a **b ")),
        ("closing emphasis", fill("a* ")),
        ("mixed emphasis", fill("*a_ **b__ ")),
        ("brackets", fill("[")),
        ("brackets and words", fill("[a")),
        ("pictures", fill("![")),
        ("links that do not end", fill("[a](<b")),
        ("links in links", format!("{}{}", fill("[ ("), fill("](x)"))),
        ("definitions", fill("[a]: b\n")),
        ("open code", (1..200).map(|n| format!("e{}", "`".repeat(n))).collect::<String>()),
        ("ticks", fill("`a")),
        ("quotes", fill("> ")),
        ("deep lists", (0..140).map(|n| format!("{}- a\n", " ".repeat(n))).collect()),
        ("lists", fill("- ")),
        ("numbers", fill("1. ")),
        ("a wide table", format!("{}\n{}\n{}", "|a".repeat(2000), "|-".repeat(2000), "|\n".repeat(1000))),
        ("a long table", format!("|a|\n|-|\n{}", fill("|b|\n"))),
        ("dollars", fill("$a ")),
        ("double dollars", fill("$$a")),
        ("bars", fill("||a ")),
        ("closing bars", fill("a|| ")),
        ("waves", fill("~~a ~b ")),
        ("entities", fill("&amp;")),
        ("half entities", fill("&a")),
        ("comments", fill("<!--")),
        ("declarations", fill("<!A ")),
        ("instructions", fill("<?")),
        ("data", fill("<![CDATA[")),
        ("tags", fill("<a b=\"")),
        ("less-than", fill("<")),
        ("addresses", fill("https://x.example ")),
        ("an endless address", format!("https://x.example/{}", fill("("))),
        ("closed brackets", format!("https://x.example/{}", fill(")"))),
        ("stars in addresses", fill("https://x.example/*a*b ")),
        ("beginnings of addresses", fill("http")),
        ("more beginnings", fill("www.")),
        ("backslashes", fill("\\")),
        ("breaks", fill("a\n")),
        ("headings", fill("# a\n")),
        ("rules", fill("---\n")),
        ("underlines", fill("a\n=\n")),
        ("fences", fill("```\n")),
        ("spaces", fill(" ")),
        ("deep quotes and lists", fill("> - ")),
        ("look-alikes", format!("[{}](https://x.example)", fill("а.b "))),
    ]
}

#[test]
fn hostile_texts_are_no_work() {
    let mut slowest = (0, "");
    for (name, text) in hostile(MESSAGE) {
        assert!(text.chars().count() <= 3 * MESSAGE, "{name}");
        let start = Instant::now();
        let html = shown(&text);
        let took = start.elapsed().as_micros();
        eprintln!("{took:>8} µs  {name}: {} -> {:?}", text.len(), html.map(|html| html.len()));
        slowest = slowest.max((took, name));
    }
    eprintln!("slowest: {slowest:?}");
}

/// Ten times as much as a message may hold: quadratic work would be a hundred times as much.
#[test]
fn the_work_does_not_explode() {
    for (name, text) in hostile(10 * MESSAGE) {
        let start = Instant::now();
        let blocks = markdown::parse_any(&text);
        eprintln!("{:>8} µs  {name}: {:?}", start.elapsed().as_micros(), blocks.map(|blocks| blocks.len()));
    }
}

/// What people wrote elsewhere: how much of it is formatted, and what that costs.
#[test]
fn a_corpus_of_messages_is_well_formed() {
    let path = super::corpora().join("gitter.jsonl.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        return eprintln!("skipped: there is no {}", path.display());
    };
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines().map_while(Result::ok);
    let step = if cfg!(debug_assertions) { 20 } else { 1 };
    let (mut count, mut with, mut bytes, mut more, mut spent) = (0_u32, 0_u32, 0, 0, Duration::ZERO);
    for line in lines.step_by(step) {
        let value: Value = serde_json::from_str(&line).unwrap_or_default();
        let text = value["text"].as_str().unwrap_or_default();
        let start = Instant::now();
        let html = shown(text);
        spent += start.elapsed();
        (count, bytes) = (count + 1, bytes + text.len());
        if let Some(html) = html {
            assert_eq!(strict::check(&html), Ok(()), "{text:?}");
            (with, more) = (with + 1, more + html.len());
        }
    }
    assert!(count > 0, "{} is empty", path.display());
    let each = spent.as_nanos() as f64 / 1000.0 / f64::from(count);
    eprintln!("{count} messages of {bytes} bytes, {with} with {more} bytes of HTML, {each:.2} µs each");
}
