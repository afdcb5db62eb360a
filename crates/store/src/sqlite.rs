//! The SQLite engine: one file, one writer thread that groups commits, and a few readers.
//!
//! The folder belongs to one process: a lock file beside the database says so.

use crate::commit::CommitSink;
use crate::engine::writer::{Limits, Target, WriterThread};
use crate::engine::{Engine, Readers as Pool};
use crate::sql::{Failure, Session};
use crate::{Database, Error};
use prepared::Statements;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(crate) mod files;
pub(crate) mod migrations;
pub(crate) mod prepared;
pub(crate) mod readers;
pub(crate) mod statement;

#[cfg(test)]
mod tests;

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
    let opened = tokio::task::spawn_blocking(move || open_here(folder, options, sink, runtime)).await;
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

fn open_here(
    folder: PathBuf,
    options: Options,
    sink: Arc<dyn CommitSink>,
    runtime: tokio::runtime::Handle,
) -> Result<Engine, Error> {
    let lock = files::lock(&folder)?;
    let mut connection = files::connect_writer(&folder, &options)?;
    migrations::run(&mut connection)?;
    let readers = readers::Readers::open(&files::database(&folder), &options)?;
    let limits = Limits {
        waiting: options.waiting,
        group: options.group,
        most_rooms: options.most_rooms,
        keep_tombstones: options.keep_tombstones,
        keep_outbox: 0,
    };
    let target = Folder { path: folder, options, _lock: lock };
    let writer = WriterThread::start(target, limits, sink, runtime, connection)?;
    Ok(Engine { readers: Pool::Sqlite(readers), writer })
}

/// What the writer writes to: the folder, which is its own while it runs.
struct Folder {
    path: PathBuf,
    options: Options,
    _lock: File,
}

impl Target for Folder {
    type Connection = Connection;

    fn connect(&mut self) -> Result<Connection, Error> {
        files::connect_writer(&self.path, &self.options)
    }

    fn session<'c>(&self, connection: &'c Connection) -> Session<'c> {
        Session::Kept(Statements::new(connection))
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn close(&mut self, connection: Option<Connection>) {
        if let Some(connection) = connection
            && let Err(error) = finish(connection)
        {
            tracing::warn!(%error, "the database was closed without a checkpoint; nothing is lost");
        }
    }
}

/// Lets the query planner keep what it learnt, and carries the log over into the database file.
fn finish(connection: Connection) -> Result<(), Error> {
    connection.execute_batch("PRAGMA optimize").map_err(told)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(told)?;
    connection.close().map_err(|(_, error)| told(error))
}

/// Opening and closing have no transaction: their errors are told at once.
fn told(error: rusqlite::Error) -> Error {
    Failure::Sqlite(error).into_error()
}
