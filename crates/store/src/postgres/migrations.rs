//! Running migrations on PostgreSQL: each in one transaction, under a lock that keeps other nodes waiting, remembered
//! with its checksum.

use super::connect::{Connector, Purpose};
use crate::Error;
use crate::migrations::{Applied, MIGRATIONS, Migration, checksum, known, pending, random_epoch};
use crate::sql::Failure;
use tokio_postgres::{Client, GenericClient};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number BIGINT PRIMARY KEY,
    checksum TEXT COLLATE \"C\" NOT NULL
)";
/// The lock that whoever migrates holds, of a number of our own ("parlour" as ASCII). It is the session's, taken before a
/// step's transaction begins: within one that waited for it the server would not notice tables made meanwhile.
const LOCK: &str = "SELECT pg_advisory_lock(31648133398197618)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(31648133398197618)";

/// Runs what is due and answers the schema that the database has now.
pub(crate) async fn run(connector: &Connector) -> Result<u32, Error> {
    let mut client = connector.client(Purpose::Migrating).await?;
    run_these(&mut client, MIGRATIONS).await
}

pub(crate) async fn run_these(client: &mut Client, all: &[Migration]) -> Result<u32, Error> {
    let mut locked = false;
    loop {
        let applied = applied(client).await.map_err(told)?;
        let Some(step) = pending(all, &applied, |step| step.postgres)?.first() else { break };
        if !locked {
            client.batch_execute(LOCK).await.map_err(|error| told(error.into()))?;
            locked = true;
            // Another node may have been faster.
            continue;
        }
        run_step(client, step).await.map_err(|failure| match failure.into_error() {
            Error::Internal(why) => Error::Internal(format!("migration {}: {why}", step.number)),
            other => other,
        })?;
    }
    if locked {
        client.batch_execute(UNLOCK).await.map_err(|error| told(error.into()))?;
    }
    version(client).await
}

/// The schema that the database has; 0 before the first migration. Refused: a newer one than this program knows.
pub(crate) async fn version(client: &Client) -> Result<u32, Error> {
    let found = applied(client).await.map_err(told)?.last().map_or(0, |last| last.number);
    let known = known();
    if found > known { Err(Error::NewerSchema { found, known }) } else { Ok(found) }
}

async fn run_step(client: &mut Client, step: &Migration) -> Result<(), Failure> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(TABLE).await?;
    transaction.batch_execute(step.postgres).await?;
    if step.number == 1 {
        let epoch = random_epoch()?;
        let insert = "INSERT INTO instance (one, epoch, g, everybody_g) VALUES (1, $1, 0, 0)";
        transaction.execute(insert, &[&epoch]).await?;
    }
    let remember = "INSERT INTO migrations (number, checksum) VALUES ($1, $2)";
    transaction.execute(remember, &[&i64::from(step.number), &checksum(step.postgres)]).await?;
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn applied(client: &impl GenericClient) -> Result<Vec<Applied>, Failure> {
    let table = client.query_one("SELECT to_regclass('migrations') IS NOT NULL", &[]).await?;
    if !table.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client.query("SELECT number, checksum FROM migrations ORDER BY number", &[]).await?;
    let read = |row: &tokio_postgres::Row| {
        let number: i64 = row.try_get(0)?;
        let number = u32::try_from(number).map_err(|_| Failure::Broken(format!("a migration with number {number}")))?;
        Ok(Applied { number, checksum: row.try_get(1)? })
    };
    rows.iter().map(read).collect()
}

/// There is no transaction to be ended: the error is told at once.
fn told(failure: Failure) -> Error {
    failure.into_error()
}
