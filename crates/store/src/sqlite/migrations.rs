//! Running migrations on SQLite: each in one transaction, remembered with its checksum.

use super::told;
use crate::Error;
use crate::migrations::{Applied, MIGRATIONS, Migration, checksum, known, pending, random_epoch};
use crate::sql::Failure;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    checksum TEXT NOT NULL
) STRICT";

/// Runs what is due and answers the schema that the database has now.
pub(crate) fn run(connection: &mut Connection) -> Result<u32, Error> {
    run_these(connection, MIGRATIONS)
}

pub(crate) fn run_these(connection: &mut Connection, all: &[Migration]) -> Result<u32, Error> {
    let steps = pending(all, &applied(connection).map_err(told)?, |step| step.sqlite)?;
    for step in steps {
        run_step(connection, step).map_err(|failure| match failure.into_error() {
            Error::Internal(why) => Error::Internal(format!("migration {}: {why}", step.number)),
            other => other,
        })?;
    }
    version(connection)
}

/// The schema that the database has; 0 before the first migration. Refused: a newer one than this program knows.
pub(crate) fn version(connection: &Connection) -> Result<u32, Error> {
    let found = applied(connection).map_err(told)?.last().map_or(0, |last| last.number);
    let known = known();
    if found > known { Err(Error::NewerSchema { found, known }) } else { Ok(found) }
}

fn run_step(connection: &mut Connection, step: &Migration) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLE)?;
    transaction.execute_batch(step.sqlite)?;
    if step.number == 1 {
        let epoch = random_epoch()?;
        transaction.execute("INSERT INTO instance (one, epoch, g, everybody_g) VALUES (1, ?1, 0, 0)", [epoch])?;
    }
    transaction
        .execute("INSERT INTO migrations (number, checksum) VALUES (?1, ?2)", (step.number, checksum(step.sqlite)))?;
    transaction.commit()?;
    Ok(())
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
    if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT number, checksum FROM migrations ORDER BY number")?;
    statement.query_map([], |row| Ok(Applied { number: row.get(0)?, checksum: row.get(1)? }))?.collect()
}
