//! Workshop chores: tidy (the rules that a compiler does not check) and the generated contract.

pub mod contract;
pub mod tidy;

use std::path::{Path, PathBuf};

/// The root of the checkout that this program was built from.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
