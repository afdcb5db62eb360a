//! Strings that are known to run scripts elsewhere: none yields anything but the elements that we make.

use super::strict;
use crate::formatting::{html, markdown, shown};

#[test]
fn no_payload_makes_anything_of_its_own() {
    let path = super::corpora().join("xss-payloads.txt");
    let Ok(bytes) = std::fs::read(&path) else {
        return eprintln!("skipped: there is no {}", path.display());
    };
    let list = String::from_utf8_lossy(&bytes);
    let mut counts = (0, 0);
    for payload in list.lines() {
        for text in [
            payload.to_owned(),
            format!("**{payload}**"),
            format!("[{payload}](https://x.example)"),
            format!("[a]({payload})"),
            format!("[a](<{payload}>)"),
            format!("![a](https://x.example \"{payload}\")"),
            format!("```{payload}\n{payload}\n```"),
            format!("||{payload}|| ${payload}$"),
            format!("|a|\n|-|\n|{payload}|"),
            format!("[a]: {payload}\n\n[a]"),
            format!("<{payload}>"),
        ] {
            counts.0 += 1;
            let Some(blocks) = markdown::parse(&text) else { continue };
            assert_eq!(strict::check(&html::of(&blocks)), Ok(()), "{text:?}");
            counts.1 += usize::from(shown(&text).is_some());
        }
    }
    assert!(counts.0 > 0);
    eprintln!("{} texts from payloads, {} of them with HTML", counts.0, counts.1);
}
