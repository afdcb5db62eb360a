//! The outbox's rows. The table is there on PostgreSQL alone.

use super::{Outbox, Outgoing};
use crate::engine::{Engine, Group, Readers};
use crate::sql::Failure;
use crate::sql::statements::statements;
use crate::{Error, G, Millis};
use async_trait::async_trait;

statements! {
    KEEP = "INSERT INTO outbox (g, before, at, body)
        VALUES (?1, ?2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, ?3)";
    PLACE = "SELECT (SELECT system_identifier FROM pg_control_system())::text || '-' || oid::text
        FROM pg_database WHERE datname = current_database()";
    SINCE = "SELECT before, g, body FROM outbox WHERE g > ?1 ORDER BY g LIMIT ?2";
    PURGE = "DELETE FROM outbox WHERE g IN (SELECT o.g FROM outbox o ORDER BY o.g LIMIT ?2)
        AND NOT at BETWEEN (extract(epoch FROM clock_timestamp()) * 1000)::bigint - ?1
            AND (extract(epoch FROM clock_timestamp()) * 1000)::bigint + ?1";
}

/// About so many groups are looked at for old ones at a time, twice as many as came since.
const BITE: u32 = 64;

/// Puts a row; its answer is looked at before the commit.
pub(crate) fn keep(group: &Group<'_, '_>, outgoing: &Outgoing) -> Result<(), Failure> {
    group.run(KEEP, (outgoing.g, outgoing.before, &outgoing.body))
}

/// Takes away what was kept for long enough.
pub(crate) struct Purge {
    keep: Millis,
    groups: u32,
}

impl Purge {
    pub(crate) fn new(keep: Millis) -> Purge {
        Purge { keep, groups: 0 }
    }

    /// Called in each group. Time is the database's, which is one for all nodes.
    pub(crate) fn after(&mut self, group: &Group<'_, '_>) -> Result<(), Failure> {
        self.groups += 1;
        if !group.keeps_outbox() || self.groups < BITE {
            return Ok(());
        }
        self.groups = 0;
        group.run(PURGE, (self.keep, i64::from(2 * BITE)))
    }
}

#[async_trait]
impl Outbox for Engine {
    async fn place(&self) -> Result<String, Error> {
        match self.readers {
            Readers::Sqlite(_) => Ok("folder".to_owned()),
            Readers::Postgres(_) => self.readers.ask(|db| db.one(PLACE, (), |row| row.get(0))).await,
        }
    }

    async fn newest(&self) -> Result<G, Error> {
        self.readers.ask(crate::sync::sql::newest).await
    }

    async fn outbox(&self, after: G, most: usize) -> Result<Vec<Outgoing>, Error> {
        if let Readers::Sqlite(_) = self.readers {
            return Ok(Vec::new());
        }
        let (after, most) = (after.min(i64::MAX as G), most.min(i64::MAX as usize));
        self.readers
            .ask(move |db| {
                db.all(SINCE, (after, most), |row| {
                    Ok(Outgoing { before: row.get(0)?, g: row.get(1)?, body: row.get(2)? })
                })
            })
            .await
    }
}
