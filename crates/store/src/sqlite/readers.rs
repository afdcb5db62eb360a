//! The readers: a few connections that cannot write, lent to questions which run on blocking threads, each within a
//! time limit.

use super::{Failure, Options, files};
use crate::Error;
use rusqlite::{Connection, InterruptHandle};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The most questions that wait for a connection; one more is refused.
const MOST_WAITING: usize = 4096;

/// The pool.
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    /// As many permits as connections: who holds one finds a connection idle.
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    count: u32,
    limit: Duration,
}

impl Readers {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Readers, Error> {
        let count = options.readers.clamp(1, 64);
        let idle = (0..count).map(|_| files::connect_reader(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Readers {
            idle: Arc::new(Mutex::new(idle)),
            permits: Arc::new(Semaphore::new(count)),
            waiting: AtomicUsize::new(0),
            count: count as u32,
            limit: options.question_time,
        })
    }

    /// Runs `question` on one of the connections, after waiting for one. Each statement of it sees its own snapshot
    /// unless it opens a transaction.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
    {
        let waiting = Waiting::among(&self.waiting)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| closed())?;
        drop(waiting);
        let idle = self.idle.clone();
        let Some(mut connection) = locked(&idle).pop() else { return Err(closed()) };
        // Present while the question runs: an interrupt must not reach the next user of the connection.
        let running = Arc::new(Mutex::new(Some(connection.get_interrupt_handle())));
        let interruptible = running.clone();
        let mut work = tokio::task::spawn_blocking(move || {
            // A panic must not take the connection along.
            let answer = catch_unwind(AssertUnwindSafe(|| question(&mut connection)))
                .unwrap_or_else(|_| Err(Failure::Broken("a question to the database panicked".into())));
            locked(&running).take();
            locked(&idle).push(connection);
            drop(permit);
            answer
        });
        let finished = match tokio::time::timeout(self.limit, &mut work).await {
            Ok(finished) => finished,
            Err(_) => {
                interrupt(&interruptible);
                work.await
            }
        };
        match finished {
            Ok(answer) => answer.map_err(Failure::into_error),
            Err(error) => Err(Error::Internal(format!("a question to the database broke off: {error}"))),
        }
    }

    /// Waits for the questions that run, and closes the connections. Later questions are answered `Unavailable`.
    pub(crate) async fn close(&self) {
        let all = self.permits.acquire_many(self.count).await;
        self.permits.close();
        drop(all);
        locked(&self.idle).clear();
    }
}

/// One who waits, also when it gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Result<Self, Error> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Error::Unavailable("too many questions wait".into()));
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn interrupt(running: &Mutex<Option<InterruptHandle>>) {
    if let Some(handle) = locked(running).as_ref() {
        handle.interrupt();
    }
}

fn closed() -> Error {
    Error::Unavailable("the database is closed".into())
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
