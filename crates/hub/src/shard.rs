//! One shard: the connections it owns, which topics they are on, and the fan-out.

mod pending;
mod seat;

use crate::bus::Publication;
use crate::{Attach, Batch, ConnectionId, Delivered, Event, Figures, Topic};
use pending::Pending;
use seat::{At, Hearing, Seat, Seats};
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

/// How many connections are looked at before the first of them is written to: enough to keep the processor fetching,
/// few enough that nothing is pushed out of its cache again before its turn.
const FEW: usize = 16;
/// The most messages taken in one turn.
const TURN: usize = 1024;

pub(crate) struct Shard {
    seats: Seats,
    topics: HashMap<Topic, Vec<At>>,
    users: HashMap<Arc<str>, Vec<At>>,
    pending: Pending,
    resync: Arc<Event>,
    figures: Arc<Figures>,
    overrun: Arc<AtomicBool>,
}

impl Shard {
    pub(crate) fn new(resync: Arc<Event>, figures: Arc<Figures>, overrun: Arc<AtomicBool>) -> Self {
        Self {
            seats: Seats::default(),
            topics: HashMap::new(),
            users: HashMap::new(),
            pending: Pending::default(),
            resync,
            figures,
            overrun,
        }
    }

    pub(crate) fn spawn(mut self, mut inbox: mpsc::Receiver<Message>) {
        let turns = tokio::spawn(async move {
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
        tokio::spawn(async move {
            if turns.await.is_err_and(|error| error.is_panic()) {
                // Its connections would stay, and hear nothing for ever. A restart loses nothing.
                tracing::error!("a hub shard has failed; the process ends");
                std::process::abort();
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
                if self.topics.contains_key(topic) {
                    self.pending.add(topic, event);
                }
            }
            Publication::Grant { user, topic } => {
                self.flush();
                for at in self.users.get(user).cloned().unwrap_or_default() {
                    let Some(seat) = self.seats.get_mut(at) else { continue };
                    seat.revoked.retain(|revoked| revoked != topic);
                    if matches!(seat.hearing, Hearing::Kept(_) | Hearing::All) {
                        self.put_on(at, topic.clone());
                    }
                }
            }
            Publication::Revoke { user, topics } => {
                self.flush();
                for at in self.users.get(user).cloned().unwrap_or_default() {
                    topics.iter().for_each(|topic| self.take_off(at, topic));
                    if let Some(seat) = self.seats.get_mut(at)
                        && let Hearing::Kept(_) = seat.hearing
                    {
                        seat.revoked.extend(topics.iter().cloned());
                    }
                }
            }
            Publication::End { session } => {
                self.flush();
                for at in self.seats.of_session(session) {
                    self.leave_all(at);
                    if let Some(seat) = self.seats.get_mut(at) {
                        seat.hearing = Hearing::Ended;
                        seat.outlet.end();
                    }
                }
            }
        }
    }

    fn arrange(&mut self, message: Message) {
        match message {
            Message::Publish(_) => {}
            Message::Attach { id, attach } => {
                let user = attach.user.clone();
                let at = self.seats.add(id, Seat::new(attach));
                self.users.entry(user).or_default().push(at);
                self.figures.connections.fetch_add(1, Ordering::Relaxed);
            }
            Message::Detach { id } => self.detach(id),
            Message::Hold { id, done } => {
                if let Some(at) = self.seats.at(id) {
                    self.leave_all(at);
                    if let Some(seat) = self.seats.get_mut(at)
                        && !matches!(seat.hearing, Hearing::Ended)
                    {
                        seat.revoked = Vec::new();
                        seat.hearing = Hearing::Kept(Vec::new());
                    }
                }
                let _ = done.send(());
            }
            Message::Join { id, topics, done } => {
                if let Some(at) = self.seats.at(id) {
                    let revoked = self.seats.get_mut(at).map(|seat| seat.revoked.clone()).unwrap_or_default();
                    let granted = topics.into_iter().filter(|topic| !revoked.contains(topic));
                    granted.for_each(|topic| self.put_on(at, topic));
                }
                let _ = done.send(());
            }
            Message::Release { id, above } => self.release(id, above),
            Message::Watch { id, watched } => self.watch(id, watched),
            Message::Users { topic, answer } => {
                let on = self.topics.get(&topic).map(Vec::as_slice).unwrap_or_default();
                let mut users: Vec<_> = on.iter().filter_map(|at| Some(self.seats.get(*at)?.user.clone())).collect();
                users.sort();
                users.dedup();
                let _ = answer.send(users);
            }
        }
    }

    fn detach(&mut self, id: ConnectionId) {
        let Some(at) = self.seats.at(id) else { return };
        self.leave_all(at);
        let Some(seat) = self.seats.remove(id) else { return };
        self.figures.connections.fetch_sub(1, Ordering::Relaxed);
        if let Some(theirs) = self.users.get_mut(&seat.user) {
            theirs.retain(|other| *other != at);
            if theirs.is_empty() {
                self.users.remove(&seat.user);
            }
        }
    }

    fn watch(&mut self, id: ConnectionId, watched: Vec<(Topic, Topic)>) {
        let Some(at) = self.seats.at(id) else { return };
        let Some(seat) = self.seats.get_mut(at) else { return };
        let (old, mine) = (std::mem::take(&mut seat.watched), &seat.topics);
        let allowed: Vec<_> =
            watched.into_iter().filter(|(needs, _)| mine.contains(needs)).map(|(_, topic)| topic).collect();
        old.iter().for_each(|topic| self.take_off(at, topic));
        allowed.iter().for_each(|topic| self.put_on(at, topic.clone()));
        if let Some(seat) = self.seats.get_mut(at) {
            seat.watched = allowed;
        }
    }

    fn release(&mut self, id: ConnectionId, above: u64) {
        let Some(at) = self.seats.at(id) else { return };
        let Some(seat) = self.seats.get_mut(at) else { return };
        if !matches!(seat.hearing, Hearing::Kept(_)) {
            return;
        }
        let Hearing::Kept(kept) = std::mem::replace(&mut seat.hearing, Hearing::All) else { return };
        seat.revoked = Vec::new();
        let events: Vec<_> = kept.into_iter().filter(|event| event.stamp.is_none_or(|stamp| stamp > above)).collect();
        if !events.is_empty() {
            let batch = Batch::new(events);
            self.hand_over(at, &batch);
        }
    }

    /// Everything collected goes out: to each connection as one batch, in the order in which it was published, over
    /// all topics that the connection is on.
    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let started = Instant::now();
        if let Some((topic, batch)) = pending.single() {
            // Taken out for the loop, so that nothing is copied; nobody comes or goes meanwhile.
            let members = self.topics.get_mut(topic).map(std::mem::take).unwrap_or_default();
            for few in members.chunks(FEW) {
                few.iter().for_each(|at| self.approach(*at));
                few.iter().for_each(|at| self.hand_over(*at, &batch));
            }
            self.topics.insert(topic.clone(), members);
        } else {
            let mut batches = pending.batches();
            for few in pending.hearers(&self.topics).chunks(FEW) {
                few.iter().for_each(|(at, _)| self.approach(*at));
                few.iter().for_each(|(at, topics)| self.hand_over(*at, batches.of(topics)));
            }
        }
        self.figures.fanout.observe_time(started.elapsed());
    }

    fn approach(&self, at: At) {
        if let Some(seat) = self.seats.get(at) {
            seat.outlet.approach();
        }
    }

    fn hand_over(&mut self, at: At, batch: &Batch) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        if seat.hear(batch) == Delivered::Overflowed {
            self.figures.overflows.fetch_add(1, Ordering::Relaxed);
            // Nothing more until it says hello again; the outlet has just been emptied, so this fits.
            seat.hearing = Hearing::Nothing;
            seat.outlet.deliver(&Batch::new(vec![self.resync.clone()]));
        }
        self.figures.deliveries.fetch_add(batch.events.len() as u64, Ordering::Relaxed);
    }

    fn drop_lines(&mut self) {
        tracing::warn!("a hub shard fell too far behind; its clients reconnect");
        for seat in self.seats.iter_mut().filter(|seat| !matches!(seat.hearing, Hearing::Ended)) {
            seat.hearing = Hearing::Nothing;
            seat.outlet.drop_line();
        }
    }

    fn put_on(&mut self, at: At, topic: Topic) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        if matches!(seat.hearing, Hearing::Ended) || seat.topics.contains(&topic) {
            return;
        }
        seat.topics.push(topic.clone());
        self.topics.entry(topic).or_default().push(at);
    }

    fn take_off(&mut self, at: At, topic: &Topic) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        if let Some(place) = seat.topics.iter().position(|other| other == topic) {
            seat.topics.swap_remove(place);
            self.remove_member(at, topic);
        }
    }

    fn leave_all(&mut self, at: At) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        seat.watched = Vec::new();
        for topic in std::mem::take(&mut seat.topics) {
            self.remove_member(at, &topic);
        }
    }

    fn remove_member(&mut self, at: At, topic: &Topic) {
        let Some(members) = self.topics.get_mut(topic) else { return };
        if let Some(place) = members.iter().position(|member| *member == at) {
            members.swap_remove(place);
        }
        if members.is_empty() {
            self.topics.remove(topic);
        }
    }
}
