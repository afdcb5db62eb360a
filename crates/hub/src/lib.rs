//! Who hears which topic: connections, outlets, fan-out, presence counts, the bus between nodes.
//!
//! One shard a processor owns a part of the connections and of every topic's members; nothing is locked while it fans
//! out. Whatever waits when a shard runs leaves as one batch per member. Being on a topic is the record of a
//! permission: it is granted with the commit that gives it and revoked with the commit that takes it, in that order.
//! Whoever is on a topic is a watcher of it, who hears everything, or a bystander, who hears what is for all and now and
//! then the newest value.

pub mod bus;
mod event;
mod figures;
mod presence;
mod shard;

pub use event::{Batch, Event};
pub use figures::{Figures, Histogram};
pub use presence::{Mood, Presence, Seen};

use bus::{Bus, Publication};
use shard::Message;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A topic's name; the hub gives it no meaning.
pub type Topic = Arc<str>;

/// A connection, numbered from 1 for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Where a connection's events go out.
pub trait Outlet: Send + Sync + 'static {
    /// Writes or queues the batch. Called from the fan-out: must neither block nor wait.
    fn deliver(&self, batch: &Batch) -> Delivered;
    /// Looks at what [`Outlet::deliver`] is going to need, without waiting for any of it: called for a few outlets
    /// before the first of them delivers, so that the processor fetches all of theirs from memory at once.
    fn approach(&self) {}
    /// Resolves once everything delivered before has left, or the connection has closed.
    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// The connection's session ended: close it for good.
    fn end(&self);
    /// Close it so that the client comes back by itself.
    fn drop_line(&self);
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    Taken,
    /// The outlet's queue was full and has been emptied: the client has to ask again from its cursor.
    Overflowed,
    Gone,
}

/// What became of something that was said to one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Taken,
    /// Not said: these topics that it needs were revoked since the connection was held.
    Cut(Vec<Topic>),
    /// Nobody is there, or the connection is no longer being caught up.
    Gone,
}

/// Which of the events that were kept back are news to their connection.
#[derive(Clone, Debug)]
pub enum Above {
    /// Those with a higher stamp.
    All(u64),
    /// Of each of these topics those with a higher stamp; and all of other topics.
    Topics(Vec<(Topic, u64)>),
}

impl Above {
    fn lets(&self, topic: &Topic, stamp: Option<u64>) -> bool {
        let Some(stamp) = stamp else { return true };
        match self {
            Self::All(above) => stamp > *above,
            Self::Topics(topics) => topics.iter().all(|(other, above)| other != topic || stamp > *above),
        }
    }
}

/// How many groups of publications may wait for a shard, and commands of connections.
const QUEUE: usize = 16_384;

/// A connection as it is attached.
pub struct Attach {
    pub user: Arc<str>,
    pub session: Arc<str>,
    pub outlet: Arc<dyn Outlet>,
}

/// The hub of one node.
pub struct Hub {
    shards: Vec<shard::Inbox>,
    bus: Arc<dyn Bus>,
    next: AtomicU64,
    pub presence: Presence,
    pub figures: Arc<Figures>,
}

impl Hub {
    /// A hub with `shards` fan-out tasks on the current runtime and the loop-back bus. `resync` is the event that
    /// a connection gets when events were dropped for it; `pace` is how long bystanders of a topic are left alone after
    /// each newest value.
    pub fn local(shards: usize, resync: Event, pace: Duration) -> Arc<Self> {
        let figures = Arc::new(Figures::default());
        let resync = Arc::new(resync);
        let shards: Vec<_> = (0..shards.max(1))
            .map(|_| {
                let (sender, receiver) = mpsc::channel(QUEUE);
                let inbox = shard::Inbox::new(sender);
                shard::Shard::new(resync.clone(), pace, figures.clone(), &inbox).spawn(receiver);
                inbox
            })
            .collect();
        let bus = Arc::new(bus::local::Local::new(shards.clone()));
        Arc::new(Self { shards, bus, next: AtomicU64::new(1), presence: Presence::default(), figures })
    }

