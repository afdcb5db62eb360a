//! What can go wrong inside the engine, and what of it the caller is told.

use crate::{Error, Refused};
use rusqlite::ErrorCode;

/// Why a write or a question inside the engine stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A rule did not hold: the answer to this one write.
    Refused(Refused),
    /// SQLite said no.
    Engine(rusqlite::Error),
    /// The caller or the data broke a promise.
    Broken(String),
}

impl Failure {
    /// Whether nothing more can be done in this transaction: the disk, memory or the file itself failed.
    pub(crate) fn ends_transaction(&self) -> bool {
        match self {
            Failure::Engine(error) => is_environment(error),
            Failure::Refused(_) | Failure::Broken(_) => false,
        }
    }

    /// The same as the caller is told.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Failure::Refused(refused) => Error::Refused(refused),
            Failure::Engine(error) if is_environment(&error) => Error::Unavailable(error.to_string()),
            Failure::Engine(error) => Error::Internal(error.to_string()),
            Failure::Broken(what) => Error::Internal(what),
        }
    }
}

fn is_environment(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::OperationInterrupted
        )
    )
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Engine(error)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Refused(refused)
    }
}

/// Opening and closing have no transaction: their errors are told at once.
pub(crate) fn told(error: rusqlite::Error) -> Error {
    Failure::Engine(error).into_error()
}
