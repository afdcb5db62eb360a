//! One shard: the connections it owns, which topics they are on, and the fan-out.

mod catching_up;
mod members;
mod pending;
mod places;
mod seat;

use crate::bus::{Interest, Publication, Reach};
use crate::{Above, Attach, Batch, ConnectionId, Delivered, Event, Figures, Said, Topic};
use members::Members;
use pending::Pending;
use seat::{At, Hearing, Origin, Seat, Seats};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// What a shard is told.
pub(crate) enum Message {
    Publish(Arc<[Publication]>),
    Attach { id: ConnectionId, attach: Attach },
    Detach { id: ConnectionId },
    Hold { id: ConnectionId, done: oneshot::Sender<()> },
    Keep { id: ConnectionId, done: oneshot::Sender<bool> },
    Join { id: ConnectionId, topics: Vec<Topic>, watch: Vec<Topic>, done: oneshot::Sender<()> },
    Say { id: ConnectionId, event: Arc<Event>, needs: Vec<Topic>, as_of: u64, done: oneshot::Sender<Said> },
    Release { id: ConnectionId, above: Above },
    Abandon { id: ConnectionId },
    Watch { id: ConnectionId, topics: Vec<Topic>, done: oneshot::Sender<()> },
    Users { topic: Topic, answer: oneshot::Sender<Vec<Arc<str>>> },
}

/// The way into a shard.
#[derive(Clone)]
pub(crate) struct Inbox {
    sender: mpsc::Sender<Message>,
    /// Set when a publication found the queue full: everybody on the shard has missed something.
    pub(crate) overrun: Arc<AtomicBool>,
    /// How many groups were published and have not gone out yet.
    pub(crate) untold: Arc<AtomicUsize>,
}

impl Inbox {
    pub(crate) fn new(sender: mpsc::Sender<Message>) -> Self {
        Self { sender, overrun: Arc::default(), untold: Arc::default() }
    }

    pub(crate) fn publish(&self, group: Arc<[Publication]>) {
        self.untold.fetch_add(1, Ordering::Relaxed);
        if self.sender.try_send(Message::Publish(group)).is_err() {
            self.untold.fetch_sub(1, Ordering::Relaxed);
            self.overrun.store(true, Ordering::Release);
        }
    }

    /// Has the shard drop the lines of all its connections, after what was published before.
    pub(crate) fn drop_lines(&self) {
        self.overrun.store(true, Ordering::Release);
        // Wakes it.
        self.publish(Arc::new([]));
    }

    pub(crate) async fn send(&self, message: Message) {
        // The shard ends with the runtime only; then nobody is left to hear.
        let _ = self.sender.send(message).await;
    }
}

/// The users on a topic, each once, in no order.
pub(crate) async fn users_on(shards: &[Inbox], topic: &Topic) -> Vec<Arc<str>> {
    let mut users = Vec::new();
    for shard in shards {
        let (answer, wait) = oneshot::channel();
        shard.send(Message::Users { topic: topic.clone(), answer }).await;
        users.extend(wait.await.unwrap_or_default());
    }
    users
}

/// How many connections are looked at before the first of them is written to: enough to keep the processor fetching,
/// few enough that nothing is pushed out of its cache again before its turn.
const FEW: usize = 16;
/// The most messages taken in one turn.
const TURN: usize = 1024;

pub(crate) struct Shard {
    seats: Seats,
    topics: HashMap<Topic, Members>,
    users: HashMap<Arc<str>, Vec<At>>,
    pending: Pending,
    /// The topics at which a newest value waits, by when it may leave.
    due: BinaryHeap<Reverse<(Instant, Topic)>>,
    /// How long bystanders are left alone after each newest value.
    pace: Duration,
    /// Told which topics and users are here.
    interest: Weak<dyn Interest>,
    resync: Arc<Event>,
    figures: Arc<Figures>,
    overrun: Arc<AtomicBool>,
    untold: Arc<AtomicUsize>,
}

