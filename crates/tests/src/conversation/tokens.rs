//! A line of a conversation, cut into words.

use crate::{Outcome, fail};

/// Words that make a device of a person's name: `Ada's phone`. A `tab` shares the session of the person's first device.
const DEVICES: [&str; 4] = ["phone", "tablet", "laptop", "tab"];

/// One word of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// A plain word, an emoji, or a colon.
    Word(&'a str),
    /// A person or a device: `Ada`, `Ada's phone`.
    Who(&'a str),
    /// Words between quotation marks; `\"`, `\\` and `\n` are understood.
    Text(String),
    /// `#garden`, without the sign.
    Room(&'a str),
    /// `#12`, a message of the room that is spoken of.
    Seq(u64),
    Number(u64),
}

/// Cuts `line` into words; commas are for the reader.
pub(super) fn cut(line: &str) -> Outcome<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' => text(rest)?,
            '#' => sign(rest),
            ':' => (Token::Word(":"), 1),
            ',' => {
                rest = rest[1..].trim_start();
                continue;
            }
            first if first.is_uppercase() => who(rest),
            first if !first.is_ascii() && !first.is_alphanumeric() => emoji(rest),
            _ => plain(rest),
        };
        if length == 0 {
            fail!("a word is expected at `{rest}`");
        }
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn text(rest: &str) -> Outcome<(Token<'_>, usize)> {
    let mut said = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((Token::Text(said), at + 1)),
            '\\' => match letters.next() {
                Some((_, 'n')) => said.push('\n'),
                Some((_, other @ ('"' | '\\'))) => said.push(other),
                _ => fail!("after a backslash only n, \" and \\ are understood: {rest}"),
            },
            other => said.push(other),
        }
    }
    fail!("a quotation does not end: {rest}")
}

fn sign(rest: &str) -> (Token<'_>, usize) {
    let length = 1 + word(&rest[1..]);
    let name = &rest[1..length];
    (name.parse().map_or(Token::Room(name), Token::Seq), length)
}

fn who(rest: &str) -> (Token<'_>, usize) {
    let length = word(rest);
    if let Some(after) = rest[length..].strip_prefix("'s ") {
        let device = word(after);
        if DEVICES.contains(&&after[..device]) {
            let length = length + "'s ".len() + device;
            return (Token::Who(&rest[..length]), length);
        }
    }
    (Token::Who(&rest[..length]), length)
}

fn plain(rest: &str) -> (Token<'_>, usize) {
    let length = word(rest);
    let word = &rest[..length];
    (word.parse().map_or(Token::Word(word), Token::Number), length)
}

fn emoji(rest: &str) -> (Token<'_>, usize) {
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    (Token::Word(&rest[..length]), length)
}

fn word(rest: &str) -> usize {
    rest.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '_' | '.')).unwrap_or(rest.len())
}
