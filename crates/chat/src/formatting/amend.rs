//! What is changed in a message's source where Markdown alone would surprise people who chat.
//!
//! A line like `[x]: y` would vanish, as the definition of a link; prices would be taken for mathematics; stars and
//! dashes within an address for emphasis. The parser says where that happened, and parses once more.

use super::addresses;
use std::ops::Range;

/// Everybody's shrug has a stroke that escapes its hand.
const SHRUG: &str = r"¯\_(ツ)_/¯";

/// A stretch of the source that the parser took for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Code, raw HTML, an address in brackets.
    Verbatim,
    Maths,
    /// A link with words, or a picture.
    Link,
}

/// What the parser saw that matters here.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) taken: Vec<(Taken, Range<usize>)>,
    /// Unbroken text without entities.
    pub(super) texts: Vec<Range<usize>>,
    pub(super) definitions: bool,
    /// Something between two dollar signs is hardly mathematics.
    pub(super) money: bool,
}

/// The source as it must be parsed instead; none where it was parsed well.
pub(super) fn amended(source: &str, seen: &Seen) -> Option<String> {
    let mut inserts: Vec<(usize, char)> = Vec::new();
    if seen.definitions {
        let places: Vec<usize> = source.match_indices("]:").map(|(at, _)| at).collect();
        let within = places_within(&places, seen, |taken| taken != Taken::Link);
        inserts.extend(places.iter().zip(within).filter(|(_, within)| !within).map(|(at, _)| (at + 1, '\\')));
    }
    if source.contains("://") || source.contains("www.") {
        let bare = addresses::bare(source);
        let places: Vec<usize> = bare.iter().map(|range| range.start).collect();
        let within = places_within(&places, seen, |taken| taken != Taken::Maths);
        for (range, within) in bare.into_iter().zip(within) {
            let at = seen.texts.partition_point(|text| text.end < range.end);
            let whole = seen.texts.get(at).is_some_and(|text| text.start <= range.start && range.end <= text.end);
            if !within && !whole && !source[range.clone()].starts_with(['w', 'W']) {
                inserts.extend([(range.start, '<'), (range.end, '>')]);
            }
        }
    }
    if source.contains(SHRUG) {
        let places: Vec<usize> = source.match_indices(SHRUG).map(|(at, _)| at).collect();
        let within = places_within(&places, seen, |_| true);
        let plain = places.iter().zip(within).filter(|(_, within)| !within);
        // Its stroke, and both its hands.
        inserts.extend(plain.flat_map(|(at, _)| [at + 2, at + 3, at + SHRUG.len() - 4].map(|at| (at, '\\'))));
    }
    if inserts.is_empty() {
        return seen.money.then(|| source.to_owned());
    }
    inserts.sort_by_key(|(at, _)| *at);
    let mut amended = String::with_capacity(source.len() + inserts.len());
    let mut from = 0;
    for (at, sign) in inserts {
        amended.push_str(&source[from..at]);
        amended.push(sign);
        from = at;
    }
    amended.push_str(&source[from..]);
    Some(amended)
}

/// For each of some rising places, whether it stands within what was taken for something of a kind.
fn places_within(places: &[usize], seen: &Seen, kind: impl Fn(Taken) -> bool) -> Vec<bool> {
    let mut ranges: Vec<&Range<usize>> =
        seen.taken.iter().filter(|(taken, _)| kind(*taken)).map(|(_, range)| range).collect();
    ranges.sort_by_key(|range| range.start);
    let (mut next, mut reach) = (0, 0);
    places
        .iter()
        .map(|place| {
            while let Some(range) = ranges.get(next).filter(|range| range.start <= *place) {
                reach = reach.max(range.end);
                next += 1;
            }
            *place < reach
        })
        .collect()
}
