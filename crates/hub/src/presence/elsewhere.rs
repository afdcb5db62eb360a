//! Who is on other nodes, as those say, and what of it is news here.

use super::{Counts, Seen};
use crate::NodeId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A user and their connections on one node.
pub(crate) type Entry = (Arc<str>, Counts);

/// Somebody is seen otherwise than before, because of another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub user: Arc<str>,
    pub before: Seen,
    pub after: Seen,
}

/// What a node says of those who are there.
pub(crate) enum Told {
    /// These have so many connections now.
    Changes(Vec<Entry>),
    /// These and nobody else are there.
    All(Vec<Entry>),
    /// The node is gone, and with it its people.
    Gone,
}

/// The most news handed out at once.
const MOST: usize = 1_000;

#[derive(Default)]
pub(super) struct Elsewhere {
    nodes: HashMap<NodeId, HashMap<Arc<str>, Counts>>,
    /// Whose counts here are to be told to others; none where nobody else is.
    changed: Option<HashSet<Arc<str>>>,
    /// Whose state changed elsewhere, and what was seen of them before: at most one for each user of another node.
    news: HashMap<Arc<str>, Seen>,
}

impl Elsewhere {
    /// What is seen of a user of whom `here` is seen on this node.
    pub(super) fn seen(&self, user: &str, here: Seen) -> Seen {
        let there = self.nodes.values().filter_map(|node| node.get(user)).map(|counts| counts.seen());
        there.fold(here, |one, other| match (one, other) {
            (Seen::Online, _) | (_, Seen::Online) => Seen::Online,
            (Seen::Away, _) | (_, Seen::Away) => Seen::Away,
            _ => Seen::Offline,
        })
    }

    pub(super) fn begin(&mut self) {
        self.changed = Some(HashSet::new());
    }

    /// The user's counts changed here; true if others are to be told.
    pub(super) fn note(&mut self, user: &Arc<str>) -> bool {
        self.changed.as_mut().map(|changed| changed.insert(user.clone())).is_some()
    }

    pub(super) fn take_changes(&mut self, here: &HashMap<Arc<str>, Counts>) -> Vec<Entry> {
        let Some(changed) = &mut self.changed else { return Vec::new() };
        let changed = std::mem::take(changed).into_iter();
        changed.map(|user| (user.clone(), here.get(&user).copied().unwrap_or_default())).collect()
    }

    /// Takes what a node says; true if there is news.
    pub(super) fn told(&mut self, node: &NodeId, told: Told, here: &HashMap<Arc<str>, Counts>) -> bool {
        let (entries, all) = match told {
            Told::Changes(entries) => (entries, false),
            Told::All(entries) => (entries, true),
            Told::Gone => (Vec::new(), true),
        };
        let listed: HashSet<&Arc<str>> =
            if all { entries.iter().map(|(user, _)| user).collect() } else { HashSet::new() };
        let absent: Vec<Entry> = match self.nodes.get(node) {
            Some(known) if all => {
                let absent = known.keys().filter(|user| !listed.contains(user));
                absent.map(|user| (user.clone(), Counts::default())).collect()
            }
            _ => Vec::new(),
        };
        for (user, counts) in entries.into_iter().chain(absent) {
            self.set(node, user, counts, here);
        }
        if self.nodes.get(node).is_some_and(HashMap::is_empty) {
            self.nodes.remove(node);
        }
        !self.news.is_empty()
    }

    fn set(&mut self, node: &NodeId, user: Arc<str>, counts: Counts, here: &HashMap<Arc<str>, Counts>) {
        let on_this = here.get(&user).copied().unwrap_or_default().seen();
        let before = self.seen(&user, on_this);
        let there = self.nodes.entry(node.clone()).or_default();
        if counts == Counts::default() {
            there.remove(&user);
        } else {
            there.insert(user.clone(), counts);
        }
        if self.seen(&user, on_this) != before {
            self.news.entry(user).or_insert(before);
        }
    }

    pub(super) fn take_news(&mut self, here: &HashMap<Arc<str>, Counts>) -> Vec<News> {
        let mut news = Vec::new();
        while news.is_empty() && !self.news.is_empty() {
            let users: Vec<_> = self.news.keys().take(MOST).cloned().collect();
            for user in users {
                let Some(before) = self.news.remove(&user) else { continue };
                let after = self.seen(&user, here.get(&user).copied().unwrap_or_default().seen());
                if after != before {
                    news.push(News { user, before, after });
                }
            }
        }
        news
    }
}
