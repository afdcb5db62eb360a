//! The writer: one thread that takes what waits, applies it in one transaction, commits, tells, and answers.

use super::failure::told;
use super::{Failure, Group, Options, files};
use crate::commit::{CommitSink, sqlite as commit};
use crate::{Ack, Change, Error, Origin, Write};
use rusqlite::Connection;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

type Answer = oneshot::Sender<Result<Ack, Error>>;

/// A write that waits.
struct Waiting {
    origin: Origin,
    write: Write,
    answer: Answer,
}

enum Order {
    Write(Box<Waiting>),
    Close(oneshot::Sender<()>),
}

/// The handle to the thread.
pub(crate) struct WriterThread {
    /// Taken when the handle is dropped, so that the thread sees the end.
    orders: Option<mpsc::Sender<Order>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WriterThread {
    pub(crate) fn start(
        folder: PathBuf,
        options: Options,
        sink: Arc<dyn CommitSink>,
        connection: Connection,
        lock: File,
    ) -> Result<WriterThread, Error> {
        let (orders, waiting) = mpsc::channel(options.waiting.max(1));
        let desk = Desk { folder, options, sink, connection: Some(connection), sweep: commit::Sweep::default(), lock };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || desk.run(waiting))
            .map_err(|error| Error::Unavailable(format!("the writer's thread did not start: {error}")))?;
        Ok(WriterThread { orders: Some(orders), thread: Mutex::new(Some(thread)) })
    }

    /// Hands the write over (waiting for room in the queue) and waits for its answer.
    pub(crate) async fn write(&self, origin: Origin, write: Write) -> Result<Ack, Error> {
        let (answer, answered) = oneshot::channel();
        let order = Order::Write(Box::new(Waiting { origin, write, answer }));
        let orders = self.orders.as_ref().ok_or_else(closed)?;
        orders.send(order).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    /// Finishes what waits and closes the database. A second call does nothing.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if let Some(orders) = &self.orders
            && orders.send(Order::Close(answer)).await.is_ok()
        {
            // Gone without an answer is closed, too.
            let _ = answered.await;
        }
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.orders = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The sink may hold the last handle to the database, and be called on the writer's own thread.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

fn closed() -> Error {
    Error::Unavailable("the database is closed".into())
}

/// What the thread owns.
struct Desk {
    folder: PathBuf,
    options: Options,
    sink: Arc<dyn CommitSink>,
    /// None after a failure of the engine: the next group opens it again.
    connection: Option<Connection>,
    sweep: commit::Sweep,
    /// Held as long as the thread runs.
    lock: File,
}

impl Desk {
    fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut closing = Vec::new();
        while let Some(order) = orders.blocking_recv() {
            match order {
                Order::Write(first) => self.group(*first, &mut orders, &mut closing),
                Order::Close(done) => closing.push(done),
            }
            if !closing.is_empty() {
                // What was handed over before is still received and written; then the loop ends.
                orders.close();
            }
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = finish(connection)
        {
            tracing::warn!(%error, "the database was closed without a checkpoint; nothing is lost");
        }
        drop(self.lock);
        for done in closing {
            let _ = done.send(());
        }
    }

    /// One transaction, from `first` on.
    fn group(&mut self, first: Waiting, orders: &mut mpsc::Receiver<Order>, closing: &mut Vec<oneshot::Sender<()>>) {
        let mut answers: Vec<(Answer, Result<Ack, Error>)> = Vec::new();
        match self.commit_group(first, orders, closing, &mut answers) {
            Ok(changes) => {
                if !changes.is_empty() {
                    self.sink.committed(changes);
                }
                for (answer, result) in answers {
                    // Nobody waits for it any more: it is committed all the same.
                    let _ = answer.send(result);
                }
            }
            Err(error) => {
                tracing::error!(%error, writes = answers.len(), "the database did not commit");
                // With the connection goes its transaction.
                self.connection = None;
                for (answer, _) in answers {
                    let _ = answer.send(Err(unavailable(&error)));
                }
            }
        }
    }

    /// Applies `first` and what else waits. `answers` has everybody who took part, also on failure.
    fn commit_group(
        &mut self,
        first: Waiting,
        orders: &mut mpsc::Receiver<Order>,
        closing: &mut Vec<oneshot::Sender<()>>,
        answers: &mut Vec<(Answer, Result<Ack, Error>)>,
    ) -> Result<Vec<Change>, Error> {
        let most = self.options.group;
        let mut sweep = std::mem::take(&mut self.sweep);
        let begun = self.connect().and_then(|connection| Group::begin(connection).map_err(Failure::into_error));
        let mut group = match begun {
            Ok(group) => group,
            Err(error) => {
                answers.push((first.answer, Err(unavailable(&error))));
                return Err(error);
            }
        };
        let mut now = first.origin.at;
        let mut next = Some(first);
        while let Some(Waiting { origin, write, answer }) = next {
            now = now.max(origin.at);
            let result = apply(&mut group, &origin, &write);
            let ended = result.as_ref().is_err_and(Failure::ends_transaction);
            answers.push((answer, result.map_err(Failure::into_error)));
            if ended {
                return Err(Error::Unavailable("the database failed in the middle of a transaction".into()));
            }
            next = if answers.len() < most { take(orders, closing) } else { None };
        }
        sweep.after(&group, answers.len() as u64, now).map_err(Failure::into_error)?;
        let changes = group.commit().map_err(Failure::into_error)?;
        self.sweep = sweep;
        Ok(changes)
    }

    fn connect(&mut self) -> Result<&Connection, Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => files::connect_writer(&self.folder, &self.options)?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// The next write that already waits.
fn take(orders: &mut mpsc::Receiver<Order>, closing: &mut Vec<oneshot::Sender<()>>) -> Option<Waiting> {
    loop {
        match orders.try_recv().ok()? {
            Order::Write(waiting) => return Some(*waiting),
            Order::Close(done) => closing.push(done),
        }
    }
}

/// Applies one write in a savepoint of its own.
fn apply(group: &mut Group<'_>, origin: &Origin, write: &Write) -> Result<Ack, Failure> {
    let mark = group.mark();
    group.statement("SAVEPOINT one")?.execute([])?;
    match commit::apply(group, origin, write) {
        Ok(ack) => {
            group.statement("RELEASE one")?.execute([])?;
            Ok(ack)
        }
        Err(failure) => {
            if !failure.ends_transaction() {
                group.statement("ROLLBACK TO one")?.execute([])?;
                group.statement("RELEASE one")?.execute([])?;
                group.return_to(mark);
            }
            Err(failure)
        }
    }
}

/// The same error as everybody of a failed group is told.
fn unavailable(error: &Error) -> Error {
    match error {
        Error::Unavailable(_) => error.clone(),
        other => Error::Unavailable(other.to_string()),
    }
}

/// Lets the query planner keep what it learnt, and carries the log over into the database file.
fn finish(connection: Connection) -> Result<(), Error> {
    connection.execute_batch("PRAGMA optimize").map_err(told)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(told)?;
    connection.close().map_err(|(_, error)| told(error))
}
