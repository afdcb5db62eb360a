//! Metrics: what the rules, the hub and the store count, for whoever shows them.

use crate::{Cause, Chat};
use hub::{Figures, Histogram};

/// What is measured of commits.
pub struct Commits {
    /// Seconds from the beginning of a transaction to its commit.
    pub seconds: Histogram,
    /// Writes in a transaction.
    pub writes: Histogram,
}

impl Default for Commits {
    fn default() -> Self {
        const SECONDS: &[f64] = &[0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];
        const WRITES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
        Self { seconds: Histogram::new(SECONDS), writes: Histogram::new(WRITES) }
    }
}

impl Chat {
    /// The figures of the fan-out.
    pub fn fanout(&self) -> &Figures {
        &self.hub.figures
    }

    /// The figures of commits.
    pub fn commits(&self) -> &Commits {
        &self.commits
    }

    /// How many blocks clients held otherwise than they are.
    pub fn divergences(&self, cause: Cause) -> u64 {
        self.divergences.count(cause)
    }

    /// How many different people have a connection.
    pub fn users_online(&self) -> usize {
        self.hub.presence.users()
    }
}
