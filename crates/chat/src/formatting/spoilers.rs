//! Spoilers: words between `||` and `||` that are seen when they are asked for.

use super::tree::Inline;

/// Makes spoilers of what stands between two marks in one run of words. A mark before a space opens none, one after a
/// space closes none, and more than two bars are no mark, so that conditions of programs stay what they are.
pub(super) fn fold(words: Vec<Inline>) -> Vec<Inline> {
    if !words.iter().any(|inline| matches!(inline, Inline::Text(text) if text.contains("||"))) {
        return words;
    }
    let parts = cut(words);
    let mut folded = Vec::with_capacity(parts.len());
    // Where the words began that may be hidden.
    let mut opened: Option<usize> = None;
    for part in parts {
        match (part, opened) {
            (Part::Mark { closes: true, .. }, Some(at)) if at + 1 < folded.len() => {
                let hidden = folded.split_off(at + 1);
                folded.truncate(at);
                folded.push(Inline::Spoiler(hidden));
                opened = None;
            }
            (Part::Mark { opens, .. }, _) => {
                opened = if opens { Some(folded.len()) } else { opened };
                folded.push(Inline::Text("||".into()));
            }
            (Part::Inline(inline), _) => folded.push(inline),
        }
    }
    folded
}

enum Part {
    Inline(Inline),
    Mark { opens: bool, closes: bool },
}

/// The words, with the marks among them apart.
fn cut(words: Vec<Inline>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (at, inline) in words.iter().enumerate() {
        let Inline::Text(text) = inline else {
            parts.push(Part::Inline(inline.clone()));
            continue;
        };
        let (mut from, mut seen) = (0, 0);
        while let Some(found) = text[seen..].find("||").map(|found| seen + found) {
            let bars = text[found..].len() - text[found..].trim_start_matches('|').len();
            seen = found + bars;
            if bars > 2 {
                continue;
            }
            if found > from {
                parts.push(Part::Inline(Inline::Text(text[from..found].to_owned())));
            }
            let stands = |beside: Option<char>, neighbour: Option<&Inline>| match beside {
                Some(letter) => !letter.is_whitespace(),
                None => neighbour.is_some_and(|inline| !matches!(inline, Inline::Break)),
            };
            let before = at.checked_sub(1).and_then(|before| words.get(before));
            parts.push(Part::Mark {
                opens: stands(text[seen..].chars().next(), words.get(at + 1)),
                closes: stands(text[..found].chars().next_back(), before),
            });
            from = seen;
        }
        if from < text.len() {
            parts.push(Part::Inline(Inline::Text(text[from..].to_owned())));
        }
    }
    parts
}
