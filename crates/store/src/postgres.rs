//! The PostgreSQL engine: one connection that writes, grouping commits, and a few that read, to a database that several
//! nodes share.
//!
//! A group begins by locking the one row that holds the commit number, and ends by letting it go: the writes of all
//! nodes come one after the other, and nobody who saw a commit number meets a row with a lower one later.

use crate::commit::CommitSink;
use crate::engine::writer::{Limits, Target, WriterThread};
use crate::engine::{Engine, Readers as Pool};
use crate::sql::Session;
use crate::{Database, Error};
use connect::{Connector, Purpose};
use link::Link;
use std::sync::Arc;
use std::time::Duration;

mod address;
mod connect;
pub(crate) mod link;
pub(crate) mod migrations;
mod probe;
pub(crate) mod readers;
mod runtime;
mod tls;
pub(crate) mod wire;

#[cfg(test)]
mod tests;

pub use probe::{Probe, probe};

/// How much the engine may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections for reading; one more writes.
    pub readers: usize,
    /// Writes that may wait; more make [`crate::commit::Writer::write`] itself wait.
    pub waiting: usize,
    /// The most writes in one transaction.
    pub group: usize,
    /// The most that connecting may take.
    pub connect_time: Duration,
    /// A question that takes longer is ended and answered with [`Error::Unavailable`].
    pub question_time: Duration,
    /// A statement of the writer that takes longer ends its group. Who says nothing in a transaction for so long is put
    /// out by the server.
    pub statement_time: Duration,
    /// So long a group waits for those of other nodes.
    pub lock_time: Duration,
    /// The most rooms that a user can be in.
    pub most_rooms: usize,
    /// For so many days it is known what is gone (at least 1): a cursor that is older starts over.
    pub keep_tombstones: u32,
    /// For so long it is kept for other nodes what was told.
    pub keep_outbox: Duration,
    /// What the server's own lists call the connections, unless the address says otherwise.
    pub application_name: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            readers: 8,
            waiting: 1024,
            group: 257,
            connect_time: Duration::from_secs(3),
            question_time: Duration::from_secs(5),
            statement_time: Duration::from_secs(5),
            lock_time: Duration::from_secs(4),
            most_rooms: 5000,
            keep_tombstones: 400,
            keep_outbox: Duration::from_secs(60 * 60),
            application_name: "parlour".into(),
        }
    }
}

/// Opens the database at `url` (`postgres://…`, as libpq understands it), running migrations where needed. Refused: an
/// address that is not understood, a server that cannot be reached, a newer schema.
pub async fn open(url: &str, options: Options, sink: Arc<dyn CommitSink>) -> Result<Arc<dyn Database>, Error> {
    let connector = Connector::new(url, &options)?;
    migrations::run(&connector).await?;
    let limits = Limits {
        waiting: options.waiting,
        group: options.group,
        most_rooms: options.most_rooms,
        keep_tombstones: options.keep_tombstones,
        keep_outbox: options.keep_outbox.as_millis().try_into().unwrap_or(i64::MAX),
    };
    let readers = readers::Readers::new(connector.clone(), &options);
    let client = connector.client(Purpose::Writing).await?;
    let link = Link::new(client, connector.driver().handle().clone(), options.statement_time);
    let runtime = tokio::runtime::Handle::current();
    let writer = WriterThread::start(Server(connector), limits, sink, runtime, link)?;
    Ok(Arc::new(Engine { readers: Pool::Postgres(readers), writer }))
}

/// Runs the migrations that are due, and answers the schema that the database has now.
pub async fn migrate(url: &str, options: &Options) -> Result<u32, Error> {
    migrations::run(&Connector::new(url, options)?).await
}

/// The schema of the database; None where it has none yet. Changes nothing.
pub async fn schema(url: &str, options: &Options) -> Result<Option<u32>, Error> {
    // It drives the connection: not to be dropped before the answer.
    let connector = Connector::new(url, options)?;
    let client = connector.client(Purpose::Reading).await?;
    let found = migrations::version(&client).await?;
    Ok(Some(found).filter(|found| *found > 0))
}

/// What the writer writes to.
struct Server(Connector);

impl Target for Server {
    type Connection = Link;

    fn connect(&mut self) -> Result<Link, Error> {
        self.0.link(Purpose::Writing)
    }

    fn session<'c>(&self, connection: &'c Link) -> Session<'c> {
        Session::Postgres(connection)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn close(&mut self, connection: Option<Link>) {
        drop(connection);
    }
}
