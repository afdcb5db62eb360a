//! A file as the rules see it: its path, its language, its text, and the text with strings and comments blanked.

use super::mask;

/// What a file is written in, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    /// TypeScript and JavaScript.
    Script,
    Svelte,
    Python,
    Shell,
    Sql,
    Style,
    /// A test's conversation.
    Conversation,
    /// Anything else: documents, data, configuration.
    Other,
}

/// One file of the checkout.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) language: Language,
    /// As long as `text`, line for line; strings, comments and (in Svelte) markup are spaces.
    pub(super) masked: String,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        let language = language(path, text);
        let masked = match language {
            Language::Rust => mask::rust(text),
            Language::Script => mask::script(text),
            Language::Svelte => mask::script(&mask::outside_script_tags(text)),
            Language::Python => mask::python(text),
            _ => String::new(),
        };
        Self { path, text, language, masked }
    }

    /// Code that people write, as against documents and data.
    pub(super) fn is_code(&self) -> bool {
        self.language != Language::Other
    }

    /// Made by a program; its length and shape are that program's.
    pub(super) fn is_generated(&self) -> bool {
        self.path.starts_with("web/src/contract/")
    }
}

fn language(path: &str, text: &str) -> Language {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("rs") => Language::Rust,
        Some("ts" | "js" | "mjs" | "cjs" | "mts") => Language::Script,
        Some("svelte") => Language::Svelte,
        Some("py") => Language::Python,
        Some("sh") => Language::Shell,
        Some("sql") => Language::Sql,
        Some("css") => Language::Style,
        Some("txt") if path.contains("/conversations/") => Language::Conversation,
        _ if text.starts_with("#!") && text.lines().next().is_some_and(|line| line.ends_with("sh")) => Language::Shell,
        _ => Language::Other,
    }
}
