//! The writer: one thread that takes what waits, applies it in one transaction, commits, tells, and answers.
//!
//! A group is first applied without savepoints, because rules are checked before rows are changed and a refusal then
//! needs no undoing; on PostgreSQL also without waiting for answers that are nearly always the same. Where a write is
//! refused after all with rows changed, or such an answer was another one, the group is rolled back and applied once
//! more with a savepoint around each write.

use super::Group;
use super::health::Health;
use super::patience::{Pace, Patience};
use super::queue::{Order, Queue, Waiting};
use super::tombstones::Tombstones;
use super::turns::closed;
use crate::commit::{CommitSink, Tell, apply as commit};
use crate::outbox::sql::Purge;
use crate::sql::{Failure, Session};
use crate::{Ack, Error, Millis, Origin, Write};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// A write with what it will be answered, once its group is committed.
type Applied = (Waiting, Result<Ack, Error>);

/// What the writer writes to.
pub(crate) trait Target: Send {
    type Connection;

    /// Connects, at first or after the connection broke. Blocks.
    fn connect(&mut self) -> Result<Self::Connection, Error>;

    /// The connection as statements see it.
    fn session<'c>(&self, connection: &'c Self::Connection) -> Session<'c>;

    /// Whether others write there, too: whoever writes keeps them waiting.
    fn is_shared(&self) -> bool;

    /// The end. A connection that broke is not handed over.
    fn close(&mut self, connection: Option<Self::Connection>);
}

/// How much the writer may do.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Writes that may wait.
    pub(crate) waiting: usize,
    /// The most writes in one transaction.
    pub(crate) group: usize,
    /// The most rooms that a user can be in.
    pub(crate) most_rooms: usize,
    /// For so many days it is known what is gone.
    pub(crate) keep_tombstones: u32,
    /// For so long the outbox is kept.
    pub(crate) keep_outbox: Millis,
}

/// The handle to the thread.
pub(crate) struct WriterThread {
    /// Taken when the handle is dropped, so that the thread sees the end.
    orders: Option<mpsc::Sender<Order>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WriterThread {
    /// Answers are handed out on `runtime`.
    pub(crate) fn start<T: Target<Connection: Send> + 'static>(
        target: T,
        limits: Limits,
        sink: Arc<dyn CommitSink>,
        runtime: Handle,
        connection: T::Connection,
    ) -> Result<WriterThread, Error> {
        let (orders, queue) = Queue::new(limits.waiting);
        let tombstones = Tombstones::new(limits.keep_tombstones);
        let desk = Desk {
            target,
            purge: Purge::new(limits.keep_outbox),
            limits,
            sink,
            runtime,
            sweep: commit::Sweep::default(),
            tombstones,
            pace: Pace::default(),
            health: Health::new("writes"),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || desk.run(connection, queue))
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

/// Why a group did not commit.
enum Trouble {
    /// Nobody's write happened.
    Engine(Error),
    /// A refused write has changed rows, or something hoped for was not so.
    Untidy,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        if let Failure::Hoped = failure { Trouble::Untidy } else { Trouble::Engine(failure.into_error()) }
    }
}

/// What the thread works with.
struct Desk<T> {
    target: T,
    limits: Limits,
    sink: Arc<dyn CommitSink>,
    runtime: Handle,
    sweep: commit::Sweep,
    tombstones: Tombstones,
    purge: Purge,
    pace: Pace,
    health: Health,
}

impl<T: Target> Desk<T> {
    fn run(mut self, connection: T::Connection, mut queue: Queue) {
        let mut connection = Some(connection);
        while let Some(first) = queue.wait() {
            let opened = match connection.take() {
                Some(opened) => Ok(opened),
                None => self.connect(),
            };
            match opened {
                Ok(opened) => {
                    if self.serve(&opened, first, &mut queue) {
                        connection = Some(opened);
                    }
                }
                Err(error) => {
                    let _ = first.answer.send(Err(unavailable(error)));
                }
            }
        }
        self.target.close(connection);
        queue.end();
    }

    fn connect(&mut self) -> Result<T::Connection, Error> {
        self.health.ready()?;
        self.target.connect().inspect_err(|error| self.health.failed(error))
    }

    /// Commits group after group, until the queue ends (true) or the connection is not to be trusted any more (false:
    /// with it goes its transaction).
    fn serve(&mut self, connection: &T::Connection, first: Waiting, queue: &mut Queue) -> bool {
        let session = self.target.session(connection);
        let mut next = Some(first);
        while let Some(first) = next {
            // A panic must not end the thread: the next group starts anew.
            let healthy = catch_unwind(AssertUnwindSafe(|| self.group(&session, first, queue)));
            if !healthy.unwrap_or(false) {
                return false;
            }
            next = queue.wait();
        }
        true
    }

