//! Presence counts: several connections are one person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What one connection says of its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Online,
    Away,
}

/// What others see of a person: online if any connection is, away if all are, offline without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Online,
    Away,
    Offline,
}

/// Signed, because a change of mood and a departure may be counted in either order.
#[derive(Clone, Copy, Default)]
struct Counts {
    online: i32,
    away: i32,
}

impl Counts {
    fn seen(self) -> Seen {
        match (self.online, self.away) {
            (1.., _) => Seen::Online,
            (_, 1..) => Seen::Away,
            _ => Seen::Offline,
        }
    }

    fn of(&mut self, mood: Mood) -> &mut i32 {
        match mood {
            Mood::Online => &mut self.online,
            Mood::Away => &mut self.away,
        }
    }
}

/// The counts of all users with a connection. The lock is held for one look-up, never across anything that waits.
#[derive(Default)]
pub struct Presence {
    counts: Mutex<HashMap<Arc<str>, Counts>>,
}

impl Presence {
    /// A connection came, changed its mood or went. Returns what others see (before, after).
    pub fn change(&self, user: &Arc<str>, from: Option<Mood>, to: Option<Mood>) -> (Seen, Seen) {
        let mut counts = self.lock();
        let entry = counts.entry(user.clone()).or_default();
        let before = entry.seen();
        if let Some(mood) = from {
            *entry.of(mood) -= 1;
        }
        if let Some(mood) = to {
            *entry.of(mood) += 1;
        }
        let after = entry.seen();
        if entry.online == 0 && entry.away == 0 {
            counts.remove(user);
        }
        (before, after)
    }

    /// What others see of `user` now.
    pub fn seen(&self, user: &str) -> Seen {
        self.lock().get(user).copied().unwrap_or_default().seen()
    }

    /// How many users have a connection.
    pub fn users(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Counts>> {
        // Counts are whole after every statement, so a panic elsewhere leaves nothing half done.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
