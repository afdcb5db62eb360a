//! How long a group waits for those who have just been answered: a commit costs the same for one write as for sixty.
//!
//! Whoever sends one message after another is back a moment after each answer. A group that leaves without them makes
//! them wait for a whole commit; two half groups then take turns for ever. So where the last group had several writes,
//! the next one waits for as many again, but never longer than a quarter of what a commit takes.

use super::queue::{Queue, Waiting};
use std::time::{Duration, Instant};

/// The most that a group waits.
const MOST: Duration = Duration::from_millis(1);
/// How often a waiting group looks.
const LOOK: Duration = Duration::from_micros(50);

/// How the last group went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    pub(crate) writes: usize,
    /// What its commit took.
    pub(crate) commit: Duration,
}

/// What one group can still wait.
pub(crate) struct Patience {
    until: Instant,
    /// How many the last group had; 0 or 1: nobody is waited for.
    last: usize,
    /// Nearly all who may come: then the group leaves.
    enough: Option<usize>,
}

impl Patience {
    pub(crate) fn new(pace: &Pace) -> Patience {
        Patience { until: Instant::now() + (pace.commit / 4).min(MOST), last: pace.writes, enough: None }
    }

    /// The next write, if one comes in time. `there` is how many the group has.
    pub(crate) fn wait(&mut self, queue: &mut Queue, there: usize) -> Option<Waiting> {
        if self.last < 2 {
            return None;
        }
        let last = self.last;
        let enough = *self.enough.get_or_insert_with(|| (last + there) * 15 / 16);
        while there < enough && Instant::now() < self.until {
            std::thread::sleep(LOOK);
            if let Some(waiting) = queue.take() {
                return Some(waiting);
            }
        }
        None
    }
}
