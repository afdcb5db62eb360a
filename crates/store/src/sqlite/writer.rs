//! The writer: one thread that takes what waits, applies it in one transaction, commits, tells, and answers.
//!
//! A group is first applied without savepoints, because rules are checked before rows are changed and a refusal then
//! needs no undoing. Where a write is refused after all with rows changed, the group is rolled back and applied once
//! more with a savepoint around each write.

use super::failure::told;
use super::patience::Pace;
use super::prepared::Statements;
use super::queue::{Order, Queue, Waiting};
use super::tombstones::Tombstones;
use super::{Failure, Group, Options, files};
use crate::commit::{CommitSink, sqlite as commit};
use crate::{Ack, Committed, Error, Origin, Write};
use rusqlite::Connection;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// A write with what it will be answered, once its group is committed.
type Applied = (Waiting, Result<Ack, Error>);

/// The handle to the thread.
pub(crate) struct WriterThread {
    /// Taken when the handle is dropped, so that the thread sees the end.
    orders: Option<mpsc::Sender<Order>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WriterThread {
    /// Answers are handed out on `runtime`.
    pub(crate) fn start(
        folder: PathBuf,
        options: Options,
        sink: Arc<dyn CommitSink>,
        runtime: Handle,
        connection: Connection,
        lock: File,
    ) -> Result<WriterThread, Error> {
        let (orders, queue) = Queue::new(options.waiting);
        let tombstones = Tombstones::new(options.keep_tombstones);
        let desk = Desk {
            folder,
            options,
            sink,
            runtime,
            sweep: commit::Sweep::default(),
            tombstones,
            pace: Pace::default(),
            ailing: false,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || desk.run(connection, queue, lock))
            .map_err(|error| Error::Unavailable(format!("the writer's thread did not start: {error}")))?;
        Ok(WriterThread { orders: Some(orders), thread: Mutex::new(Some(thread)) })
    }

    /// Hands the write over (waiting for room in the queue) and waits for its answer.
    pub(crate) async fn write(&self, origin: Origin, write: Write) -> Result<Ack, Error> {
        let (answer, answered) = oneshot::channel();
        let order = Order::Write(Box::new(Waiting { origin, write, answer }));
        let orders = self.orders.as_ref().ok_or_else(closed)?;
        orders.send(order).await.map_err(|_| closed())?;
        let unanswered = |_| Error::Unavailable("the write was not answered; whether it happened is unknown".into());
        answered.await.map_err(unanswered)?
    }

    /// Waits until the sink has been told of all that is committed.
    pub(crate) async fn told(&self) -> Result<(), Error> {
        let (answer, passed) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or_else(closed)?;
        orders.send(Order::Pass(answer)).await.map_err(|_| closed())?;
        passed.await.map_err(|_| closed())
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

/// Why a group did not commit.
enum Trouble {
    /// Nobody's write happened.
    Engine(Error),
    /// A refused write has changed rows.
    Untidy,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Engine(failure.into_error())
    }
}

/// What the thread works with.
struct Desk {
    folder: PathBuf,
    options: Options,
    sink: Arc<dyn CommitSink>,
    runtime: Handle,
    sweep: commit::Sweep,
    tombstones: Tombstones,
    pace: Pace,
    /// The last group failed: said once, not again with each.
    ailing: bool,
}

impl Desk {
    fn run(mut self, connection: Connection, mut queue: Queue, lock: File) {
        let mut connection = Some(connection);
        while let Some(first) = queue.wait() {
            let opened = connection.take().map_or_else(|| files::connect_writer(&self.folder, &self.options), Ok);
            match opened {
                Ok(opened) => {
                    if self.serve(&opened, first, &mut queue) {
                        connection = Some(opened);
                    }
                }
                Err(error) => {
                    self.say_failed(&error);
                    let _ = first.answer.send(Err(unavailable(error)));
                }
            }
        }
        if let Some(connection) = connection
            && let Err(error) = finish(connection)
        {
            tracing::warn!(%error, "the database was closed without a checkpoint; nothing is lost");
        }
        drop(lock);
        queue.end();
    }

    /// Commits group after group, until the queue ends (true) or the connection is not to be trusted any more (false:
    /// with it goes its transaction).
    fn serve(&mut self, connection: &Connection, first: Waiting, queue: &mut Queue) -> bool {
        let statements = Statements::new(connection);
        let mut next = Some(first);
        while let Some(first) = next {
            // A panic must not end the thread: the next group starts anew.
            let healthy = catch_unwind(AssertUnwindSafe(|| self.group(&statements, first, queue)));
            if !healthy.unwrap_or(false) {
                return false;
            }
            next = queue.wait();
        }
        true
    }

    /// One transaction, from `first` on: true if the connection is still good.
    fn group(&mut self, statements: &Statements<'_>, first: Waiting, queue: &mut Queue) -> bool {
        let mut applied = Vec::new();
        let begun = Instant::now();
        let outcome = match self.apply_quickly(statements, first, queue, &mut applied) {
            Err(Trouble::Untidy) => self.apply_carefully(statements, &mut applied),
            other => other,
        };
        let error = match outcome {
            Ok(committed) => {
                self.sink.measured(applied.len(), begun.elapsed());
                if !committed.changes.is_empty() {
                    self.sink.committed(committed);
                }
                self.answer(applied);
                if std::mem::take(&mut self.ailing) {
                    tracing::info!("the database commits again");
                }
                return true;
            }
            Err(Trouble::Engine(error)) => unavailable(error),
            Err(Trouble::Untidy) => Error::Unavailable("a write could not be undone".into()),
        };
        self.say_failed(&error);
        self.answer(applied.into_iter().map(|(waiting, _)| (waiting, Err(error.clone()))).collect());
        false
    }

    /// Applies `first` and what else waits, and commits. `applied` has everybody who took part, also on failure.
    fn apply_quickly(
        &mut self,
        statements: &Statements<'_>,
        first: Waiting,
        queue: &mut Queue,
        applied: &mut Vec<Applied>,
    ) -> Result<Committed, Trouble> {
        let mut next = Some(first);
        let mut group = match Group::begin(statements, self.options.most_rooms) {
            Ok(group) => group,
            Err(failure) => {
                applied.extend(next.map(|waiting| (waiting, Ok(Ack::default()))));
                return Err(failure.into());
            }
        };
        let patience = self.pace.patience();
        while let Some(waiting) = next {
            let mark = group.mark();
            let result = commit::apply(&mut group, &waiting.origin, &waiting.write);
            let ended = result.as_ref().is_err_and(Failure::ends_transaction);
            let untidy = result.is_err() && !group.take_back(&mark);
            applied.push((waiting, result.map_err(Failure::into_error)));
            if ended {
                return Err(Trouble::Engine(broken_off()));
            }
            if untidy {
                group.roll_back()?;
                return Err(Trouble::Untidy);
            }
            let room = applied.len() < self.options.group;
            next = if room { queue.take().or_else(|| patience.wait(queue, applied.len(), &*self.sink)) } else { None };
        }
        self.commit(group, applied)
    }

    /// Applies all of them again, each in a savepoint of its own, and commits.
    fn apply_carefully(&mut self, statements: &Statements<'_>, applied: &mut [Applied]) -> Result<Committed, Trouble> {
        let mut group = Group::begin(statements, self.options.most_rooms)?;
        for (waiting, answer) in applied.iter_mut() {
            let mark = group.mark();
            group.save()?;
            let result = commit::apply(&mut group, &waiting.origin, &waiting.write);
            match &result {
                Ok(_) => group.keep()?,
                Err(failure) if failure.ends_transaction() => return Err(Trouble::Engine(broken_off())),
                Err(_) => group.undo(&mark)?,
            }
            *answer = result.map_err(Failure::into_error);
        }
        self.commit(group, applied)
    }

    fn commit(&mut self, group: Group<'_, '_>, applied: &[Applied]) -> Result<Committed, Trouble> {
        let now = applied.iter().map(|(waiting, _)| waiting.origin.at).max().unwrap_or(0);
        self.sweep.after(&group, applied.len() as u64, now)?;
        self.tombstones.after(&group, now)?;
        let begun = Instant::now();
        let committed = group.commit()?;
        self.pace.note(applied.len(), begun.elapsed());
        Ok(committed)
    }

    fn say_failed(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.ailing, true) {
            tracing::error!(%error, "the database does not commit: writes are refused until it does again");
        }
    }

    /// Wakes those who wait, on their own threads: this one has the next group to write.
    fn answer(&self, applied: Vec<Applied>) {
        self.runtime.spawn(async move {
            for (waiting, result) in applied {
                // Nobody waits for it any more: it is committed all the same.
                let _ = waiting.answer.send(result);
            }
        });
    }
}

fn broken_off() -> Error {
    Error::Unavailable("the database failed in the middle of a transaction".into())
}

/// What everybody of a failed group is told.
fn unavailable(error: Error) -> Error {
    match error {
        Error::Unavailable(_) => error,
        other => Error::Unavailable(other.to_string()),
    }
}

/// Lets the query planner keep what it learnt, and carries the log over into the database file.
fn finish(connection: Connection) -> Result<(), Error> {
    connection.execute_batch("PRAGMA optimize").map_err(told)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(told)?;
    connection.close().map_err(|(_, error)| told(error))
}
