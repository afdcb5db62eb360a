//! What both engines share: one writer that groups what is written, and readers that answer questions.

use crate::commit::Writer;
use crate::sql::{Failure, Session};
use crate::{Ack, Database, Error, G, Origin, Write, postgres, sqlite};
use async_trait::async_trait;

pub(crate) mod group;
pub(crate) mod health;
pub(crate) mod patience;
pub(crate) mod queue;
pub(crate) mod tombstones;
pub(crate) mod turns;
pub(crate) mod writer;

pub(crate) use group::Group;

/// A database that is open. Dropping it finishes what is waiting.
pub(crate) struct Engine {
    pub(crate) readers: Readers,
    pub(crate) writer: writer::WriterThread,
}

/// Connections that cannot write, and the turns at them.
pub(crate) enum Readers {
    Sqlite(sqlite::readers::Readers),
    Postgres(postgres::readers::Readers),
}

impl Readers {
    /// Runs a question, each of whose statements may see another moment.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, Failure> + Send + 'static,
    {
        match self {
            Readers::Sqlite(readers) => readers.ask(false, question).await,
            Readers::Postgres(readers) => readers.ask(false, question).await,
        }
    }

    /// Runs a question, all of whose statements see the same moment.
    pub(crate) async fn ask_at_once<T, F>(&self, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, Failure> + Send + 'static,
    {
        match self {
            Readers::Sqlite(readers) => readers.ask(true, question).await,
            Readers::Postgres(readers) => readers.ask(true, question).await,
        }
    }

    async fn close(&self) {
        match self {
            Readers::Sqlite(readers) => readers.close().await,
            Readers::Postgres(readers) => readers.close().await,
        }
    }
}

#[async_trait]
impl Writer for Engine {
    async fn write(&self, origin: Origin, write: Write) -> Result<Ack, Error> {
        self.writer.write(origin, write).await
    }

    async fn told(&self) -> Result<G, Error> {
        let g = crate::outbox::Outbox::newest(self).await?;
        self.writer.told().await?;
        Ok(g)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Database for Engine {}
