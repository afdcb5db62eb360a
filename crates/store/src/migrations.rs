//! Migrations: the numbered steps of the schema, each engine's text beside the other's, and which are still to run.

use crate::Error;
use crate::sql::Failure;
use sha2::{Digest, Sha256};

/// One step of the schema. A step that was released is never edited: its checksum is kept with the data.
pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// All steps, numbered from 1 without holes.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sqlite: include_str!("migrations/sqlite/0001_foundation.sql"),
        postgres: include_str!("migrations/postgres/0001_foundation.sql"),
    },
    Migration {
        number: 2,
        sqlite: include_str!("migrations/sqlite/0002_catch_up.sql"),
        postgres: include_str!("migrations/postgres/0002_catch_up.sql"),
    },
    Migration {
        number: 3,
        sqlite: include_str!("migrations/sqlite/0003_tombstones_and_words.sql"),
        postgres: include_str!("migrations/postgres/0003_tombstones_and_words.sql"),
    },
    Migration {
        number: 4,
        sqlite: include_str!("migrations/sqlite/0004_notices.sql"),
        postgres: include_str!("migrations/postgres/0004_notices.sql"),
    },
    Migration {
        number: 5,
        sqlite: include_str!("migrations/sqlite/0005_pushes.sql"),
        postgres: include_str!("migrations/postgres/0005_pushes.sql"),
    },
    Migration {
        number: 6,
        sqlite: include_str!("migrations/sqlite/0006_settings_and_status.sql"),
        postgres: include_str!("migrations/postgres/0006_settings_and_status.sql"),
    },
    Migration {
        number: 7,
        sqlite: include_str!("migrations/sqlite/0007_quieter_notices.sql"),
        postgres: include_str!("migrations/postgres/0007_quieter_notices.sql"),
    },
];

/// The schema that this program knows.
pub fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |last| last.number)
}

/// What is kept with the data for a step that ran: SHA-256 of its text, in hex.
pub(crate) fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new instance's epoch.
pub(crate) fn random_epoch() -> Result<String, Failure> {
    let number = getrandom::u64().map_err(|error| Failure::Broken(format!("no random numbers: {error}")))?;
    Ok(format!("{number:016x}"))
}

/// A step as the database remembers it.
pub(crate) struct Applied {
    pub(crate) number: u32,
    pub(crate) checksum: String,
}

/// The steps of `all` still to run after `applied` (in rising number). Refused: a newer schema than ours, a step whose
/// text is not what ran, a hole.
pub(crate) fn pending<'a>(
    all: &'a [Migration],
    applied: &[Applied],
    text: impl Fn(&Migration) -> &'static str,
) -> Result<&'a [Migration], Error> {
    let known = all.last().map_or(0, |last| last.number);
    if let Some(found) = applied.last().map(|last| last.number).filter(|found| *found > known) {
        return Err(Error::NewerSchema { found, known });
    }
    for (ran, step) in applied.iter().zip(all) {
        if ran.number != step.number {
            return Err(Error::Internal(format!(
                "the database lacks migration {} but has {}",
                step.number, ran.number
            )));
        }
        if ran.checksum != checksum(text(step)) {
            return Err(Error::Internal(format!(
                "migration {} of the database is not the one that this program has: it was changed after it ran",
                step.number
            )));
        }
    }
    Ok(&all[applied.len()..])
}

#[cfg(test)]
mod tests;
