//! The order of our crates, what their manifests may say, and the budget and the bans of `Cargo.lock`.

#[cfg(test)]
mod tests;

use std::path::Path;

use toml::{Table, Value};

use super::Breach;
use super::source::Source;

/// The most packages that `Cargo.lock` may hold, our own eight among them. Each is code that somebody must trust, build
/// on two processors and keep up to date. 255 were needed by what the first issue decided on (axum and hyper, rusqlite,
/// argon2, schemars, jiff with its time zones, tokio; reqwest for tests alone). PostgreSQL brought 54 (tokio-postgres
/// with its protocol, rustls with ring; a third of them are for systems that we do not build for), the bus between nodes
/// 18 more (async-nats), the doctor rustix and reqwest's TLS. The rest is room for small updates. Raising it needs a
/// reason in the commit.
const LOCK_BUDGET: usize = 345;

/// Each crate of ours, and which of ours it may depend on.
const ORDER: [(&str, &[&str]); 8] = [
    ("socketio", &[]),
    ("hub", &[]),
    ("store", &[]),
    ("chat", &["store", "hub"]),
    ("server", &["chat", "socketio"]),
    ("tests", &[]),
    ("swarm", &[]),
    ("xtask", &["chat"]),
];

/// Crates that must not come in, with the reason.
const BANNED: [(&str, &str); 9] = [
    ("openssl", "rustls with ring is the one TLS stack"),
    ("openssl-sys", "rustls with ring is the one TLS stack"),
    ("native-tls", "rustls with ring is the one TLS stack"),
    ("aws-lc-rs", "ring is the one provider of cryptography for TLS"),
    ("aws-lc-sys", "ring is the one provider of cryptography for TLS"),
    ("aws-lc-fips-sys", "ring is the one provider of cryptography for TLS"),
    ("sqlx", "rusqlite links SQLite, and two cannot"),
    ("sqlx-core", "rusqlite links SQLite, and two cannot"),
    ("chrono", "jiff is the one library for times"),
];

pub(super) fn check_file(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    match source.path.split('/').collect::<Vec<_>>().as_slice() {
        ["Cargo.lock"] => lock(source, breaches),
        ["crates", krate, "Cargo.toml"] => manifest(source, krate, breaches),
        _ => {}
    }
}

pub(super) fn note_budget(root: &Path) -> Option<String> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).ok()?;
    Some(format!("Cargo.lock: {} packages of at most {LOCK_BUDGET}", packages(&lock).count()))
}

/// Each package's line (counted from 1) and name.
fn packages(lock: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = lock.lines().enumerate();
    std::iter::from_fn(move || {
        lines.find(|(_, line)| *line == "[[package]]")?;
        let (at, line) = lines.next()?;
        Some((at + 1, line.strip_prefix("name = ").unwrap_or(line).trim_matches('"')))
    })
}

fn lock(source: &Source<'_>, breaches: &mut Vec<Breach>) {
    let count = packages(source.text).count();
    if count > LOCK_BUDGET {
        let what = format!(
            "{count} packages, more than {LOCK_BUDGET}; do without, or raise LOCK_BUDGET in crates/xtask/src/tidy/crates.rs \
             with a reason in the commit"
        );
        breaches.push(Breach::new(source.path, 1, what));
    }
    for (line, name) in packages(source.text) {
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            let what = format!("`{name}` is banned: {reason}; `cargo tree -i {name}` shows who brings it");
            breaches.push(Breach::new(source.path, line, what));
        }
    }
}

fn manifest(source: &Source<'_>, krate: &str, breaches: &mut Vec<Breach>) {
    let mut breach = |line: usize, what: String| breaches.push(Breach::new(source.path, line, what));
    let manifest: Table = match source.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return breach(1, format!("is not TOML: {error}")),
    };
    let Some((_, may)) = ORDER.iter().find(|(name, _)| *name == krate) else {
        return breach(
            1,
            format!("`{krate}` has no place in the house; give it one in ORDER in xtask's tidy/crates.rs"),
        );
    };
    if manifest.contains_key("features") {
        let line = line_of(source.text, "[features]");
        breach(line, "Cargo features switch the product; choose at run time instead".to_owned());
    }
    if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
        breach(1, "takes no part in the lints of the workspace; add `[lints]` with `workspace = true`".to_owned());
    }
    for (name, wanted) in dependencies(&manifest) {
        let line = line_of(source.text, name);
        if ORDER.iter().any(|(ours, _)| *ours == name) && !may.contains(&name) {
            let allowed = if may.is_empty() { "none of ours".to_owned() } else { may.join(" and ") };
            breach(
                line,
                format!("`{krate}` may depend on {allowed}, not on `{name}`; move the code to where it belongs"),
            );
        }
        if wanted.get("workspace") != Some(&Value::Boolean(true)) {
            breach(line, format!("`{name}` has a version here; put it into [workspace.dependencies] of the root"));
        }
        if wanted.get("optional").is_some() {
            breach(line, format!("`{name}` is optional, which is a Cargo feature; depend on it or do not"));
        }
    }
}

/// Every dependency of a manifest, of every kind and for every target.
fn dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values()).filter_map(Value::as_table);
    std::iter::once(manifest)
        .chain(targets)
        .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)).filter_map(Value::as_table))
        .flat_map(|table| table.iter().map(|(name, wanted)| (name.as_str(), wanted)))
        .collect()
}

fn line_of(text: &str, start: &str) -> usize {
    1 + text.lines().position(|line| line.starts_with(start)).unwrap_or(0)
}
