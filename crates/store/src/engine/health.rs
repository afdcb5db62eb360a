//! Whether the database is there: said once when it goes and once when it is back, and how soon to try again.

use crate::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The first pause after a failure; each further one is twice as long, up to the longest.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// How the database has lately been, as one who uses it knows.
pub(crate) struct Health {
    /// What is refused while it is away, for the log.
    what: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// Before then it is not tried again.
    next: Option<Instant>,
}

impl Health {
    pub(crate) fn new(what: &'static str) -> Health {
        Health { what, state: Mutex::default() }
    }

    /// Whether it is worth trying; refused while the pause after a failure lasts.
    pub(crate) fn ready(&self) -> Result<(), Error> {
        match self.state().next {
            Some(next) if Instant::now() < next => {
                Err(Error::Unavailable("the database is away, and will soon be tried again".into()))
            }
            _ => Ok(()),
        }
    }

    /// It could not be used, but can be tried again at once.
    pub(crate) fn faltered(&self, error: &Error) {
        self.note(&mut self.state(), error);
    }

    /// It could not be reached.
    pub(crate) fn failed(&self, error: &Error) {
        let mut state = self.state();
        self.note(&mut state, error);
        let pause = LONGEST.min(SHORTEST.saturating_mul(1 << state.failures.min(16)));
        // Nodes that lost it at the same moment do not come back at the same moment.
        let part = getrandom::u32().unwrap_or(u32::MAX / 2) / (u32::MAX / 1000 + 1);
        state.next = Some(Instant::now() + pause / 2 + pause / 2 * part / 1000);
    }

    fn note(&self, state: &mut State, error: &Error) {
        state.failures += 1;
        if state.failures == 1 {
            tracing::error!(%error, "the database fails: {} are refused until it is well again", self.what);
        }
    }

    /// It was used.
    pub(crate) fn well(&self) {
        let mut state = self.state();
        if std::mem::take(&mut *state).failures > 0 {
            tracing::info!("the database is well again: {} are served", self.what);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
