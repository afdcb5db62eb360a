//! The SQLite engine: one file, one writer thread that groups commits, and a few readers.
//!
//! The folder belongs to one process: a lock file beside the database says so. What each feature reads and writes is
//! in `<feature>/sqlite.rs`; this is what they share.

use crate::commit::{CommitSink, Writer};
use crate::{Ack, Database, Error, Origin, Write};
use async_trait::async_trait;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) mod columns;
pub(crate) mod failure;
pub(crate) mod files;
pub(crate) mod group;
pub(crate) mod migrations;
pub(crate) mod patience;
mod prepared;
pub(crate) mod queue;
pub(crate) mod readers;
pub(crate) mod statements;
pub(crate) mod tombstones;
pub(crate) mod writer;

#[cfg(test)]
mod tests;

pub(crate) use failure::Failure;
pub(crate) use group::Group;

/// How much the engine may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections for reading, each with its own page cache.
    pub readers: usize,
    /// Writes that may wait; more make [`Writer::write`] itself wait.
    pub waiting: usize,
    /// The most writes in one transaction.
    pub group: usize,
    /// A question that takes longer is interrupted and answered with [`Error::Unavailable`].
    pub question_time: Duration,
    /// The most that the database file may grow to, in bytes; writes beyond are answered with [`Error::Unavailable`].
    pub most_bytes: Option<u64>,
    /// The most rooms that a user can be in.
    pub most_rooms: usize,
    /// For so many days it is known what is gone (at least 1): a cursor that is older starts over.
    pub keep_tombstones: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            readers: 4,
            waiting: 1024,
            group: 257,
            question_time: Duration::from_secs(5),
            most_bytes: None,
            most_rooms: 5000,
            keep_tombstones: 400,
        }
    }
}

/// Opens the database in `folder`, making both (the folder for its owner only) and running migrations where needed.
/// Refused: another process has it open, a newer schema.
pub async fn open(folder: &Path, options: Options, sink: Arc<dyn CommitSink>) -> Result<Arc<dyn Database>, Error> {
    let folder = folder.to_owned();
    let runtime = tokio::runtime::Handle::current();
    let opened = tokio::task::spawn_blocking(move || Sqlite::open(&folder, options, sink, runtime)).await;
    let engine = opened.map_err(|error| Error::Internal(format!("opening the database broke off: {error}")))??;
    Ok(Arc::new(engine))
}

/// Makes the database in `folder` where there is none, runs the migrations that are due, and answers the schema that
/// it has now. Blocks.
pub fn migrate(folder: &Path) -> Result<u32, Error> {
    let _lock = files::lock(folder)?;
    let mut connection = files::connect_writer(folder, &Options::default())?;
    migrations::run(&mut connection)
}

/// The schema of the database in `folder`; None where there is no database. Changes nothing; blocks.
pub fn schema(folder: &Path) -> Result<Option<u32>, Error> {
    let path = files::database(folder);
    if !path.exists() {
        return Ok(None);
    }
    migrations::version(&files::connect_reader(&path)?).map(Some)
}

/// The engine. Dropping it finishes what is waiting.
pub(crate) struct Sqlite {
    pub(crate) readers: readers::Readers,
    writer: writer::WriterThread,
}

impl Sqlite {
    fn open(
        folder: &Path,
        options: Options,
        sink: Arc<dyn CommitSink>,
        runtime: tokio::runtime::Handle,
    ) -> Result<Sqlite, Error> {
        let lock = files::lock(folder)?;
        let mut connection = files::connect_writer(folder, &options)?;
        migrations::run(&mut connection)?;
        let readers = readers::Readers::open(&files::database(folder), &options)?;
        let writer = writer::WriterThread::start(folder.to_owned(), options, sink, runtime, connection, lock)?;
        Ok(Sqlite { readers, writer })
    }
}

#[async_trait]
impl Writer for Sqlite {
    async fn write(&self, origin: Origin, write: Write) -> Result<Ack, Error> {
        self.writer.write(origin, write).await
    }

    async fn told(&self) -> Result<(), Error> {
        self.writer.told().await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Database for Sqlite {}
