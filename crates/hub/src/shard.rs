//! One shard: the connections it owns, which topics they are on, and the fan-out.

mod seat;

use crate::bus::Publication;
use crate::{Attach, Batch, ConnectionId, Counters, Delivered, Event, Topic};
use seat::{Hearing, Seat};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// What a shard is told.
pub(crate) enum Message {
    Publish(Arc<[Publication]>),
    Attach { id: ConnectionId, attach: Attach },
    Detach { id: ConnectionId },
    Hold { id: ConnectionId, done: oneshot::Sender<()> },
    Join { id: ConnectionId, topics: Vec<Topic>, done: oneshot::Sender<()> },
    Release { id: ConnectionId, above: u64 },
    Watch { id: ConnectionId, watched: Vec<(Topic, Topic)> },
    Users { topic: Topic, answer: oneshot::Sender<Vec<Arc<str>>> },
}

/// The way into a shard.
#[derive(Clone)]
pub(crate) struct Inbox {
    sender: mpsc::Sender<Message>,
    /// Set when a publication found the queue full: everybody on the shard has missed something.
    pub(crate) overrun: Arc<AtomicBool>,
}

impl Inbox {
    pub(crate) fn new(sender: mpsc::Sender<Message>) -> Self {
        Self { sender, overrun: Arc::default() }
    }

    pub(crate) fn publish(&self, group: Arc<[Publication]>) {
        if self.sender.try_send(Message::Publish(group)).is_err() {
            self.overrun.store(true, Ordering::Release);
        }
    }

    pub(crate) async fn send(&self, message: Message) {
        // The shard ends with the runtime only; then nobody is left to hear.
        let _ = self.sender.send(message).await;
    }
}

/// The most messages taken in one turn.
const TURN: usize = 1024;

pub(crate) struct Shard {
    seats: HashMap<ConnectionId, Seat>,
    topics: HashMap<Topic, Vec<ConnectionId>>,
    users: HashMap<Arc<str>, Vec<ConnectionId>>,
    /// What this turn has collected for each topic, in the order in which they were first named.
    pending: Vec<(Topic, Vec<Arc<Event>>)>,
    resync: Arc<Event>,
    counters: Arc<Counters>,
    overrun: Arc<AtomicBool>,
}

impl Shard {
    pub(crate) fn new(resync: Arc<Event>, counters: Arc<Counters>, overrun: Arc<AtomicBool>) -> Self {
        Self {
            seats: HashMap::new(),
            topics: HashMap::new(),
            users: HashMap::new(),
            pending: Vec::new(),
            resync,
            counters,
            overrun,
        }
    }

