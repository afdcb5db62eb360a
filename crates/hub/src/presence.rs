//! Presence counts: several connections are one person, on whichever nodes they are.

mod elsewhere;

pub use elsewhere::News;
pub(crate) use elsewhere::{Entry, Told};

use crate::NodeId;
use elsewhere::Elsewhere;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) online: i32,
    pub(crate) away: i32,
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

/// The counts of all users with a connection. The lock is held for one look-up, or for what one node says of its own,
/// never across anything that waits.
#[derive(Default)]
pub struct Presence {
    counts: Mutex<Everywhere>,
    /// Something of this node's is to be told to others.
    pub(crate) changed: Notify,
    news: Notify,
}

#[derive(Default)]
struct Everywhere {
    here: HashMap<Arc<str>, Counts>,
    there: Elsewhere,
}

impl Everywhere {
    fn seen(&self, user: &str) -> Seen {
        let here = self.here.get(user).copied().unwrap_or_default().seen();
        self.there.seen(user, here)
    }
}

impl Presence {
    /// A connection of this node came, changed its mood or went. Returns what others see (before, after).
    pub fn change(&self, user: &Arc<str>, from: Option<Mood>, to: Option<Mood>) -> (Seen, Seen) {
        let mut counts = self.lock();
        let before = counts.seen(user);
        let entry = counts.here.entry(user.clone()).or_default();
        if let Some(mood) = from {
            *entry.of(mood) -= 1;
        }
        if let Some(mood) = to {
            *entry.of(mood) += 1;
        }
        if *entry == Counts::default() {
            counts.here.remove(user);
        }
        let after = counts.seen(user);
        if counts.there.note(user) {
            self.changed.notify_one();
        }
        (before, after)
    }

    /// What others see of `user` now, over all nodes.
    pub fn seen(&self, user: &str) -> Seen {
        self.lock().seen(user)
    }

    /// How many users have a connection to this node.
    pub fn users(&self) -> usize {
        self.lock().here.len()
    }

    /// Waits for changes that came from other nodes, and returns those that came since the last time.
    pub async fn news(&self) -> Vec<News> {
        loop {
            let news = {
                let Everywhere { here, there } = &mut *self.lock();
                there.take_news(here)
            };
            if !news.is_empty() {
                return news;
            }
            self.news.notified().await;
        }
    }

    /// Begins to note what other nodes have to be told.
    pub(crate) fn begin_telling(&self) {
        self.lock().there.begin();
    }

    /// What changed here since the last time.
    pub(crate) fn take_changes(&self) -> Vec<Entry> {
        let Everywhere { here, there } = &mut *self.lock();
        there.take_changes(here)
    }

    /// Everybody who is here.
    pub(crate) fn table(&self) -> Vec<Entry> {
        let Everywhere { here, there } = &mut *self.lock();
        there.take_changes(&HashMap::new());
        here.iter().map(|(user, counts)| (user.clone(), *counts)).collect()
    }

    /// A node says who is there, or is gone.
    pub(crate) fn told(&self, node: &NodeId, told: Told) {
        let Everywhere { here, there } = &mut *self.lock();
        if there.told(node, told, here) {
            self.news.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Everywhere> {
        // Counts are whole after every statement, so a panic elsewhere leaves nothing half done.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
