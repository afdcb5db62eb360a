//! A folder for what a measurement writes, deleted afterwards.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::Failure;

/// A new folder that is deleted when this is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(parent: &Path) -> Result<Self, Failure> {
        let path = parent.join(format!("bench-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).map_err(|e| format!("cannot make {}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left over: {error}", self.0.display());
        }
    }
}