    pub(crate) fn spawn(mut self, mut inbox: mpsc::Receiver<Message>) {
        tokio::spawn(async move {
            let mut turn = Vec::with_capacity(TURN);
            loop {
                // A task that was just woken runs next: let those who are about to publish do so first.
                let Some(first) = inbox.recv().await else { return };
                turn.push(first);
                tokio::task::yield_now().await;
                while turn.len() < TURN
                    && let Ok(more) = inbox.try_recv()
                {
                    turn.push(more);
                }
                for message in turn.drain(..) {
                    self.take(message);
                }
                self.flush();
                if self.overrun.swap(false, Ordering::AcqRel) {
                    self.drop_lines();
                }
            }
        });
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Publish(group) => group.iter().for_each(|publication| self.publish(publication)),
            // Everything else changes who hears: what came before it goes out first.
            other => {
                self.flush();
                self.arrange(other);
            }
        }
    }

    fn publish(&mut self, publication: &Publication) {
        match publication {
            Publication::Event { topic, event } => {
                if !self.topics.contains_key(topic) {
                    return;
                }
                match self.pending.iter_mut().find(|(name, _)| name == topic) {
                    Some((_, events)) => events.push(event.clone()),
                    None => self.pending.push((topic.clone(), vec![event.clone()])),
                }
            }
            Publication::Grant { user, topic } => {
                self.flush();
                for id in self.users.get(user).cloned().unwrap_or_default() {
                    let Some(seat) = self.seats.get_mut(&id) else { continue };
                    seat.revoked.retain(|revoked| revoked != topic);
                    if !matches!(seat.hearing, Hearing::Nothing) {
                        self.put_on(id, topic.clone());
                    }
                }
            }
            Publication::Revoke { user, topics } => {
                self.flush();
                for id in self.users.get(user).cloned().unwrap_or_default() {
                    topics.iter().for_each(|topic| self.take_off(id, topic));
                    if let Some(seat) = self.seats.get_mut(&id)
                        && let Hearing::Kept(_) = seat.hearing
                    {
                        seat.revoked.extend(topics.iter().cloned());
                    }
                }
            }
            Publication::End { session } => {
                self.flush();
                self.seats.values().filter(|seat| seat.session == *session).for_each(|seat| seat.outlet.end());
            }
        }
    }

    fn arrange(&mut self, message: Message) {
        match message {
            Message::Publish(_) => {}
            Message::Attach { id, attach } => {
                self.users.entry(attach.user.clone()).or_default().push(id);
                self.seats.insert(id, Seat::new(attach));
                self.counters.connections.fetch_add(1, Ordering::Relaxed);
            }
            Message::Detach { id } => self.detach(id),
            Message::Hold { id, done } => {
                self.leave_all(id);
                if let Some(seat) = self.seats.get_mut(&id) {
                    seat.revoked = Vec::new();
                    seat.hearing = Hearing::Kept(Vec::new());
                }
                let _ = done.send(());
            }
            Message::Join { id, topics, done } => {
                let revoked = self.seats.get(&id).map(|seat| seat.revoked.clone()).unwrap_or_default();
                topics.into_iter().filter(|topic| !revoked.contains(topic)).for_each(|topic| self.put_on(id, topic));
                let _ = done.send(());
            }
            Message::Release { id, above } => self.release(id, above),
            Message::Watch { id, watched } => {
                let Some(seat) = self.seats.get_mut(&id) else { return };
                let (allowed, old): (Vec<_>, Vec<_>) = (
                    watched
                        .into_iter()
                        .filter(|(needs, _)| seat.topics.contains(needs))
                        .map(|(_, topic)| topic)
                        .collect(),
                    std::mem::take(&mut seat.watched),
                );
                old.iter().for_each(|topic| self.take_off(id, topic));
                allowed.iter().for_each(|topic| self.put_on(id, topic.clone()));
                if let Some(seat) = self.seats.get_mut(&id) {
                    seat.watched = allowed;
                }
            }
            Message::Users { topic, answer } => {
                let on = self.topics.get(&topic).map(Vec::as_slice).unwrap_or_default();
                let mut users: Vec<_> = on.iter().filter_map(|id| Some(self.seats.get(id)?.user.clone())).collect();
                users.sort();
                users.dedup();
                let _ = answer.send(users);
            }
        }
    }

    fn detach(&mut self, id: ConnectionId) {
        self.leave_all(id);
        let Some(seat) = self.seats.remove(&id) else { return };
        self.counters.connections.fetch_sub(1, Ordering::Relaxed);
        if let Some(ids) = self.users.get_mut(&seat.user) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.users.remove(&seat.user);
            }
        }
    }

    fn release(&mut self, id: ConnectionId, above: u64) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        let Hearing::Kept(kept) = std::mem::replace(&mut seat.hearing, Hearing::All) else { return };
        seat.revoked = Vec::new();
        let events: Vec<_> = kept.into_iter().filter(|event| event.stamp.is_none_or(|stamp| stamp > above)).collect();
        if !events.is_empty() {
            let batch = Batch::new(events);
            self.hand_over(id, &batch);
        }
    }

    /// Everything collected goes out: one batch a topic, one delivery a member.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let started = Instant::now();
        for (topic, events) in std::mem::take(&mut self.pending) {
            // Taken out for the loop, so that nothing is copied; nobody comes or goes meanwhile.
            let Some(members) = self.topics.get_mut(&topic).map(std::mem::take) else { continue };
            let batch = Batch::new(events);
            for id in &members {
                self.hand_over(*id, &batch);
            }
            self.topics.insert(topic, members);
        }
        self.counters.fanout_nanos.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }

    fn hand_over(&mut self, id: ConnectionId, batch: &Batch) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        if seat.hear(batch) == Delivered::Overflowed {
            self.counters.overflows.fetch_add(1, Ordering::Relaxed);
            // Nothing more until it says hello again; the outlet has just been emptied, so this fits.
            seat.hearing = Hearing::Nothing;
            seat.outlet.deliver(&Batch::new(vec![self.resync.clone()]));
        }
        self.counters.deliveries.fetch_add(batch.events.len() as u64, Ordering::Relaxed);
    }

    fn drop_lines(&mut self) {
        tracing::warn!(connections = self.seats.len(), "a hub shard fell too far behind; its clients reconnect");
        for seat in self.seats.values_mut() {
            seat.hearing = Hearing::Nothing;
            seat.outlet.drop_line();
        }
    }

    fn put_on(&mut self, id: ConnectionId, topic: Topic) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        if seat.topics.contains(&topic) {
            return;
        }
        seat.topics.push(topic.clone());
        self.topics.entry(topic).or_default().push(id);
    }

    fn take_off(&mut self, id: ConnectionId, topic: &Topic) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        if let Some(at) = seat.topics.iter().position(|other| other == topic) {
            seat.topics.swap_remove(at);
            self.remove_member(id, topic);
        }
    }

    fn leave_all(&mut self, id: ConnectionId) {
        let Some(seat) = self.seats.get_mut(&id) else { return };
        seat.watched = Vec::new();
        for topic in std::mem::take(&mut seat.topics) {
            self.remove_member(id, &topic);
        }
    }

    fn remove_member(&mut self, id: ConnectionId, topic: &Topic) {
        let Some(members) = self.topics.get_mut(topic) else { return };
        if let Some(at) = members.iter().position(|member| *member == id) {
            members.swap_remove(at);
        }
        if members.is_empty() {
            self.topics.remove(topic);
        }
    }
}
