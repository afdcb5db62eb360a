//! Rules about single files: their length, their first line, marks left behind, names of this machine, inline tests.

#[cfg(test)]
mod tests;

use super::Breach;
use super::mask::is_word;
use super::source::{Language, Source};

/// Lines that a file may have.
const MOST: usize = 600;
/// Lines that a file should have at most; more is worth a note.
const AIM: usize = 300;

// Taken apart, or this file would not keep its own rule.
const MARKS: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
];
const FOLDERS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
const HOSTS: [&str; 6] = [
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("py", "pi.org"),
    concat!("files.", "pythonhosted.org"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
];

pub(super) fn check(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    names_of_this_machine(source, breaches);
    if !source.is_code() || source.is_generated() {
        return;
    }
    first_line(source, breaches);
    let lines = source.text.lines().count();
    if lines > MOST {
        let what = format!("{lines} lines, more than {MOST}; split it by what its parts own");
        breaches.push(Breach::new(source.path, lines, what));
    }
    marks(source, breaches);
    inline_tests(source, breaches);
}

pub(super) fn note_long(source: &Source<'_>, notes: &mut Vec<String>) {
    let lines = source.text.lines().count();
    if source.is_code() && !source.is_generated() && (AIM + 1..=MOST).contains(&lines) {
        notes.push(format!("{}: {lines} lines, over the aim of {AIM}", source.path));
    }
}

fn first_line(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    let (opens, looks_like): (&[&str], &str) = match source.language {
        Language::Rust => (&["//! "], "//! Says …."),
        Language::Script => (&["// ", "/** ", "/* "], "// Says …."),
        Language::Svelte => (&["<!-- "], "<!-- Says …. -->"),
        Language::Style => (&["/* "], "/* Says …. */"),
        Language::Python => (&["\"\"\"", "# "], "\"\"\"Says ….\"\"\""),
        Language::Shell => (&["# "], "# Says …."),
        Language::Sql => (&["-- "], "-- Says …."),
        Language::Conversation => return named_as_a_sentence(source, breaches),
        Language::Other => return,
    };
    let mut lines = source.text.lines().enumerate().skip_while(|(_, line)| line.starts_with("#!/")).peekable();
    let (at, first) = lines.peek().copied().unwrap_or((0, ""));
    let Some(open) = opens.iter().find(|open| first.starts_with(**open)) else {
        let what = format!("the file does not open by saying what it owns; begin with a sentence: `{looks_like}`");
        breaches.push(Breach::new(source.path, at + 1, what));
        return;
    };
    let paragraph: Vec<&str> = lines.map(|(_, line)| comment_text(line, open)).take_while(|l| !l.is_empty()).collect();
    let sentence = paragraph.join(" ");
    if sentence.split_whitespace().count() < 2 || !sentence.contains(['.', ':', '?', '!']) {
        let what = "the first lines are no sentence; say in one, with a full stop, what the file owns";
        breaches.push(Breach::new(source.path, at + 1, what));
    }
}

/// What a conversation shows is its file's name, so that a failure reads aloud.
fn named_as_a_sentence(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    if name.split(' ').count() < 3 {
        let what = "the file's name does not say what the conversation shows; name it with a sentence, spaces and all";
        breaches.push(Breach::new(source.path, 1, what));
    }
}

/// What a line of the opening comment says; nothing if the comment is over.
fn comment_text<'a>(line: &'a str, open: &str) -> &'a str {
    let sign = open.trim_end();
    if let Some(text) = line.strip_prefix(sign) {
        return text.trim();
    }
    let block = sign.starts_with("/*") || sign.starts_with('<') || sign.starts_with('"');
    if block { line.trim_start_matches([' ', '*']).trim() } else { "" }
}

fn marks(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    for (at, line) in source.text.lines().enumerate() {
        for mark in MARKS.into_iter().filter(|mark| stands_alone(line, mark)) {
            let what = format!("`{mark}` is left here; do it, or open an issue and say in words what does not work");
            breaches.push(Breach::new(source.path, at + 1, what));
        }
    }
}

fn stands_alone(line: &str, mark: &str) -> bool {
    let bytes = line.as_bytes();
    line.match_indices(mark).any(|(at, _)| {
        let before = at.checked_sub(1).is_some_and(|before| is_word(bytes[before]));
        let after = bytes.get(at + mark.len()).is_some_and(|byte| is_word(*byte));
        !before && (!after || mark.ends_with('('))
    })
}

fn names_of_this_machine(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    for (at, line) in source.text.lines().enumerate() {
        for folder in FOLDERS.into_iter().filter(|folder| starts_a_path(line, folder)) {
            let what = format!("names a path of one machine, under `{folder}`; make it relative or configurable");
            breaches.push(Breach::new(source.path, at + 1, what));
        }
        for host in HOSTS.into_iter().filter(|host| line.contains(host)) {
            let what = format!("names the registry `{host}`; leave that to each machine's own configuration");
            breaches.push(Breach::new(source.path, at + 1, what));
        }
        if source.path.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\": \"http") {
            let what = "pins a registry's address; run `npm install --omit-lockfile-registry-resolved`";
            breaches.push(Breach::new(source.path, at + 1, what));
        }
    }
}

/// Whether `folder` is the beginning of an absolute path, not the middle of an address or of a relative one.
fn starts_a_path(line: &str, folder: &str) -> bool {
    let bytes = line.as_bytes();
    line.match_indices(folder).any(|(at, _)| {
        let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
        !is_word(before) && !matches!(before, b'.' | b'~' | b'-' | b'/' | b'}' | b'*')
    })
}

/// `#[cfg(test)] mod x { … }`: tests stand in `tests.rs` or `tests/`.
fn inline_tests(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    let attribute = "#[cfg(test)]";
    for (at, _) in source.masked.match_indices(attribute) {
        let item = source.masked[at + attribute.len()..].split([';', '{']).next().unwrap_or_default();
        let is_module = item.split_whitespace().any(|word| word == "mod");
        let has_body = source.masked[at + attribute.len() + item.len()..].starts_with('{');
        if is_module && has_body {
            let line = 1 + source.masked[..at].matches('\n').count();
            let what = "tests stand inline; move them to a `tests.rs` and leave `mod tests;`";
            breaches.push(Breach::new(source.path, line, what));
        }
    }
}
