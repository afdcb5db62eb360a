//! Names that say nothing are banned for files, folders, modules and crates.

#[cfg(test)]
mod tests;

use super::Breach;
use super::source::{Language, Source};

const BANNED: [&str; 9] = ["utils", "common", "helpers", "misc", "core", "manager", "service", "base", "types"];
/// The same words in another number say as little.
const VARIANTS: [&str; 8] = ["util", "commons", "helper", "managers", "services", "cores", "bases", "type"];

/// Looks at each part of a path up to its first dot: `web/src/utils/x.ts`, `types.rs`, `crates/core/Cargo.toml`.
pub(super) fn check_path(path: &str, breaches: &mut Vec<Breach>) {
    if path.starts_with("web/src/contract/") {
        return;
    }
    for part in path.split('/') {
        let stem = part.split('.').next().unwrap_or(part);
        if says_nothing(stem) {
            breaches.push(Breach::new(path, 1, advice(stem)));
        }
    }
}

/// Looks at the modules that a Rust file declares, inline ones too.
pub(super) fn check_modules(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    if source.language != Language::Rust {
        return;
    }
    for (at, line) in source.masked.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let name = if words.any(|word| word == "mod") { words.next() } else { None };
        if let Some(name) = name.filter(|name| says_nothing(name)) {
            breaches.push(Breach::new(source.path, at + 1, advice(name)));
        }
    }
}

fn says_nothing(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    BANNED.contains(&name.as_str()) || VARIANTS.contains(&name.as_str())
}

fn advice(name: &str) -> String {
    format!("`{name}` is a name for anything; name it after what it owns")
}
