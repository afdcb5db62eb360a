//! Shared pieces: what changed in a room between two commits, made once for all who missed the same.
//!
//! After a restart everybody comes back within seconds, and most missed the same of the same rooms.

use super::catching_up::Piece;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::G;
use store::sync::{Known, Span};

/// The most bytes of all that is kept.
const MOST: usize = 16 << 20;
/// How long it is kept: those who come back after a restart come within a minute.
const LIFE: Duration = Duration::from_secs(60);

type Key = (String, G, G);

/// The ops of one span, and the people whom they name.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) pieces: Vec<Piece>,
    pub(super) people: Vec<String>,
}

impl Entry {
    fn weight(&self) -> usize {
        let pieces: usize = self.pieces.iter().map(|piece| piece.json.len() + 64).sum();
        pieces + 48 * self.people.len() + 128
    }
}

#[derive(Default)]
struct Kept {
    entries: HashMap<Key, Arc<Entry>>,
    /// In the order in which they were made.
    order: VecDeque<(Instant, Key)>,
    bytes: usize,
}

/// The pieces that are kept for a while. The lock is held for one look-up.
#[derive(Default)]
pub(crate) struct Shared(Mutex<Kept>);

impl Shared {
    pub(super) fn put(&self, room: &str, from: G, to: G, mut entry: Entry) {
        entry.people.sort_unstable();
        entry.people.dedup();
        let weight = entry.weight();
        if weight > MOST / 4 {
            return;
        }
        let key = (room.to_owned(), from, to);
        let now = Instant::now();
        let mut kept = locked(&self.0);
        let Kept { entries, order, bytes } = &mut *kept;
        if entries.contains_key(&key) {
            return;
        }
        while order.front().is_some_and(|(made, _)| *bytes + weight > MOST || now.duration_since(*made) > LIFE) {
            let Some((_, oldest)) = order.pop_front() else { break };
            *bytes -= entries.remove(&oldest).map_or(0, |entry| entry.weight());
        }
        *bytes += weight;
        order.push_back((now, key.clone()));
        entries.insert(key, Arc::new(entry));
    }

    fn get(&self, key: &Key) -> Option<Arc<Entry>> {
        locked(&self.0).entries.get(key).cloned()
    }
}

/// What one catch-up found among the shared pieces: it stays until that is told, whatever happens to the others.
#[derive(Clone)]
pub(super) struct Taken {
    shared: Arc<Shared>,
    found: Arc<Mutex<HashMap<Key, Arc<Entry>>>>,
}

impl Taken {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, found: Arc::default() }
    }

    /// What the store asks before it reads a span.
    pub(super) fn known(&self) -> Known {
        let taken = self.clone();
        Arc::new(move |room, from, to| {
            let key = (room.to_owned(), from, to);
            let entry = taken.shared.get(&key);
            let known = entry.is_some();
            if let Some(entry) = entry {
                locked(&taken.found).insert(key, entry);
            }
            known
        })
    }

    pub(super) fn entry(&self, span: &Span) -> Option<Arc<Entry>> {
        locked(&self.found).get(&(span.room.clone(), span.from, span.to)).cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
