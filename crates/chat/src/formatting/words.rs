//! What this house does with the words of a line once they are read: links, spoilers, bare addresses.

use super::tree::{Block, Inline};
use super::{addresses, plain, spoilers};

/// A link with words, or what was written where it may not lead there.
pub(super) fn link(opening: &str, words: Vec<Inline>, target: &str, title: &str) -> Vec<Inline> {
    let words = unlinked(words);
    let Some(address) = addresses::check(target) else {
        let title = if title.is_empty() { String::new() } else { format!(" \"{title}\"") };
        let (before, after) = (Inline::Text(opening.to_owned()), Inline::Text(format!("]({target}{title})")));
        return [before].into_iter().chain(words).chain([after]).collect();
    };
    let said = plain::of(&[Block::Words(words.clone())]);
    if said.trim().is_empty() {
        return vec![Inline::Link { href: address.href, words: vec![Inline::Text(target.to_owned())] }];
    }
    if addresses::belie(&said, &address) {
        // The words stay, and say where they lead.
        let led = Inline::Link { href: address.href, words: vec![Inline::Text(target.to_owned())] };
        let tail = [Inline::Text(" (".into()), led, Inline::Text(")".into())];
        return words.into_iter().chain(tail).collect();
    }
    vec![Inline::Link { href: address.href, words: spoilers::fold(words) }]
}

/// `<address>`: the brackets stay where it may not lead there.
pub(super) fn alone_in_brackets(target: &str, words: Vec<Inline>) -> Vec<Inline> {
    match addresses::check(target) {
        Some(address) => vec![Inline::Link { href: address.href, words }],
        None => [Inline::Text("<".into())].into_iter().chain(words).chain([Inline::Text(">".into())]).collect(),
    }
}

/// Pictures among a link's words lead nowhere of their own.
fn unlinked(words: Vec<Inline>) -> Vec<Inline> {
    words
        .into_iter()
        .flat_map(|inline| match inline {
            Inline::Link { words, .. } => unlinked(words),
            Inline::Strong(words) => vec![Inline::Strong(unlinked(words))],
            Inline::Emphasis(words) => vec![Inline::Emphasis(unlinked(words))],
            Inline::Strike(words) => vec![Inline::Strike(unlinked(words))],
            inline => vec![inline],
        })
        .collect()
}

/// Spoilers, then texts that touch each other as one, then bare addresses as links.
pub(super) fn finish(words: Vec<Inline>) -> Vec<Inline> {
    with_addresses(spoilers::fold(words))
}

fn with_addresses(words: Vec<Inline>) -> Vec<Inline> {
    let mut merged: Vec<Inline> = Vec::with_capacity(words.len());
    for inline in words {
        match (merged.last_mut(), inline) {
            (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
            (_, Inline::Spoiler(words)) => merged.push(Inline::Spoiler(with_addresses(words))),
            (_, inline) => merged.push(inline),
        }
    }
    let mut done = Vec::with_capacity(merged.len());
    for inline in merged {
        let Inline::Text(text) = inline else {
            done.push(inline);
            continue;
        };
        let mut from = 0;
        for range in addresses::bare(&text) {
            let bare = &text[range.clone()];
            let Some(address) = addresses::check(&addresses::full(bare)) else { continue };
            if range.start > from {
                done.push(Inline::Text(text[from..range.start].to_owned()));
            }
            done.push(Inline::Link { href: address.href, words: vec![Inline::Text(bare.to_owned())] });
            from = range.end;
        }
        if from < text.len() {
            done.push(Inline::Text(text[from..].to_owned()));
        }
    }
    done
}

/// Text without any meaning, with its lines.
pub(super) fn lines(text: &str) -> Vec<Inline> {
    let mut words = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            words.push(Inline::Break);
        }
        if !line.is_empty() {
            words.push(Inline::Text(line.to_owned()));
        }
    }
    words
}
