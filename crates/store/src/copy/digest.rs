//! What the rows of a table come to, computed the same on both engines.

use super::tables::Table;
use super::{Progress, Step, batch};
use crate::sql::value::Owned;
use crate::sql::{Failure, Session};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// How many rows, and SHA-256 over all of them in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub rows: u64,
    pub digest: [u8; 32],
}

impl fmt::Display for Digest {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} rows, ", self.rows)?;
        self.digest[..8].iter().try_for_each(|byte| write!(to, "{byte:02x}"))
    }
}

/// Reads all rows of the table.
pub(super) fn of(
    db: &Session<'_>,
    table: &'static Table,
    progress: &mut dyn FnMut(Progress),
) -> Result<Digest, Failure> {
    let (mut rows, mut hash) = (0, Sha256::new());
    let mut after: Option<Vec<Owned>> = None;
    loop {
        let batch = batch(db, table, after.as_deref())?;
        for row in &batch {
            row.iter().for_each(|value| add(&mut hash, value));
        }
        rows += batch.len() as u64;
        let Some(mut last) = batch.into_iter().next_back() else {
            return Ok(Digest { rows, digest: hash.finalize().into() });
        };
        progress(Progress { step: Step::Verifying, table: table.name, rows });
        last.truncate(table.keys);
        after = Some(last);
    }
}

/// Each value with its kind and length, so that no two rows come to the same bytes.
fn add(hash: &mut Sha256, value: &Owned) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Owned::Null | Owned::Beyond => (0, &[]),
        Owned::Number(number) => (1, &number.to_be_bytes()),
        Owned::Text(text) => (2, text.as_bytes()),
        Owned::Bytes(bytes) => (3, bytes),
    };
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