    /// Publishes a group: every shard takes it in order, whole. Never blocks: a shard that is too far behind drops
    /// its connections, whose clients come back and ask from their cursors.
    pub fn publish(&self, group: Vec<Publication>) {
        if !group.is_empty() {
            self.bus.publish(group.into());
        }
    }

    /// Whether something was published that has not gone out to everybody yet.
    pub fn is_telling(&self) -> bool {
        self.shards.iter().any(|shard| shard.untold.load(Ordering::Relaxed) > 0)
    }

    /// Takes a connection in. It hears nothing before its first [`Hub::hold`] and [`Hub::release`].
    pub async fn attach(&self, attach: Attach) -> ConnectionId {
        let id = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed));
        self.tell(id, Message::Attach { id, attach }).await;
        id
    }

    /// Forgets a connection.
    pub async fn detach(&self, id: ConnectionId) {
        self.tell(id, Message::Detach { id }).await;
    }

    /// Takes the connection off all topics and begins to keep back what it is to hear. Returns once that is so:
    /// grants and revocations committed from now on are applied to it.
    pub async fn hold(&self, id: ConnectionId) {
        let (done, wait) = oneshot::channel();
        self.tell(id, Message::Hold { id, done }).await;
        let _ = wait.await;
    }

    /// Begins to keep back what the connection is to hear, and leaves it on its topics. Returns once that is so; false
    /// if it hears nothing: it has not said hello since it was attached, or since it missed something.
    pub async fn keep(&self, id: ConnectionId) -> bool {
        let (done, wait) = oneshot::channel();
        self.tell(id, Message::Keep { id, done }).await;
        wait.await.unwrap_or(false)
    }

    /// Puts a held connection on `topics`, but not on those that were revoked since [`Hub::hold`], as a watcher of those
    /// that are among `watch`. Returns once it is so: what is committed from now on is kept for it.
    pub async fn join(&self, id: ConnectionId, topics: Vec<Topic>, watch: Vec<Topic>) {
        let (done, wait) = oneshot::channel();
        self.tell(id, Message::Join { id, topics, watch, done }).await;
        let _ = wait.await;
    }

    /// Says something to one connection that is held, past what is kept back for it, unless a topic that it `needs` was
    /// revoked since it was held.
    pub async fn say(&self, id: ConnectionId, event: Event, needs: Vec<Topic>) -> Said {
        let (done, wait) = oneshot::channel();
        self.tell(id, Message::Say { id, event: Arc::new(event), needs, done }).await;
        wait.await.unwrap_or(Said::Gone)
    }

    /// Lets go what was kept and is news, and everything from now on.
    pub async fn release(&self, id: ConnectionId, above: Above) {
        self.tell(id, Message::Release { id, above }).await;
    }

    /// Gives up catching up a held connection: what was kept is forgotten, and it hears nothing until the next
    /// [`Hub::hold`].
    pub async fn abandon(&self, id: ConnectionId) {
        self.tell(id, Message::Abandon { id }).await;
    }

    /// Those of `topics` that the connection is on are watched from now on, and no others. Returns once it is so.
    pub async fn watch(&self, id: ConnectionId, topics: Vec<Topic>) {
        let (done, wait) = oneshot::channel();
        self.tell(id, Message::Watch { id, topics, done }).await;
        let _ = wait.await;
    }

    /// The users on a topic, each once, in no order.
    pub async fn users_on(&self, topic: &Topic) -> Vec<Arc<str>> {
        let mut users = Vec::new();
        for shard in &self.shards {
            let (answer, wait) = oneshot::channel();
            shard.send(Message::Users { topic: topic.clone(), answer }).await;
            users.extend(wait.await.unwrap_or_default());
        }
        users.sort();
        users.dedup();
        users
    }

    async fn tell(&self, id: ConnectionId, message: Message) {
        self.shards[id.0 as usize % self.shards.len()].send(message).await;
    }
}
