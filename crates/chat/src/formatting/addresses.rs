//! Addresses: which ones a message may lead to, where they stand in a text, and whether words belie them.

use crate::text::{is_invisible, is_override};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::MixedScript;
use unicode_security::confusable_detection::skeleton;

/// Longer addresses stay text: nobody reads them.
const LONGEST: usize = 2_000;

/// Somewhere that a message may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Ready to stand in HTML once it is escaped.
    pub(super) href: String,
    /// Whom it reaches: a host in small letters, or the address of a mailbox.
    reaches: String,
    mail: bool,
}

/// The web and mail, nothing else; nothing that hides what it reaches.
pub(super) fn check(target: &str) -> Option<Address> {
    let hides = |letter: char| letter.is_control() || is_override(letter) || is_invisible(letter);
    if target.len() > LONGEST || target.chars().any(hides) {
        return None;
    }
    let (scheme, rest) = target.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "http" | "https" => {
            let rest = rest.strip_prefix("//")?;
            // What browsers take for the end of a host, and a sign before which a name would pass for one.
            let end = rest.find(['/', '?', '#', '\\', '@']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            if path.starts_with(['\\', '@'])
                || path.split(['/', '?', '#']).next().is_some_and(|part| part.contains('@'))
            {
                return None;
            }
            let host = host(authority)?;
            let mut href = format!("{scheme}://{authority}");
            encode(path, &mut href);
            Some(Address { href, reaches: host, mail: false })
        }
        "mailto" => {
            let (name, at) = rest.rsplit_once('@')?;
            let plain = |letter: char| letter.is_ascii_alphanumeric() || ".!#$%'*+/=^_`{|}~-".contains(letter);
            if name.is_empty() || !name.chars().all(plain) || at.contains(':') {
                return None;
            }
            let reaches = format!("{}@{}", name.to_lowercase(), host(at)?);
            let mut href = String::from("mailto:");
            encode(rest, &mut href);
            Some(Address { href, reaches, mail: true })
        }
        _ => None,
    }
}

/// The host of `host:port` in small letters; none where its letters could be taken for another's.
fn host(authority: &str) -> Option<String> {
    if let Some((six, port)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let well = six.chars().all(|letter| letter.is_ascii_hexdigit() || ":.".contains(letter)) && is_port(port);
        return well.then(|| format!("[{six}]"));
    }
    let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    let host = host.to_lowercase();
    let sound = is_port(port) && host.strip_suffix('.').unwrap_or(&host).split('.').all(is_label);
    // Another spelling of a letter is another's name to the eye, and the same to a browser.
    let known = host.is_ascii() || host.nfkc().eq(host.chars()) && !skeleton(&host).all(|letter| letter.is_ascii());
    (sound && known).then_some(host)
}

fn is_port(port: &str) -> bool {
    let digits = port.strip_prefix(':').unwrap_or_default();
    port.is_empty() || digits.len() <= 5 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    let letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_') || is_combining_mark(letter);
    !label.is_empty() && label.len() <= 255 && label.chars().all(letter) && label.is_single_script()
}

/// As an address is written (RFC 3986): what it may not hold becomes `%XX`, and what is encoded stays so.
fn encode(part: &str, href: &mut String) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.+!*'(),%#@?=;:/&$~".contains(&byte) {
            href.push(char::from(byte));
        } else {
            href.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Whether words look like an address of somebody else: who follows them would be surprised.
pub(super) fn belie(words: &str, address: &Address) -> bool {
    if words.chars().any(|letter| is_override(letter) || is_invisible(letter)) {
        return true;
    }
    let seen: String = words.chars().take(LONGEST).collect();
    let mut names = seen.split_whitespace().filter_map(named);
    if address.mail {
        return names.any(|name| !address.reaches.contains(&name));
    }
    let reached = bare_name(&likeness(&address.reaches)).to_owned();
    names.any(|name| bare_name(&likeness(&name)) != reached)
}

/// What a word would be taken for, letter by letter.
fn likeness(word: &str) -> String {
    skeleton(&word.to_lowercase()).collect::<String>().to_lowercase()
}

fn bare_name(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// The host that a word seems to be about, if it seems to be about one.
fn named(word: &str) -> Option<String> {
    let word: String = word.nfkc().map(|letter| if "․。⋅".contains(letter) { '.' } else { letter }).collect();
    let word = word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    let rest = word.split_once("://").map_or(word.as_str(), |(_, rest)| rest);
    let rest = &rest[..rest.find(['/', '?', '#', '\\', '⁄', '∕', '：', ':']).unwrap_or(rest.len())];
    let name = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (before, last) = name.rsplit_once('.')?;
    let known = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic) || last.starts_with("xn--");
    let labels = !before.is_empty() && before.split('.').all(|label| !label.is_empty());
    (known && labels || word.contains("://")).then(|| name.to_owned())
}

/// Where addresses stand in a text without any mark around them: `https://…`, `http://…` and `www.…`.
pub(super) fn bare(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = next_start(text, from) {
        let end = start + end_of(&text[start..]);
        if check(&full(&text[start..end])).is_some() {
            found.push(start..end);
        }
        from = end.max(start + 4);
    }
    found
}

/// The address that a bare one stands for.
pub(super) fn full(bare: &str) -> String {
    if bare.as_bytes().first().is_some_and(|letter| letter.eq_ignore_ascii_case(&b'w')) {
        return format!("https://{bare}");
    }
    bare.to_owned()
}

fn next_start(text: &str, mut from: usize) -> Option<usize> {
    loop {
        let at = from + text.get(from..)?.find(['h', 'H', 'w', 'W'])?;
        let begins = |prefix: &str| {
            text.as_bytes()[at..].get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
        };
        let alone = text[..at]
            .chars()
            .next_back()
            .is_none_or(|letter| !letter.is_ascii_alphanumeric() && !"@/._-".contains(letter));
        if alone && (begins("https://") || begins("http://") || begins("www.")) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Where an address ends: not with the end of the sentence, nor with a bracket that was opened before it.
fn end_of(text: &str) -> usize {
    let ends = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || is_override(letter)
            || is_invisible(letter)
            || "<>\"`|".contains(letter)
    };
    let mut text = &text[..text.find(ends).unwrap_or(text.len())];
    if text.len() > LONGEST {
        return text.len();
    }
    loop {
        let Some(last) = text.chars().next_back() else { return 0 };
        let count = |letter: char| text.matches(letter).count();
        let outside = match last {
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '}' => count('}') > count('{'),
            _ => ".,;:!?'*_~…。，、；：！？）」』】》”’".contains(last),
        };
        if !outside {
            return text.len();
        }
        text = &text[..text.len() - last.len_utf8()];
    }
}
