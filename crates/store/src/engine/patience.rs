//! How long a group waits for those who have just been answered: a commit costs the same for one write as for sixty.
//!
//! Whoever sends one message after another is back a moment after each answer. A group that leaves without them makes
//! them wait for a whole commit; two half groups then take turns for ever. So a group waits until it is as large as
//! groups have lately been, now and then for a few more, but never longer than a commit takes or an eighth of the time
//! from one group to the next, counted from when everybody has been told of the group before. A lone writer never waits
//! for anybody.

use super::queue::{Queue, Waiting};
use crate::commit::CommitSink;
use std::time::{Duration, Instant};

/// The most that a group waits.
const MOST: Duration = Duration::from_millis(1);
/// The share of the time between two groups that may be spent on waiting.
const SHARE: u32 = 8;
/// The most that it waits for everybody to be told of the group before.
const LATEST: Duration = Duration::from_millis(8);
/// How often a waiting group looks; less often while those are busy for whom it waits.
const LOOK: Duration = Duration::from_micros(50);
const LONG_LOOK: Duration = Duration::from_micros(250);
/// Every so many groups it is tried whether there are more to wait for.
const TRY: u32 = 8;

/// How groups have lately gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// How many write at the same time, as far as was seen.
    crowd: usize,
    /// What the last commit took.
    commit: Duration,
    /// The time from the commit before it to the last one.
    cycle: Duration,
    last: Option<Instant>,
    groups: u32,
}

impl Pace {
    /// A group of `writes` was committed in that time.
    pub(crate) fn note(&mut self, writes: usize, commit: Duration) {
        // Who does not come any more is soon no longer waited for.
        self.crowd = writes.max(self.crowd * 3 / 4);
        self.commit = commit;
        let now = Instant::now();
        self.cycle = self.last.replace(now).map_or(commit, |last| now - last);
        self.groups = self.groups.wrapping_add(1);
    }

    /// What the next group can wait.
    pub(crate) fn patience(&self) -> Patience {
        let more = if self.groups.is_multiple_of(TRY) { self.crowd / 4 + 1 } else { 0 };
        let enough = if self.crowd < 2 { 0 } else { self.crowd + more };
        Patience { begun: Instant::now(), most: self.commit.max(self.cycle / SHARE).min(MOST), enough }
    }
}

/// What one group can still wait.
pub(crate) struct Patience {
    begun: Instant,
    most: Duration,
    enough: usize,
}

impl Patience {
    /// The next write, if one comes in time. `there` is how many the group has. The time begins when everybody has
    /// been told of the group before.
    pub(crate) fn wait(&self, queue: &mut Queue, there: usize, sink: &dyn CommitSink) -> Option<Waiting> {
        if there >= self.enough {
            return None;
        }
        let mut until = self.begun + self.most;
        loop {
            let now = Instant::now();
            let telling = sink.is_telling() && now < self.begun + LATEST;
            if telling {
                until = now + self.most;
            } else if now >= until {
                return None;
            }
            std::thread::sleep(if telling { LONG_LOOK } else { LOOK });
            if let Some(waiting) = queue.take() {
                return Some(waiting);
            }
        }
    }
}
