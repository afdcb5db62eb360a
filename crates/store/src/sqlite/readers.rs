//! The readers: a few connections that cannot write, lent to questions which run on blocking threads, each within a
//! time limit.

use super::{Options, files};
use crate::Error;
use crate::engine::turns::{Turns, closed};
use crate::sql::{Failure, Session};
use rusqlite::{Connection, InterruptHandle};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The pool.
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Turns,
    limit: Duration,
}

impl Readers {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Readers, Error> {
        let count = options.readers.clamp(1, 64);
        let idle = (0..count).map(|_| files::connect_reader(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Readers { idle: Arc::new(Mutex::new(idle)), turns: Turns::new(count), limit: options.question_time })
    }

    /// Runs `question` on one of the connections, after waiting for one. Each statement of it sees its own snapshot;
    /// with `snapshot` all see the same.
    pub(crate) async fn ask<T, F>(&self, snapshot: bool, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let turn = self.turns.take(None).await?;
        let idle = self.idle.clone();
        let Some(mut connection) = locked(&idle).pop() else { return Err(closed()) };
        // Present while the question runs: an interrupt must not reach the next user of the connection.
        let running = Arc::new(Mutex::new(Some(connection.get_interrupt_handle())));
        let interruptible = running.clone();
        let mut work = tokio::task::spawn_blocking(move || {
            // A panic must not take the connection along.
            let answer = catch_unwind(AssertUnwindSafe(|| answer(&mut connection, snapshot, question)))
                .unwrap_or_else(|_| Err(Failure::Broken("a question to the database panicked".into())));
            locked(&running).take();
            locked(&idle).push(connection);
            drop(turn);
            answer
        });
        let finished = loop {
            match tokio::time::timeout(self.limit, &mut work).await {
                Ok(finished) => break finished,
                // And again later: one that comes before the statement begins does nothing.
                Err(_) => interrupt(&interruptible),
            }
        };
        match finished {
            Ok(answer) => answer.map_err(Failure::into_error),
            Err(error) => Err(Error::Internal(format!("a question to the database broke off: {error}"))),
        }
    }

    /// Waits for the questions that run, and closes the connections. Later questions are answered `Unavailable`.
    pub(crate) async fn close(&self) {
        self.turns.end().await;
        locked(&self.idle).clear();
    }
}

fn answer<T>(
    connection: &mut Connection,
    snapshot: bool,
    question: impl FnOnce(&Session<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if snapshot {
        let at_once = connection.transaction()?;
        question(&Session::Lent(&at_once))
    } else {
        question(&Session::Lent(connection))
    }
}

fn interrupt(running: &Mutex<Option<InterruptHandle>>) {
    if let Some(handle) = locked(running).as_ref() {
        handle.interrupt();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