impl Shard {
    pub(crate) fn new(
        resync: Arc<Event>,
        pace: Duration,
        interest: Weak<dyn Interest>,
        figures: Arc<Figures>,
        inbox: &Inbox,
    ) -> Self {
        Self {
            seats: Seats::default(),
            topics: HashMap::new(),
            users: HashMap::new(),
            pending: Pending::default(),
            due: BinaryHeap::new(),
            pace,
            interest,
            resync,
            figures,
            overrun: inbox.overrun.clone(),
            untold: inbox.untold.clone(),
        }
    }

    pub(crate) fn spawn(mut self, mut inbox: mpsc::Receiver<Message>) {
        let turns = tokio::spawn(async move {
            let mut turn = Vec::with_capacity(TURN);
            loop {
                // A task that was just woken runs next: let those who are about to publish do so first.
                match self.first(&mut inbox).await {
                    First::Message(first) => turn.push(first),
                    First::Due => {}
                    First::Closed => return,
                }
                tokio::task::yield_now().await;
                while turn.len() < TURN
                    && let Ok(more) = inbox.try_recv()
                {
                    turn.push(more);
                }
                let groups = turn.iter().filter(|message| matches!(message, Message::Publish(_))).count();
                for message in turn.drain(..) {
                    self.take(message);
                }
                self.send_due();
                self.flush();
                self.untold.fetch_sub(groups, Ordering::Relaxed);
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

    /// Waits for what begins a turn.
    async fn first(&self, inbox: &mut mpsc::Receiver<Message>) -> First {
        let received = match self.due.peek() {
            None => inbox.recv().await,
            Some(Reverse((at, _))) => match timeout_at(*at, inbox.recv()).await {
                Ok(received) => received,
                Err(_) => return First::Due,
            },
        };
        received.map_or(First::Closed, First::Message)
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
            Publication::Event { topic, reach, also, event } => self.event(topic, *reach, also, event),
            Publication::Latest { topic, event } => self.latest(topic, event),
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
            Publication::Revoke { user, topics, g } => {
                self.flush();
                for at in self.users.get(user).cloned().unwrap_or_default() {
                    topics.iter().for_each(|topic| self.take_off(at, topic));
                    if let Some(seat) = self.seats.get_mut(at)
                        && let Hearing::Kept(kept) = &mut seat.hearing
                    {
                        kept.forget(topics);
                        seat.revoked.extend(topics.iter().cloned());
                        seat.cut.extend(topics.iter().map(|topic| (topic.clone(), *g)));
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

    fn event(&mut self, topic: &Topic, reach: Reach, also: &[Topic], event: &Arc<Event>) {
        if !self.topics.contains_key(topic) {
            return;
        }
        self.pending.add(topic, reach, event);
        // Who hears does not change before this has gone out, so that each can be found now.
        for at in also.iter().filter_map(|other| self.topics.get(other)).flat_map(|others| others.reached(Reach::All)) {
            let Some(seat) = self.seats.get(at).filter(|seat| seat.is_on(topic)) else { continue };
            let reached = match reach {
                Reach::All => true,
                Reach::Watchers => seat.watches(topic),
                Reach::Bystanders => !seat.watches(topic),
            };
            if !reached {
                self.pending.add_also(at, topic, event);
            }
        }
    }

    fn latest(&mut self, topic: &Topic, event: &Arc<Event>) {
        let Some(members) = self.topics.get_mut(topic) else { return };
        if !members.has_bystanders() {
            members.waiting = None;
            return;
        }
        let now = Instant::now();
        match members.next {
            Some(next) if next > now => {
                if members.waiting.replace(event.clone()).is_none() {
                    self.due.push(Reverse((next, topic.clone())));
                }
            }
            _ => {
                members.next = Some(now + self.pace);
                members.waiting = None;
                self.pending.add(topic, Reach::Bystanders, event);
            }
        }
    }

    /// Lets the newest values go whose time has come.
    fn send_due(&mut self) {
        if self.due.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(Reverse((at, topic))) = self.due.peek()
            && *at <= now
        {
            if let Some(members) = self.topics.get_mut(topic)
                && let Some(event) = members.waiting.take()
            {
                members.next = Some(now + self.pace);
                self.pending.add(topic, Reach::Bystanders, &event);
            }
            self.due.pop();
        }
    }

    fn arrange(&mut self, message: Message) {
        match message {
            Message::Publish(_) => {}
            Message::Attach { id, attach } => {
                let user = attach.user.clone();
                let at = self.seats.add(id, Seat::new(attach));
                let theirs = self.users.entry(user.clone()).or_default();
                theirs.push(at);
                if theirs.len() == 1
                    && let Some(interest) = self.interest.upgrade()
                {
                    interest.came(&user);
                }
                self.figures.connections.fetch_add(1, Ordering::Relaxed);
            }
            Message::Detach { id } => self.detach(id),
            Message::Hold { id, done } => {
                self.hold(id);
                let _ = done.send(());
            }
            Message::Keep { id, done } => {
                let _ = done.send(self.keep(id));
            }
            Message::Join { id, topics, watch, done } => {
                self.join(id, topics, watch);
                let _ = done.send(());
            }
            Message::Say { id, event, needs, as_of, done } => {
                let _ = done.send(self.say(id, event, &needs, as_of));
            }
            Message::Release { id, above } => self.release(id, &above),
            Message::Abandon { id } => self.abandon(id),
            Message::Watch { id, topics, done } => {
                self.watch(id, topics);
                let _ = done.send(());
            }
            Message::Users { topic, answer } => {
                let on = self.topics.get(&topic).into_iter().flat_map(|members| members.reached(Reach::All));
                let mut users: Vec<_> = on.filter_map(|at| Some(self.seats.get(at)?.user.clone())).collect();
                users.sort();
                users.dedup();
                let _ = answer.send(users);
            }
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
        if let Some((topic, reach, batch)) = pending.single() {
            // Taken out for the loop, so that nothing is copied; nobody comes or goes meanwhile.
            let members = self.topics.get_mut(topic).map(std::mem::take).unwrap_or_default();
            for few in members.lists(reach).iter().flat_map(|list| list.chunks(FEW)) {
                few.iter().for_each(|at| self.approach(*at));
                few.iter().for_each(|at| self.hand_over(*at, &batch, &Origin::One(topic)));
            }
            if let Some(place) = self.topics.get_mut(topic) {
                *place = members;
            }
        } else {
            let mut batches = pending.batches();
            for few in pending.hearers(&self.topics).chunks(FEW) {
                few.iter().for_each(|(at, _)| self.approach(*at));
                for (at, targets) in few {
                    let (batch, topics) = batches.of(targets);
                    self.hand_over(*at, batch, &Origin::Each(topics));
                }
            }
        }
        self.figures.fanout.observe_time(started.elapsed());
    }

    fn approach(&self, at: At) {
        if let Some(seat) = self.seats.get(at) {
            seat.outlet.approach();
        }
    }

    fn hand_over(&mut self, at: At, batch: &Batch, origin: &Origin<'_>) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        if seat.hear(batch, origin) == Delivered::Overflowed {
            self.overflowed(at);
        }
        self.figures.deliveries.fetch_add(batch.events.len() as u64, Ordering::Relaxed);
    }

    /// Something was dropped for the connection: it is told so, and nothing more until it says hello again.
    fn overflowed(&mut self, at: At) {
        let Some(seat) = self.seats.get_mut(at) else { return };
        self.figures.overflows.fetch_add(1, Ordering::Relaxed);
        seat.hearing = Hearing::Nothing;
        // The outlet has just been emptied, so this fits.
        seat.outlet.deliver(&Batch::new(vec![self.resync.clone()]));
    }

    fn drop_lines(&mut self) {
        tracing::warn!("a hub shard fell too far behind; its clients reconnect");
        for seat in self.seats.iter_mut().filter(|seat| !matches!(seat.hearing, Hearing::Ended)) {
            seat.hearing = Hearing::Nothing;
            seat.outlet.drop_line();
        }
    }
}

/// What begins a turn.
enum First {
    Message(Message),
    /// A newest value has waited long enough.
    Due,
    Closed,
}
