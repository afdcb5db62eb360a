//! Seats: the connections that a shard owns, numbered so that the fan-out finds each without a search.

use crate::{Attach, Batch, ConnectionId, Delivered, Event, Outlet, Topic};
use std::collections::HashMap;
use std::sync::Arc;

/// What a connection is given to hear.
pub(super) enum Hearing {
    /// It has not said hello, or missed something since.
    Nothing,
    /// It is being caught up: kept until it is released, with the topic on which each was published.
    Kept(Kept),
    All,
    /// Its session has ended: never anything again.
    Ended,
}

/// What is kept, and its bytes.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) events: Vec<(Topic, Arc<Event>)>,
    bytes: usize,
}

impl Kept {
    /// What is kept of topics that were revoked is not for it any more.
    pub(super) fn forget(&mut self, topics: &[Topic]) {
        self.events.retain(|(topic, _)| !topics.contains(topic));
        self.bytes = self.events.iter().map(|(_, event)| event.body.len()).sum();
    }
}

/// The most events kept for a connection that is being caught up, and their most bytes; beyond either it starts anew.
const MOST_KEPT: usize = 4096;
const MOST_KEPT_BYTES: usize = 4 << 20;

/// A seat's number; given again after it was left.
pub(super) type At = u32;

#[derive(Default)]
pub(super) struct Seats {
    rows: Vec<Option<Seat>>,
    free: Vec<At>,
    by_id: HashMap<ConnectionId, At>,
}

impl Seats {
    pub(super) fn add(&mut self, id: ConnectionId, seat: Seat) -> At {
        let at = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            (self.rows.len() - 1) as At
        });
        self.rows[at as usize] = Some(seat);
        self.by_id.insert(id, at);
        at
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Seat> {
        let at = self.by_id.remove(&id)?;
        let seat = self.rows[at as usize].take();
        self.free.push(at);
        if self.by_id.is_empty() {
            *self = Self::default();
        }
        seat
    }

    pub(super) fn at(&self, id: ConnectionId) -> Option<At> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn get(&self, at: At) -> Option<&Seat> {
        self.rows.get(at as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, at: At) -> Option<&mut Seat> {
        self.rows.get_mut(at as usize)?.as_mut()
    }

    pub(super) fn of_session(&self, session: &str) -> Vec<At> {
        let rows = self.rows.iter().zip(0..);
        rows.filter(|(row, _)| row.as_ref().is_some_and(|seat| *seat.session == *session)).map(|(_, at)| at).collect()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Seat> {
        self.rows.iter_mut().flatten()
    }
}

pub(super) struct Seat {
    pub(super) user: Arc<str>,
    pub(super) session: Arc<str>,
    pub(super) outlet: Arc<dyn Outlet>,
    /// In the order of their names.
    topics: Vec<Topic>,
    /// Those of `topics` that it watches.
    pub(super) watched: Vec<Topic>,
    /// While it is being caught up, those that it is to watch: one that is granted meanwhile is watched at once.
    pub(super) wished: Vec<Topic>,
    /// Topics revoked while it is being caught up: a join decided before must not bring them back.
    pub(super) revoked: Vec<Topic>,
    /// Topics revoked while it is being caught up, given back since or not, and as of when: what was read before is not for
    /// it.
    pub(super) cut: Vec<(Topic, u64)>,
    pub(super) hearing: Hearing,
}

/// Where the events of a batch were published: all on one topic, or each on its own.
pub(super) enum Origin<'a> {
    One(&'a Topic),
    Each(&'a [Topic]),
}

impl Seat {
    pub(super) fn new(attach: Attach) -> Self {
        let Attach { user, session, outlet } = attach;
        Self {
            user,
            session,
            outlet,
            topics: Vec::new(),
            watched: Vec::new(),
            wished: Vec::new(),
            revoked: Vec::new(),
            cut: Vec::new(),
            hearing: Hearing::Nothing,
        }
    }

    /// Nothing has happened to it while it is being caught up: that begins, or has ended.
    pub(super) fn forget_meanwhile(&mut self) {
        (self.revoked, self.cut, self.wished) = (Vec::new(), Vec::new(), Vec::new());
    }

    pub(super) fn is_on(&self, topic: &Topic) -> bool {
        self.topics.binary_search(topic).is_ok()
    }

    pub(super) fn watches(&self, topic: &Topic) -> bool {
        self.watched.contains(topic)
    }

    /// Notes the topic; false if it was there.
    pub(super) fn put_on(&mut self, topic: Topic) -> bool {
        match self.topics.binary_search(&topic) {
            Ok(_) => false,
            Err(place) => {
                self.topics.insert(place, topic);
                true
            }
        }
    }

    /// Forgets the topic; answers whether it was watched, and nothing if it was not there.
    pub(super) fn take_off(&mut self, topic: &Topic) -> Option<bool> {
        let place = self.topics.binary_search(topic).ok()?;
        self.topics.remove(place);
        let watched = self.watched.iter().position(|other| other == topic);
        Some(watched.map(|place| self.watched.swap_remove(place)).is_some())
    }

    /// Forgets all topics and answers them, each with whether it was watched.
    pub(super) fn take_off_all(&mut self) -> Vec<(Topic, bool)> {
        let watched = std::mem::take(&mut self.watched);
        let topics = std::mem::take(&mut self.topics).into_iter();
        topics.map(|topic| (watched.contains(&topic), topic)).map(|(watched, topic)| (topic, watched)).collect()
    }

    pub(super) fn hear(&mut self, batch: &Batch, origin: &Origin<'_>) -> Delivered {
        match &mut self.hearing {
            Hearing::Nothing | Hearing::Ended => Delivered::Taken,
            Hearing::All => self.outlet.deliver(batch),
            Hearing::Kept(kept) => {
                let events = batch.events.iter().cloned();
                kept.bytes += batch.events.iter().map(|event| event.body.len()).sum::<usize>();
                match origin {
                    Origin::One(topic) => kept.events.extend(events.map(|event| ((*topic).clone(), event))),
                    Origin::Each(topics) => kept.events.extend(topics.iter().cloned().zip(events)),
                }
                let fits = kept.events.len() <= MOST_KEPT && kept.bytes <= MOST_KEPT_BYTES;
                if fits { Delivered::Taken } else { Delivered::Overflowed }
            }
        }
    }
}
