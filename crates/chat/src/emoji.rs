//! Emojis: one picture, however many characters it is made of.

use crate::Refusal;

/// The most bytes of one.
const MOST: usize = 64;

const VARIATION: char = '\u{fe0f}';
const JOINER: char = '\u{200d}';

/// One emoji (UTS 51: a picture with its tone, several that are joined, a flag, a key), in one form: a picture of the
/// basic plane is followed by U+FE0F, others are not.
pub(crate) fn one(field: &str, text: &str) -> Result<String, Refusal> {
    let refused = || Refusal::value(field, "it is not one emoji");
    if text.len() > MOST {
        return Err(refused());
    }
    let letters: Vec<char> = text.chars().filter(|letter| *letter != VARIATION).collect();
    match letters[..] {
        [first, second] if is_regional(first) && is_regional(second) => return Ok(letters.iter().collect()),
        ['0'..='9' | '#' | '*', '\u{20e3}'] => return Ok([letters[0], VARIATION, letters[1]].iter().collect()),
        _ => {}
    }
    let mut form = String::with_capacity(MOST);
    for (number, picture) in letters.split(|letter| *letter == JOINER).enumerate() {
        if number > 0 {
            form.push(JOINER);
        }
        let [first, rest @ ..] = picture else { return Err(refused()) };
        if !is_picture(*first) || is_regional(*first) {
            return Err(refused());
        }
        form.push(*first);
        let rest = match rest {
            [tone @ '\u{1f3fb}'..='\u{1f3ff}', rest @ ..] => {
                form.push(*tone);
                rest
            }
            rest => {
                if *first < '\u{10000}' {
                    form.push(VARIATION);
                }
                rest
            }
        };
        if !is_tags(rest) {
            return Err(refused());
        }
        form.extend(rest);
    }
    if form.len() > MOST { Err(refused()) } else { Ok(form) }
}

/// What a flag of a part of a country is spelt with: letters, and at last the end.
fn is_tags(letters: &[char]) -> bool {
    match letters {
        [] => true,
        [tags @ .., '\u{e007f}'] => tags.iter().all(|tag| matches!(tag, '\u{e0030}'..='\u{e007a}')) && !tags.is_empty(),
        _ => false,
    }
}

fn is_regional(letter: char) -> bool {
    matches!(letter, '\u{1f1e6}'..='\u{1f1ff}')
}

/// The blocks in which pictures stand.
fn is_picture(letter: char) -> bool {
    matches!(
        letter,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}'
            | '\u{231a}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2934}' | '\u{2935}'
            | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}'
    )
}
