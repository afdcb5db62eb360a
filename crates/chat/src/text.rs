//! Checks of what people write: lengths, and characters that would harm other people's screens.

use crate::Refusal;
use crate::rule::Rule;
use unicode_normalization::char::is_combining_mark;

/// The most characters of a message.
pub(crate) const MESSAGE: usize = 10_000;
/// The most characters of a room's name, a display name, a subject.
pub(crate) const NAME: usize = 80;
/// The most characters of a topic, a status.
pub(crate) const LINE: usize = 250;

/// The most combining marks on one letter.
const MARKS: usize = 4;

/// One line: trimmed, no control characters, nothing that turns the writing direction, nothing invisible but what joins
/// or varies the letters beside it; may be empty.
pub(crate) fn line(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > limit {
        return Err(Refusal::TooLong { field: field.into(), limit });
    }
    if text.chars().any(|letter| letter.is_control() || is_override(letter)) {
        return Err(Refusal::value(field, Rule::Control));
    }
    if has_stray_marks(text) {
        return Err(Refusal::value(field, Rule::Invisible));
    }
    if has_too_many_marks(text) {
        return Err(Refusal::value(field, Rule::Accents));
    }
    Ok(text.to_owned())
}

/// One line that is not empty.
pub(crate) fn name(field: &str, text: &str, limit: usize) -> Result<String, Refusal> {
    let text = line(field, text, limit)?;
    let seen = |letter: char| letter.is_alphanumeric() || !letter.is_ascii() && !letter.is_whitespace();
    if !text.chars().any(|letter| seen(letter) && !is_invisible(letter) && !is_combining_mark(letter)) {
        return Err(Refusal::value(field, Rule::Empty));
    }
    Ok(text)
}

/// A message: not blank; line ends become `\n`; NUL is refused.
pub(crate) fn message(field: &str, text: &str) -> Result<String, Refusal> {
    let text = imported(field, text)?;
    if text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter)) {
        return Err(Refusal::value(field, Rule::Empty));
    }
    Ok(text)
}

/// A message from elsewhere, where a blank one may stand for something that the source did not write down.
pub(crate) fn imported(field: &str, text: &str) -> Result<String, Refusal> {
    if text.chars().count() > MESSAGE {
        return Err(Refusal::TooLong { field: field.into(), limit: MESSAGE });
    }
    if text.contains('\0') {
        return Err(Refusal::value(field, Rule::Control));
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() })
}

/// Bidirectional overrides and isolates reach beyond the text that holds them (UAX 9).
pub(crate) fn is_override(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether something invisible stands where it joins or varies nothing: such a line looks like another one.
fn has_stray_marks(text: &str) -> bool {
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let after_letter = before.is_some_and(|before: char| !before.is_ascii());
        let stray = match letter {
            // Joiners, between what they join or keep apart: scripts that need them, and emojis.
            '\u{200c}' | '\u{200d}' => !after_letter || letters.peek().is_none_or(char::is_ascii),
            // Variation selectors, also in a key's emoji; tags of a flag.
            '\u{fe00}'..='\u{fe0f}' => !after_letter && letters.peek() != Some(&'\u{20e3}'),
            '\u{180b}'..='\u{180f}' | '\u{e0020}'..='\u{e007f}' => !after_letter,
            letter => is_invisible(letter),
        };
        if stray {
            return true;
        }
        before = Some(letter);
    }
    false
}

/// What leaves no mark on a page: Default_Ignorable_Code_Point (UAX 44) and the blank Braille pattern.
pub(crate) fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a letter carries more marks than any script needs: they would tower over the lines around it.
pub(crate) fn has_too_many_marks(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|letter| {
        run = if is_combining_mark(letter) { run + 1 } else { 0 };
        run > MARKS
    })
}
