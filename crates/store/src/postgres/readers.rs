//! The readers: a few connections that cannot write, lent to questions which run on blocking threads, each within a
//! time limit. They are made when they are needed and made anew when they break.

use super::Options;
use super::connect::{Connector, Purpose};
use super::link::Link;
use crate::Error;
use crate::engine::health::Health;
use crate::engine::turns::Turns;
use crate::sql::statements::statements;
use crate::sql::{Failure, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

statements! {
    BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    END = "COMMIT";
}

/// The pool.
pub(crate) struct Readers {
    shared: Arc<Shared>,
    turns: Turns,
    limit: Duration,
}

struct Shared {
    idle: Mutex<Vec<Link>>,
    connector: Connector,
    health: Health,
}

impl Readers {
    pub(crate) fn new(connector: Connector, options: &Options) -> Readers {
        let health = Health::new("questions");
        Readers {
            shared: Arc::new(Shared { idle: Mutex::default(), connector, health }),
            turns: Turns::new(options.readers),
            limit: options.question_time,
        }
    }

    /// Runs `question` on one of the connections, after waiting for one; with `snapshot` all its statements see the
    /// same moment.
    pub(crate) async fn ask<T, F>(&self, snapshot: bool, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let until = Instant::now() + self.limit;
        let turn = self.turns.take(Some(self.limit)).await?;
        let shared = self.shared.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let answer = shared.answer(until, snapshot, question);
            drop(turn);
            answer
        });
        asked.await.map_err(|error| Error::Internal(format!("a question to the database broke off: {error}")))?
    }

    /// Waits for the questions that run, and closes the connections. Later questions are answered `Unavailable`.
    pub(crate) async fn close(&self) {
        self.turns.end().await;
        self.shared.idle().clear();
    }
}

impl Shared {
    fn answer<T>(
        &self,
        until: Instant,
        snapshot: bool,
        question: impl FnOnce(&Session<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let link = self.link()?;
        link.begin_question(until);
        let asked = catch_unwind(AssertUnwindSafe(|| ask(&link, snapshot, question)));
        let answer = asked.unwrap_or_else(|_| {
            // What it left half done is known to nobody.
            link.give_away();
            Err(Failure::Broken("a question to the database panicked".into()))
        });
        if link.is_good() {
            self.health.well();
            self.idle().push(link);
        } else if let Err(failure) = answer {
            let error = failure.into_error();
            self.health.faltered(&error);
            return Err(error);
        }
        answer.map_err(Failure::into_error)
    }

    /// A connection that is idle and still there, or a new one.
    fn link(&self) -> Result<Link, Error> {
        while let Some(link) = self.take() {
            if link.is_good() {
                return Ok(link);
            }
        }
        self.health.ready()?;
        self.connector.link(Purpose::Reading).inspect_err(|error| self.health.failed(error))
    }

    fn take(&self) -> Option<Link> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ask<T>(
    link: &Link,
    snapshot: bool,
    question: impl FnOnce(&Session<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let session = Session::Postgres(link);
    if !snapshot {
        return question(&session);
    }
    link.run(BEGIN, ())?;
    let answer = question(&session).and_then(|answer| link.settle().map(|()| answer));
    link.leave(END);
    answer
}
