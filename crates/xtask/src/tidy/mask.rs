//! Blanks strings and comments, so that the rules can count braces and find words in what is left.

#[cfg(test)]
mod tests;

/// Walks the bytes of a text and copies each either as it is or as a space; line ends always stay.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    out: Vec<u8>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, out: Vec::with_capacity(text.len()) }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn starts_with(&self, word: &[u8]) -> bool {
        self.bytes[self.at.min(self.bytes.len())..].starts_with(word)
    }

    fn keep(&mut self) {
        self.out.push(self.peek(0));
        self.at += 1;
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            if self.done() {
                return;
            }
            self.out.push(if self.peek(0) == b'\n' { b'\n' } else { b' ' });
            self.at += 1;
        }
    }

    fn blank_line(&mut self) {
        while !self.done() && self.peek(0) != b'\n' {
            self.blank(1);
        }
    }

    /// Blanks up to and with `end`; a backslash takes the next byte with it if `escapes`.
    fn blank_through(&mut self, end: &[u8], escapes: bool) {
        while !self.done() && !self.starts_with(end) {
            self.blank(if escapes && self.peek(0) == b'\\' { 2 } else { 1 });
        }
        self.blank(end.len());
    }

    /// The last byte kept that is not white space.
    fn last_kept(&self) -> u8 {
        self.out.iter().rev().copied().find(|byte| !byte.is_ascii_whitespace()).unwrap_or(0)
    }

    /// The word that ends where the walk stands, as far as it was kept.
    fn word_before(&self) -> &[u8] {
        let end = self.out.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
        let start = self.out[..end].iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
        &self.out[start..end]
    }

    fn text(self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// Rust: line and nested block comments, strings, raw strings, byte and C strings, characters (not lifetimes).
pub(super) fn rust(text: &str) -> String {
    let mut walk = Walk::new(text);
    while !walk.done() {
        let in_word = walk.out.last().is_some_and(|byte| is_word(*byte));
        match (walk.peek(0), walk.peek(1)) {
            (b'/', b'/') => walk.blank_line(),
            (b'/', b'*') => rust_block_comment(&mut walk),
            (b'"', _) => {
                walk.blank(1);
                walk.blank_through(b"\"", true);
            }
            (b'r', b'"' | b'#') if !in_word => rust_raw_string(&mut walk, 1),
            (b'b' | b'c', b'r') if !in_word && matches!(walk.peek(2), b'"' | b'#') => rust_raw_string(&mut walk, 2),
            (b'\'', _) => rust_quote(&mut walk),
            _ => walk.keep(),
        }
    }
    walk.text()
}

fn rust_block_comment(walk: &mut Walk<'_>) {
    let mut depth = 0;
    while !walk.done() {
        if walk.starts_with(b"/*") {
            depth += 1;
            walk.blank(2);
        } else if walk.starts_with(b"*/") {
            depth -= 1;
            walk.blank(2);
            if depth == 0 {
                return;
            }
        } else {
            walk.blank(1);
        }
    }
}

/// At the `r` (or before it, `letters` in all): a raw string, or a raw identifier, which stays.
fn rust_raw_string(walk: &mut Walk<'_>, letters: usize) {
    let mut hashes = 0;
    while walk.peek(letters + hashes) == b'#' {
        hashes += 1;
    }
    if walk.peek(letters + hashes) != b'"' {
        walk.keep();
        return;
    }
    walk.blank(letters + hashes + 1);
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    walk.blank_through(&end, false);
}

/// A character is blanked whole; of a lifetime only the quote.
fn rust_quote(walk: &mut Walk<'_>) {
    if walk.peek(1) == b'\\' {
        walk.blank(3);
        walk.blank_through(b"'", false);
        return;
    }
    let width = match walk.peek(1) {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    walk.blank(if walk.peek(1 + width) == b'\'' { 2 + width } else { 1 });
}

/// TypeScript and JavaScript: comments, strings, templates (what stands in `${}` stays), regular expressions.
pub(super) fn script(text: &str) -> String {
    let mut walk = Walk::new(text);
    // One entry for each template that we are inside of: how many braces are open in its `${`.
    let mut templates: Vec<usize> = Vec::new();
    while !walk.done() {
        match (walk.peek(0), walk.peek(1)) {
            (b'/', b'/') => walk.blank_line(),
            (b'/', b'*') => {
                walk.blank(2);
                walk.blank_through(b"*/", false);
            }
            (b'/', _) if regex_may_start(&walk) => script_regex(&mut walk),
            (quote @ (b'"' | b'\''), _) => {
                walk.blank(1);
                walk.blank_through(&[quote], true);
            }
            (b'`', _) => {
                walk.blank(1);
                script_template(&mut walk, &mut templates);
            }
            (b'{', _) => {
                if let Some(open) = templates.last_mut() {
                    *open += 1;
                }
                walk.keep();
            }
            (b'}', _) => match templates.last_mut() {
                Some(0) => {
                    templates.pop();
                    walk.blank(1);
                    script_template(&mut walk, &mut templates);
                }
                Some(open) => {
                    *open -= 1;
                    walk.keep();
                }
                None => walk.keep(),
            },
            _ => walk.keep(),
        }
    }
    walk.text()
}

/// Inside a template: blanks to its end, or to the next `${`, which it notes.
fn script_template(walk: &mut Walk<'_>, templates: &mut Vec<usize>) {
    while !walk.done() {
        if walk.starts_with(b"`") {
            walk.blank(1);
            return;
        }
        if walk.starts_with(b"${") {
            walk.blank(2);
            templates.push(0);
            return;
        }
        walk.blank(if walk.peek(0) == b'\\' { 2 } else { 1 });
    }
}

/// A slash divides after a value and opens a regular expression after anything else.
fn regex_may_start(walk: &Walk<'_>) -> bool {
    match walk.last_kept() {
        0 | b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b'}' | b';' | b'+' | b'>' => true,
        _ => matches!(walk.word_before(), b"return" | b"typeof" | b"case" | b"in" | b"of"),
    }
}

fn script_regex(walk: &mut Walk<'_>) {
    walk.blank(1);
    let mut in_class = false;
    while !walk.done() && walk.peek(0) != b'\n' {
        match walk.peek(0) {
            b'\\' => walk.blank(1),
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => {
                walk.blank(1);
                return;
            }
            _ => {}
        }
        walk.blank(1);
    }
}

/// Blanks everything of a Svelte file but what stands between its script tags.
pub(super) fn outside_script_tags(text: &str) -> String {
    let mut walk = Walk::new(text);
    let mut inside = false;
    while !walk.done() {
        if walk.starts_with(b"<script") {
            walk.blank_through(b">", false);
            inside = true;
        } else if walk.starts_with(b"</script") {
            walk.blank_through(b">", false);
            inside = false;
        } else if inside {
            walk.keep();
        } else {
            walk.blank(1);
        }
    }
    walk.text()
}

/// Python: comments, strings and triple-quoted strings.
pub(super) fn python(text: &str) -> String {
    let mut walk = Walk::new(text);
    while !walk.done() {
        match walk.peek(0) {
            b'#' => walk.blank_line(),
            quote @ (b'"' | b'\'') => {
                let triple = [quote; 3];
                if walk.starts_with(&triple) {
                    walk.blank(3);
                    walk.blank_through(&triple, true);
                } else {
                    walk.blank(1);
                    walk.blank_through(&[quote], true);
                }
            }
            _ => walk.keep(),
        }
    }
    walk.text()
}

/// A letter, a digit, an underscore or a part of a character outside ASCII.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
