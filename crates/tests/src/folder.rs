//! Folders for one test, gone afterwards.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

/// A new, empty folder that is deleted when this is dropped; `PARLOUR_KEEP=1` keeps it to be looked at.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Outcome<Folder> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("parlour-test-{}-{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where `name` lies in the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if env::var_os("PARLOUR_KEEP").is_some() {
            println!("kept: {}", self.0.display());
        } else {
            // A folder that is left behind in the system's temporary folder harms nobody.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Copies the folder `from` with all that is in it to `to`, which need not exist.
pub fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
