//! What was told of presence, and what waits in each room to be told with more of it.

#[cfg(test)]
mod tests;

use super::{PresenceEvent, PresenceState};
use crate::Event;
use crate::events::in_room;
use hub::Seen;
use hub::bus::Publication;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long what changes in a room is gathered after something was told there.
pub(super) const PACE: Duration = Duration::from_millis(500);
/// So few are told one by one.
const FEW: usize = 8;
/// The most people in one event.
const MOST: usize = 1_000;
/// What waits at most, over all rooms; beyond, everything is told at once.
const MOST_WAITING: usize = 200_000;

/// Locked for look-ups and for handing publications over, never across anything that waits.
#[derive(Default)]
pub(super) struct Told {
    state: Mutex<State>,
    /// Something waits where nothing did.
    pub(super) begun: Notify,
}

#[derive(Default)]
struct State {
    /// What was last seen of each user who is not offline.
    seen: HashMap<Arc<str>, Seen>,
    /// Rooms in which something was told a moment ago, and whose state has changed there since.
    rooms: HashMap<String, HashSet<Arc<str>>>,
    waiting: usize,
}

impl Told {
    /// Notes what is seen of a user; true if it is new.
    pub(super) fn note(&self, user: &Arc<str>, seen: Seen) -> bool {
        let mut state = self.lock();
        let before = match seen {
            Seen::Offline => state.seen.remove(user),
            _ => state.seen.insert(user.clone(), seen),
        };
        before.unwrap_or(Seen::Offline) != seen
    }

    /// Tells what was noted of a user in these rooms: at once where nothing was told a moment ago, else with what follows.
    /// `publish` is called in the order in which things were noted.
    pub(super) fn tell(&self, user: &Arc<str>, rooms: Vec<String>, publish: impl Fn(Vec<Publication>)) {
        let mut state = self.lock();
        let begins = state.rooms.is_empty();
        let mut now = Vec::new();
        for room in rooms {
            match state.rooms.get_mut(&room) {
                None => {
                    now.push(in_room(&room));
                    state.rooms.insert(room, HashSet::new());
                }
                Some(waiting) => {
                    if waiting.insert(user.clone()) {
                        state.waiting += 1;
                    }
                }
            }
        }
        if !now.is_empty() {
            let event = Arc::new(one(user, state.state_of(user)));
            publish(now.into_iter().map(|topic| Publication::to_watchers(topic, event.clone())).collect());
        }
        if state.waiting > MOST_WAITING {
            state.tell_waiting(&publish);
        }
        if begins && !state.rooms.is_empty() {
            self.begun.notify_one();
        }
    }

    /// Tells what has gathered; false if nothing is left that could gather more.
    pub(super) fn tell_waiting(&self, publish: impl Fn(Vec<Publication>)) -> bool {
        let mut state = self.lock();
        state.rooms.retain(|_, waiting| !waiting.is_empty());
        state.tell_waiting(&publish);
        !state.rooms.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // After a panic something may have been told that still waits: it is told once more.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn state_of(&self, user: &str) -> PresenceState {
        self.seen.get(user).copied().unwrap_or(Seen::Offline).into()
    }

    fn tell_waiting(&mut self, publish: &impl Fn(Vec<Publication>)) {
        let mut rooms = std::mem::take(&mut self.rooms);
        for (room, waiting) in &mut rooms {
            let people: Vec<(Arc<str>, PresenceState)> =
                waiting.drain().map(|user| (user.clone(), self.state_of(&user))).collect();
            let topic = in_room(room);
            let events = events(&people).into_iter();
            publish(events.map(|event| Publication::to_watchers(topic.clone(), Arc::new(event))).collect());
        }
        (self.rooms, self.waiting) = (rooms, 0);
    }
}

fn one(user: &str, presence: PresenceState) -> Event {
    event(&PresenceEvent { user: user.to_owned(), presence, others: None })
}

/// A few people one by one, many together.
fn events(people: &[(Arc<str>, PresenceState)]) -> Vec<Event> {
    if people.len() <= FEW {
        return people.iter().map(|(user, presence)| one(user, *presence)).collect();
    }
    let together = people.chunks(MOST).filter_map(|chunk| {
        let ((user, presence), others) = chunk.split_first()?;
        let others: BTreeMap<_, _> = others.iter().map(|(user, presence)| (user.to_string(), *presence)).collect();
        Some(event(&PresenceEvent { user: user.to_string(), presence: *presence, others: Some(others) }))
    });
    together.collect()
}

fn event(event: &PresenceEvent) -> Event {
    // A plain struct of strings: serde_json has no way to fail on it.
    Event::new("presence", serde_json::to_vec(event).unwrap_or_default(), None)
}
