//! Mentions: whom `@name` in a text means.

use crate::{Chat, Refusal, formatting, names};

/// The most different names that are looked up for one message.
const MOST: usize = 50;

/// The name that means everybody in the room; nobody is called that (`names.rs`).
const ALL: &str = "all";

/// The ids of the people whom a text mentions, each once, and whether it mentions everybody.
pub(crate) async fn find(chat: &Chat, text: &str) -> Result<(Vec<String>, bool), Refusal> {
    let mut keys = spoken(text);
    let named = keys.len();
    keys.retain(|key| key != ALL);
    let all = keys.len() < named;
    if keys.is_empty() {
        return Ok((Vec::new(), all));
    }
    let mut ids: Vec<_> = chat.store.users_named(&keys).await?.into_iter().map(|(_, id)| id).collect();
    ids.sort();
    ids.dedup();
    Ok((ids, all))
}

/// The keys of the names after `@` in a message, without what stands in code, mathematics and addresses.
pub(crate) fn spoken(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for key in formatting::spoken(text).iter().flat_map(|words| keys(words)) {
        if !found.contains(&key) {
            found.push(key);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The keys of the names after `@` in a text. `@` inside a word (an address) is none; dots and dashes at the end of
/// a name may be the sentence's own, so the name is also tried without them.
pub(crate) fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let starts =
            letter == '@' && !before.is_some_and(|before: char| names::is_name_letter(before) || before == '@');
        before = Some(letter);
        if !starts {
            continue;
        }
        let rest = &text[at + 1..];
        let end = rest.char_indices().take(33).find(|(_, letter)| !names::is_name_letter(*letter));
        let name = &rest[..end.map_or(rest.char_indices().nth(33).map_or(rest.len(), |(at, _)| at), |(at, _)| at)];
        let bare = name.trim_end_matches(['.', '-', '_']);
        for key in [Some(bare), (bare != name).then_some(name)].into_iter().flatten().filter_map(names::key) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.len() >= MOST {
            break;
        }
    }
    keys
}
