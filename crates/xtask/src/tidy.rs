//! Tidy: every rule of the house that no compiler checks, over every file that git knows or would add.

mod crates;
mod functions;
mod lines;
mod mask;
mod names;
mod source;

use std::fmt;
use std::path::Path;
use std::process::Command;

use source::Source;

/// One rule that one place does not keep, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The file, relative to the root.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Breach {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// What tidy found.
#[derive(Debug)]
pub struct Report {
    /// In order of path and line.
    pub breaches: Vec<Breach>,
    /// Things to know that are no breach: files longer than the aim, the room left in the lock budget.
    pub notes: Vec<String>,
    /// How many files were looked at.
    pub files: usize,
}

/// Checks the checkout at `root`. Fails only when the files cannot be listed or read.
pub fn check(root: &Path) -> Result<Report, String> {
    let mut breaches = Vec::new();
    let mut notes = Vec::new();
    let mut looked_at = 0;
    for path in paths(root)? {
        names::check_path(&path, &mut breaches);
        let Some(text) = read(root, &path)? else { continue };
        looked_at += 1;
        let source = Source::new(&path, &text);
        lines::check(&source, &mut breaches);
        lines::note_long(&source, &mut notes);
        functions::check(&source, &mut breaches);
        names::check_modules(&source, &mut breaches);
        crates::check_file(&source, &mut breaches);
    }
    notes.extend(crates::note_budget(root));
    breaches.sort();
    Ok(Report { breaches, notes, files: looked_at })
}

/// Files that are committed, and those that are new and not ignored.
fn paths(root: &Path) -> Result<Vec<String>, String> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|e| format!("cannot start git to list the files: {e}; install git"))?;
    if !listing.status.success() {
        let said = String::from_utf8_lossy(&listing.stderr);
        return Err(format!("git cannot list the files of {}: {said}", root.display()));
    }
    let listing = String::from_utf8_lossy(&listing.stdout);
    let mut paths: Vec<String> = listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The text of a file; nothing for one that is not text, was deleted, or is a link or a folder.
fn read(root: &Path, path: &str) -> Result<Option<String>, String> {
    let file = root.join(path);
    if !std::fs::symlink_metadata(&file).is_ok_and(|found| found.is_file()) {
        return Ok(None);
    }
    let bytes = std::fs::read(&file).map_err(|e| format!("cannot read {path}: {e}"))?;
    Ok(String::from_utf8(bytes).ok())
}
