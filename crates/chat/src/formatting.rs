//! Formatting: what Markdown in a message means, parsed here and nowhere else.
//!
//! Markdown → [`tree`] → HTML of a few known elements, or plain text. Raw HTML is text. Whatever the input, the work is
//! bounded, and what does not fit the limits is not formatted: it stays the text that it is.

mod addresses;
mod amend;
mod html;
mod markdown;
mod plain;
mod spoilers;
mod tree;
mod words;

#[cfg(test)]
mod tests;

use crate::caller::Actor;
use crate::{Chat, Refusal, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tree::{Block, Inline};

/// A message as HTML; none where it says no more than its text does, or does not fit the limits.
pub(crate) fn shown(text: &str) -> Option<String> {
    if !may_be_formatted(text) {
        return None;
    }
    let blocks = markdown::parse(text)?;
    if is_ordinary(text, &blocks) || !tree::say_something(&blocks) {
        return None;
    }
    Some(html::of(&blocks)).filter(|html| html.len() <= html::most(text))
}

/// A message in plain words, its spoilers hidden.
pub(crate) fn in_words(text: &str) -> String {
    match may_be_formatted(text).then(|| markdown::parse(text)).flatten() {
        Some(blocks) => plain::of(&blocks),
        None => text.to_owned(),
    }
}

/// The stretches of a message in which `@name` means somebody: not in code, mathematics and addresses.
pub(crate) fn spoken(text: &str) -> Vec<String> {
    match may_be_formatted(text).then(|| markdown::parse(text)).flatten() {
        Some(blocks) => tree::spoken(&blocks),
        None => vec![text.to_owned()],
    }
}

/// `messages.preview`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// Up to 10,000 characters.
    pub text: String,
}

/// How a message with that text would be shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Previewed {
    pub html: String,
}

pub(crate) async fn preview(_: Chat, _: Actor, input: Preview) -> Result<Previewed, Refusal> {
    let text = text::imported("text", &input.text)?;
    let html = shown(&text).unwrap_or_else(|| html::of(&markdown::as_it_is(&text)));
    Ok(Previewed { html })
}

/// Whether parsing could find anything: most messages hold none of these signs, and looking is cheaper than parsing.
fn may_be_formatted(text: &str) -> bool {
    text.bytes().any(|byte| b"*_~`[|$\\&<>#".contains(&byte))
        || text.contains("://")
        || text.contains("www.")
        || text.lines().any(|line| {
            let words = line.trim_start_matches([' ', '\t']);
            line.starts_with('\t') || line.len() - words.len() >= 4 || words.starts_with(['-', '+', '=']) || {
                let rest = words.trim_start_matches(|letter: char| letter.is_ascii_digit());
                rest.len() < words.len() && rest.starts_with(['.', ')'])
            }
        })
}

/// Whether the text, with its own spaces and lines, shows all that there is to show.
fn is_ordinary(text: &str, blocks: &[Block]) -> bool {
    let ordinary = |inline: &Inline| matches!(inline, Inline::Text(_) | Inline::Break);
    let all = blocks.iter().all(|block| matches!(block, Block::Paragraph(inlines) if inlines.iter().all(ordinary)));
    all && text.split_whitespace().eq(plain::of(blocks).split_whitespace())
}
