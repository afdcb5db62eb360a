//! The length of functions, found in masked text by braces or, in Python, by indentation.

#[cfg(test)]
mod tests;

use super::Breach;
use super::mask::is_word;
use super::source::{Language, Source};

/// Lines that a function may have, from its first line to its closing brace.
const MOST: usize = 70;

/// A function as found: where it starts, what it is called, how many lines it has.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    line: usize,
    name: String,
    lines: usize,
}

pub(super) fn check(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    if source.is_generated() {
        return;
    }
    for function in find(source.language, &source.masked) {
        if function.lines > MOST {
            let Function { line, name, lines } = function;
            let what = format!("`{name}` has {lines} lines, more than {MOST}; give its parts names of their own");
            breaches.push(Breach::new(source.path, line, what));
        }
    }
}

fn find(language: Language, masked: &str) -> Vec<Function> {
    match language {
        Language::Rust => in_rust(masked),
        Language::Script | Language::Svelte => in_script(masked),
        Language::Python => in_python(masked),
        _ => Vec::new(),
    }
}

fn in_rust(masked: &str) -> Vec<Function> {
    let bytes = masked.as_bytes();
    words(masked, "fn")
        .filter_map(|at| {
            let (name, after) = name_after(masked, at + 2)?;
            let open = body(bytes, after)?;
            Some(function(masked, at, name, close(bytes, open)))
        })
        .collect()
}

/// Named functions, methods and arrow functions with a body; the callback of a `describe` is a list, not a function.
fn in_script(masked: &str) -> Vec<Function> {
    let bytes = masked.as_bytes();
    let mut found = Vec::new();
    for at in words(masked, "function") {
        let after = masked[at + 8..].trim_start_matches(['*', ' ']);
        let after = masked.len() - after.len();
        let (name, after) = name_after(masked, after).unwrap_or(("function", after));
        found.extend(body(bytes, after).map(|open| function(masked, at, name, close(bytes, open))));
    }
    for (at, _) in masked.match_indices("=>") {
        let open = skip_white(bytes, at + 2);
        let line = line_with(masked, at);
        if bytes.get(open) == Some(&b'{') && !line.contains("describe(") && !line.contains("describe.") {
            found.push(function(masked, at, arrow_name(line), close(bytes, open)));
        }
    }
    found.extend(methods(masked));
    found.sort_by_key(|function| function.line);
    found
}

/// The word before the `=` or `:` that the arrow function is given to.
fn arrow_name(line: &str) -> &str {
    let left = line.split("=>").next().unwrap_or(line);
    let left = left.split(['=', ':', '(']).next().unwrap_or(left).trim();
    left.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty()).unwrap_or("=>")
}

/// Methods: a line that starts with a name, parameters and a brace.
fn methods(masked: &str) -> Vec<Function> {
    const MODIFIERS: [&str; 9] =
        ["async", "static", "get", "set", "public", "private", "protected", "readonly", "override"];
    const STATEMENTS: [&str; 8] = ["if", "for", "while", "switch", "catch", "function", "return", "with"];
    let bytes = masked.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    for line in masked.split_inclusive('\n') {
        let mut at = skip_white(bytes, start);
        start += line.len();
        while let Some((word, after)) = name_after(masked, at) {
            let next = skip_white(bytes, after);
            if MODIFIERS.contains(&word) && bytes.get(next) != Some(&b'(') {
                at = next;
                continue;
            }
            if bytes.get(after) == Some(&b'(') && at < start && !STATEMENTS.contains(&word) {
                let open = pair_end(bytes, after).and_then(|end| brace_after_parameters(bytes, end + 1));
                found.extend(open.map(|open| function(masked, at, word, close(bytes, open))));
            }
            break;
        }
    }
    found
}

/// The brace that follows parameters at once or after a type; nothing if these were the arguments of a call.
fn brace_after_parameters(bytes: &[u8], at: usize) -> Option<usize> {
    let next = skip_white(bytes, at);
    match bytes.get(next) {
        Some(b'{') => Some(next),
        Some(b':') => body(bytes, next + 1),
        _ => None,
    }
}

fn in_python(masked: &str) -> Vec<Function> {
    let lines: Vec<&str> = masked.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let start = start.strip_prefix("async ").unwrap_or(start);
        let Some((name, _)) = start.strip_prefix("def ").and_then(|rest| name_after(rest, 0)) else { continue };
        let inside = lines[at + 1..].iter().take_while(|next| {
            let closes_parameters = next.trim_start().starts_with(')');
            next.trim().is_empty() || indent(next) > indent(line) || closes_parameters
        });
        let last = inside.enumerate().filter(|(_, next)| !next.trim().is_empty()).last().map_or(0, |(n, _)| n + 1);
        found.push(Function { line: at + 1, name: name.to_owned(), lines: last + 1 });
    }
    found
}

fn function(masked: &str, at: usize, name: &str, end: usize) -> Function {
    let line_of = |at: usize| 1 + masked.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
    let line = line_of(at);
    Function { line, name: name.to_owned(), lines: line_of(end) - line + 1 }
}

/// Where `word` stands by itself.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let after = bytes.get(at + word.len());
        !before.is_some_and(|byte| is_word(*byte)) && !after.is_some_and(|byte| is_word(*byte))
    })
}

/// The name after white space at `at`, and where it ends.
fn name_after(text: &str, at: usize) -> Option<(&str, usize)> {
    let start = skip_white(text.as_bytes(), at);
    let length = text.as_bytes()[start..].iter().take_while(|byte| is_word(**byte)).count();
    (length > 0).then(|| (&text[start..start + length], start + length))
}

fn skip_white(bytes: &[u8], at: usize) -> usize {
    at + bytes[at.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The first brace that stands in no parenthesis or bracket; nothing if a semicolon comes before it.
fn body(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Where the brace at `open` is closed, or the end.
fn close(bytes: &[u8], open: usize) -> usize {
    pair_end(bytes, open).unwrap_or(bytes.len().saturating_sub(1))
}

/// Where what opens at `open` is closed.
fn pair_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn line_with(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    &text[start..end]
}
