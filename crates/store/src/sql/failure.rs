//! What can go wrong inside an engine, and what of it the caller is told.

use crate::{Error, Refused};
use rusqlite::ErrorCode;
use std::error::Error as _;

/// Why a write or a question inside the engine stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A rule did not hold: the answer to this one write.
    Refused(Refused),
    /// SQLite said no.
    Sqlite(rusqlite::Error),
    /// PostgreSQL said no, or the connection to it broke.
    Postgres(tokio_postgres::Error),
    /// PostgreSQL did not answer in time.
    Away(String),
    /// Something hoped for was not so: the group is applied once more, without hope.
    Hoped,
    /// The caller or the data broke a promise.
    Broken(String),
}

impl Failure {
    /// Whether nothing more can be done in this transaction: the disk, memory, the file itself or the connection failed.
    pub(crate) fn ends_transaction(&self) -> bool {
        match self {
            Failure::Sqlite(error) => is_environment(error),
            Failure::Postgres(error) => is_away(error),
            Failure::Away(_) => true,
            Failure::Refused(_) | Failure::Broken(_) | Failure::Hoped => false,
        }
    }

    /// The same as the caller is told.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Failure::Refused(refused) => Error::Refused(refused),
            Failure::Sqlite(error) if is_environment(&error) => Error::Unavailable(error.to_string()),
            Failure::Sqlite(error) => Error::Internal(error.to_string()),
            Failure::Postgres(error) if is_away(&error) => Error::Unavailable(explained(&error)),
            Failure::Postgres(error) => Error::Internal(explained(&error)),
            Failure::Away(why) => Error::Unavailable(why),
            Failure::Hoped => Error::Unavailable("a write could not be undone".into()),
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

/// Whether trying again later may help: what the server said is about itself and not about the statement, or it said
/// nothing any more. The codes are in the appendix "PostgreSQL Error Codes" of its manual.
fn is_away(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else {
        // Of what happens on our side only a value that cannot be sent or read is not about the connection.
        return error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>());
    };
    let code = code.code();
    // Classes: connection, transaction state, authorization, transaction rollback, resources, intervention (a cancelled
    // statement, a shutdown), the system itself. Single ones: read-only, a lock not given in time.
    ["08", "25", "28", "40", "53", "57", "58"].contains(&&code[..2]) || code == "55P03"
}

/// With what the server, or the system below, says is the reason.
pub(crate) fn explained(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return format!("{} ({})", said.message(), said.code().code());
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sqlite(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Failure::Postgres(error)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Refused(refused)
    }
}
