//! Which connection is on which topics, and which of them it watches.

use super::Shard;
use super::seat::{At, Hearing};
use crate::{ConnectionId, Topic};
use std::sync::atomic::Ordering;

impl Shard {
    pub(super) fn detach(&mut self, id: ConnectionId) {
        let Some(at) = self.seats.at(id) else { return };
        self.leave_all(at);
        let Some(seat) = self.seats.remove(id) else { return };
        self.figures.connections.fetch_sub(1, Ordering::Relaxed);
        if let Some(theirs) = self.users.get_mut(&seat.user) {
            theirs.retain(|other| *other != at);
            if theirs.is_empty() {
                self.users.remove(&seat.user);
                if let Some(interest) = self.interest.upgrade() {
                    interest.went(&seat.user);
                }
            }
        }
    }

    /// Those of `topics` that it is on are watched, and no others; while it is being caught up, also those that it comes to
    /// be on.
    pub(super) fn watch(&mut self, id: ConnectionId, topics: Vec<Topic>) {
        let Some(at) = self.seats.at(id) else { return };
        let Some(seat) = self.seats.get_mut(at) else { return };
        let mut watched: Vec<Topic> = Vec::with_capacity(topics.len());
        for topic in &topics {
            if seat.is_on(topic) && !watched.contains(topic) {
                watched.push(topic.clone());
            }
        }
        if let Hearing::Kept(_) = seat.hearing {
            seat.wished = topics;
        }
        let before = std::mem::replace(&mut seat.watched, watched.clone());
        for topic in before.iter().filter(|topic| !watched.contains(topic)) {
            self.move_to(at, topic, false);
        }
        for topic in watched.iter().filter(|topic| !before.contains(topic)) {
            self.move_to(at, topic, true);
        }
    }

    fn move_to(&mut self, at: At, topic: &Topic, watching: bool) {
        if let Some(members) = self.topics.get_mut(topic) {
            members.remove(at, !watching);
            members.add(at, watching);
        }
    }

    pub(super) fn put_on(&mut self, at: At, topic: Topic) {
        // One name for all who are on it.
        let topic = self.topics.get_key_value(&topic).map_or(topic, |(known, _)| known.clone());
        let Some(seat) = self.seats.get_mut(at) else { return };
        if matches!(seat.hearing, Hearing::Ended) || !seat.put_on(topic.clone()) {
            return;
        }
        let watching = seat.wished.contains(&topic);
        if watching {
            seat.watched.push(topic.clone());
        }
        let members = self.topics.entry(topic.clone()).or_default();
        let first = members.is_empty();
        members.add(at, watching);
        if first && let Some(interest) = self.interest.upgrade() {
            interest.hold(&topic);
        }
    }

    pub(super) fn take_off(&mut self, at: At, topic: &Topic) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        if let Some(watched) = seat.take_off(topic) {
            self.remove_member(at, topic, watched);
        }
    }

    pub(super) fn leave_all(&mut self, at: At) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        for (topic, watched) in seat.take_off_all() {
            self.remove_member(at, &topic, watched);
        }
    }

    fn remove_member(&mut self, at: At, topic: &Topic, watched: bool) {
        let Some(members) = self.topics.get_mut(topic) else { return };
        members.remove(at, watched);
        if members.is_empty() {
            self.topics.remove(topic);
            if let Some(interest) = self.interest.upgrade() {
                interest.let_go(topic);
            }
        }
    }
}
