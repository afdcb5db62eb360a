//! A look at the server for whoever looks after it: which one it is, how fast it answers, what we may do there.

use super::Options;
use super::connect::{Connector, Purpose};
use super::migrations;
use crate::migrations::known;
use crate::sql::Failure;
use crate::{Error, Millis};
use std::time::{Duration, Instant};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// The oldest server that is supported, as it counts itself.
const OLDEST: i64 = 150_000;
const ROUNDS: usize = 5;

/// What was found.
#[derive(Clone, Debug)]
pub struct Probe {
    /// As the server names it: `15.14 (Debian …)`.
    pub version: String,
    /// Whether it is one that is supported: 15 and later.
    pub supported: bool,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// What a question takes at best.
    pub latency: Duration,
    /// Whether tables can be made, as migrations do, and those that are there can be read.
    pub may_create: bool,
    /// Whether what is there can be written to; true where there is nothing.
    pub may_write: bool,
    /// How texts are kept: `UTF8` keeps all of them.
    pub encoding: String,
    /// Whether it is half a copy of another database.
    pub half: bool,
    /// Whether commits are on disk before they are answered (`synchronous_commit`, `fsync`).
    pub durable: bool,
    /// Connections that it takes, of everybody together.
    pub most_connections: u32,
    /// The server's clock, in milliseconds since 1970-01-01 UTC.
    pub clock: Millis,
    /// The schema that the database has; 0: none yet. It may be newer than `known`.
    pub schema: u32,
    /// The schema that this program knows.
    pub known: u32,
}

/// Looks at the server and changes nothing. Refused: `Unavailable` with the reason, also where it can only be read.
pub async fn probe(url: &str, options: &Options) -> Result<Probe, Error> {
    let connector = Connector::new(url, options)?;
    let client = connector.client(Purpose::Reading).await?;
    look(&client).await.map_err(Failure::into_error)
}

async fn look(client: &Client) -> Result<Probe, Failure> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version'), current_setting('server_version_num')::bigint,
                coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
                has_schema_privilege(current_schema(), 'CREATE'),
                current_setting('synchronous_commit') <> 'off' AND current_setting('fsync') = 'on',
                current_setting('max_connections')::bigint,
                (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
                current_setting('server_encoding'),
                coalesce((SELECT bool_and(has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'INSERT'))
                    FROM pg_class WHERE relname IN ('instance', 'messages') AND pg_table_is_visible(oid)), true),
                to_regclass('copying') IS NOT NULL",
            &[],
        )
        .await?;
    let number: i64 = row.try_get(1)?;
    let most: i64 = row.try_get(5)?;
    let mut latency = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        client.simple_query("SELECT 1").await?;
        latency = latency.min(begun.elapsed());
    }
    let (schema, may_look) = match migrations::applied(client).await {
        Ok(applied) => (applied.last().map_or(0, |last| last.number), true),
        Err(Failure::Postgres(error)) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => (0, false),
        Err(failure) => return Err(failure),
    };
    Ok(Probe {
        version: row.try_get(0)?,
        supported: number >= OLDEST,
        encrypted: row.try_get(2)?,
        latency,
        // Absent where no schema of the search path is there.
        may_create: may_look && row.try_get::<_, Option<bool>>(3)?.unwrap_or(false),
        may_write: row.try_get(8)?,
        encoding: row.try_get(7)?,
        half: row.try_get(9)?,
        durable: row.try_get(4)?,
        most_connections: u32::try_from(most).unwrap_or(u32::MAX),
        clock: row.try_get(6)?,
        schema,
        known: known(),
    })
}