    /// One transaction, from `first` on: true if the connection is still good.
    fn group(&mut self, session: &Session<'_>, first: Waiting, queue: &mut Queue) -> bool {
        let mut applied = Vec::new();
        let begun = Instant::now();
        let outcome = match self.apply_quickly(session, first, queue, &mut applied) {
            Err(Trouble::Untidy) => self.apply_carefully(session, &mut applied),
            other => other,
        };
        let error = match outcome {
            Ok(tell) => {
                self.sink.measured(applied.len(), begun.elapsed());
                if let Some(tell) = tell {
                    tell();
                }
                self.answer(applied);
                self.health.well();
                return true;
            }
            Err(Trouble::Engine(error)) => unavailable(error),
            Err(Trouble::Untidy) => Error::Unavailable("a write could not be undone".into()),
        };
        self.health.faltered(&error);
        // What they noted went with the transaction.
        self.tombstones = Tombstones::new(self.limits.keep_tombstones);
        self.answer(applied.into_iter().map(|(waiting, _)| (waiting, Err(error.clone()))).collect());
        false
    }

    /// Applies `first` and what else waits, and commits. `applied` has everybody who took part, also on failure.
    fn apply_quickly(
        &mut self,
        session: &Session<'_>,
        first: Waiting,
        queue: &mut Queue,
        applied: &mut Vec<Applied>,
    ) -> Result<Option<Tell>, Trouble> {
        let mut patience = Some(self.pace.patience());
        let mut gathered = VecDeque::from([first]);
        if self.target.is_shared() {
            // Waiting for more comes before the beginning, not after it: nobody else has to wait as well.
            let patience = patience.take();
            while gathered.len() < self.limits.group
                && let Some(waiting) = next(queue, patience.as_ref(), gathered.len(), &*self.sink)
            {
                gathered.push_back(waiting);
            }
        }
        let mut group = match Group::begin(session, self.limits.most_rooms, true) {
            Ok(group) => group,
            Err(failure) => {
                applied.extend(gathered.into_iter().map(|waiting| (waiting, Ok(Ack::default()))));
                return Err(failure.into());
            }
        };
        while applied.len() < self.limits.group
            && let Some(waiting) =
                gathered.pop_front().or_else(|| next(queue, patience.as_ref(), applied.len(), &*self.sink))
        {
            let mark = group.mark();
            let result = commit::apply(&mut group, &waiting.origin, &waiting.write);
            let ended = result.as_ref().is_err_and(Failure::ends_transaction);
            let untidy = result.is_err() && !group.take_back(&mark);
            applied.push((waiting, result.map_err(Failure::into_error)));
            if ended || untidy {
                // They are part of it all the same: they are applied again, or told.
                applied.extend(gathered.into_iter().map(|waiting| (waiting, Ok(Ack::default()))));
                if ended {
                    return Err(Trouble::Engine(broken_off()));
                }
                group.roll_back()?;
                return Err(Trouble::Untidy);
            }
        }
        if let Err(failure) = group.check() {
            if failure.ends_transaction() {
                return Err(failure.into());
            }
            group.roll_back()?;
            return Err(Trouble::Untidy);
        }
        self.commit(group, applied)
    }

    /// Applies all of them again, each in a savepoint of its own, and commits.
    fn apply_carefully(&mut self, session: &Session<'_>, applied: &mut [Applied]) -> Result<Option<Tell>, Trouble> {
        let mut group = Group::begin(session, self.limits.most_rooms, false)?;
        for (waiting, answer) in applied.iter_mut() {
            let mark = group.mark();
            group.save()?;
            let result = commit::apply(&mut group, &waiting.origin, &waiting.write);
            let result = result.and_then(|ack| group.keep().map(|()| ack));
            match &result {
                Ok(_) => {}
                Err(failure) if failure.ends_transaction() => return Err(Trouble::Engine(broken_off())),
                Err(_) => group.undo(&mark)?,
            }
            *answer = result.map_err(Failure::into_error);
        }
        self.commit(group, applied)
    }

    fn commit(&mut self, mut group: Group<'_, '_>, applied: &[Applied]) -> Result<Option<Tell>, Trouble> {
        let now = applied.iter().map(|(waiting, _)| waiting.origin.at).max().unwrap_or(0);
        group.check()?;
        self.sweep.after(&group, applied.len() as u64, now)?;
        self.tombstones.after(&group, now)?;
        self.purge.after(&group)?;
        let begun = Instant::now();
        let tell = group.commit(&*self.sink)?;
        self.pace.note(applied.len(), begun.elapsed());
        Ok(tell)
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

/// What waits next; with patience also what comes in time.
fn next(queue: &mut Queue, patience: Option<&Patience>, there: usize, sink: &dyn CommitSink) -> Option<Waiting> {
    queue.take().or_else(|| patience.and_then(|patience| patience.wait(queue, there, sink)))
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
