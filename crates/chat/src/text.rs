//! Checks of what people write: lengths, and characters that would harm other people's screens.

use crate::Refusal;

/// The most characters of a message.
pub(crate) const MESSAGE: usize = 10_000;
/// The most characters of a room's name, a display name, a subject.
pub(crate) const NAME: usize = 80;
/// The most characters of a topic, a status.
pub(crate) const LINE: usize = 250;

/// One line: trimmed, no control characters, no overrides of the writing direction; may be empty.
pub(crate) fn line(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > limit {
        return Err(Refusal::TooLong { field: field.into(), limit });
    }
    if text.chars().any(|letter| letter.is_control() || is_override(letter)) {
        return Err(Refusal::value(field, "it holds control characters"));
    }
    Ok(text.to_owned())
}

/// One line that is not empty.
pub(crate) fn name(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let text = line(field, text, limit)?;
    if !text.chars().any(|letter| letter.is_alphanumeric() || !letter.is_ascii() && !letter.is_whitespace()) {
        return Err(Refusal::value(field, "it holds no letter or digit"));
    }
    Ok(text)
}

/// A message: not blank; line ends become `\n`; NUL is refused.
pub(crate) fn message(field: &str, text: &str) -> Result<String, Refusal> {
    let text = imported(field, text)?;
    if text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter)) {
        return Err(Refusal::value(field, "it is empty"));
    }
    Ok(text)
}

/// A message from elsewhere, where a blank one may stand for something that the source did not write down.
pub(crate) fn imported(field: &str, text: &str) -> Result<String, Refusal> {
    if text.chars().count() > MESSAGE {
        return Err(Refusal::TooLong { field: field.into(), limit: MESSAGE });
    }
    if text.contains('\0') {
        return Err(Refusal::value(field, "it holds a NUL character"));
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() })
}

/// Bidirectional overrides and isolates reach beyond the text that holds them (UAX 9).
fn is_override(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}') || is_override(letter)
}
