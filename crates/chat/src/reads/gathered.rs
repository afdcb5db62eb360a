//! Read positions of one user in one room that arrive while one is being committed: they are written together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Ack;
use store::reads::Intended;
use tokio::sync::oneshot;

/// How many may wait for one that is being committed.
const MOST: usize = 32;

/// User and room.
type Key = (Arc<str>, String);
type Waiting = Vec<(Intended, oneshot::Sender<Ack>)>;

/// Who waits, by user and room; an entry is there while somebody writes.
#[derive(Clone, Default)]
pub struct Gathered(Arc<Mutex<HashMap<Key, Waiting>>>);

/// What has become of a wish.
pub(crate) enum Turn {
    /// Written together with others.
    Done(Ack),
    /// Nobody writes there: write, then see who came.
    First(First),
    /// Too many wait, or writing together did not work: write.
    Alone,
}

impl Gathered {
    /// Waits where somebody writes already.
    pub(crate) async fn join(&self, key: &Key, intended: Intended) -> Turn {
        let answered = match self.locked().entry(key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(Vec::new());
                return Turn::First(First { gathered: self.clone(), key: key.clone(), ended: false });
            }
            Entry::Occupied(entry) if entry.get().len() >= MOST => return Turn::Alone,
            Entry::Occupied(mut entry) => {
                let (answer, answered) = oneshot::channel();
                entry.get_mut().push((intended, answer));
                answered
            }
        };
        answered.await.map_or(Turn::Alone, Turn::Done)
    }

    /// Held for a look-up only.
    fn locked(&self) -> MutexGuard<'_, HashMap<Key, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of the one who writes. Dropping it ends it, and lets those who wait try alone.
pub(crate) struct First {
    gathered: Gathered,
    key: Key,
    ended: bool,
}

impl First {
    /// The room, and those who came since the last time; None: nobody, and the turn has ended.
    pub(crate) fn next(&mut self) -> Option<(String, Waiting)> {
        let mut all = self.gathered.locked();
        let waiting = all.get_mut(&self.key).map(std::mem::take).unwrap_or_default();
        if waiting.is_empty() {
            all.remove(&self.key);
            self.ended = true;
            return None;
        }
        Some((self.key.1.clone(), waiting))
    }
}

impl Drop for First {
    fn drop(&mut self) {
        if !self.ended {
            self.gathered.locked().remove(&self.key);
        }
    }
}
