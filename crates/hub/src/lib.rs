//! Who hears which topic: connections, outlets, fan-out, presence counts, the bus between nodes.
//!
//! One shard a processor owns a part of the connections and of every topic's members; nothing is locked while it fans
//! out. Whatever waits when a shard runs leaves as one batch per member. Being on a topic is the record of a
//! permission: it is granted with the commit that gives it and revoked with the commit that takes it, in that order.
//! Whoever is on a topic is a watcher of it, who hears everything, or a bystander, who hears what is for all and now and
//! then the newest value.

pub mod bus;
mod cluster;
mod event;
mod figures;
mod presence;
mod shard;

pub use cluster::{Answer, AskError, Backlog, Cluster, ClusterError, Credentials, Kept, NodeId, NodeTold, Tls};
pub use event::{Batch, Event};
pub use figures::{BusFigures, Figures, Histogram};
pub use presence::{Mood, News, Presence, Seen};

use bus::{Bus, Commit, Group, Interest, Publication};
use bytes::Bytes;
use shard::{Inbox, Message};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
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

/// What other nodes told that waits to be taken, at most.
const MOST_TOLD: usize = 1_024;

/// The hub of one node.
pub struct Hub {
    shards: Vec<Inbox>,
    bus: Arc<dyn Bus>,
    interest: Arc<dyn Interest>,
    node: NodeId,
    next: AtomicU64,
    answer: Arc<OnceLock<Arc<dyn Answer>>>,
    told: Mutex<Option<mpsc::Receiver<NodeTold>>>,
    pub presence: Arc<Presence>,
    pub figures: Arc<Figures>,
}

impl Hub {
    /// A hub with `shards` fan-out tasks on the current runtime and the loop-back bus. `resync` is the event that
    /// a connection gets when events were dropped for it; `pace` is how long bystanders of a topic are left alone after
    /// each newest value.
    pub fn local(shards: usize, resync: Event, pace: Duration) -> Arc<Self> {
        let (inboxes, receivers) = inboxes(shards);
        let node = node_id();
        let bus = Arc::new(bus::local::Local::new(inboxes.clone(), node.clone()));
        let hub = Self::new(inboxes, bus, node);
        hub.spawn(receivers, resync, pace);
        Arc::new(hub)
    }

    /// The same on a database that other nodes could use as well, without a bus to them: what was committed there and not
    /// told here is read in it. Everything up to `told` counts as told; `own` is the topic of a user's own things.
    pub fn alone(
        shards: usize,
        resync: Event,
        pace: Duration,
        told: u64,
        own: fn(&str) -> Topic,
        backlog: Arc<dyn Backlog>,
    ) -> Arc<Self> {
        let (inboxes, receivers) = inboxes(shards);
        let (node, figures) = (node_id(), Arc::<Figures>::default());
        let bus = bus::alone::Alone::new(told, own, backlog, inboxes.clone(), node.clone(), figures.clone());
        let hub = Self { figures, ..Self::new(inboxes, Arc::new(bus), node) };
        hub.spawn(receivers, resync, pace);
        Arc::new(hub)
    }

    /// The same as one of several nodes. Does not wait for NATS: nodes serve without it. Fails if what it is told cannot be.
    pub async fn clustered(
        shards: usize,
        resync: Event,
        pace: Duration,
        cluster: Cluster,
    ) -> Result<Arc<Self>, ClusterError> {
        let (inboxes, receivers) = inboxes(shards);
        let node = node_id();
        let (told, receiver) = mpsc::channel(MOST_TOLD);
        let parts = bus::Parts {
            node: node.clone(),
            shards: inboxes.clone(),
            presence: Arc::default(),
            answer: Arc::default(),
            told,
            figures: Arc::default(),
        };
        let (presence, answer, figures) = (parts.presence.clone(), parts.answer.clone(), parts.figures.clone());
        let bus = bus::start(cluster, parts).await?;
        let told = Mutex::new(Some(receiver));
        let hub = Self { presence, answer, figures, told, ..Self::new(inboxes, bus, node) };
        hub.spawn(receivers, resync, pace);
        Ok(Arc::new(hub))
    }

    fn new(shards: Vec<Inbox>, bus: Arc<dyn Bus>, node: NodeId) -> Self {
        Self {
            shards,
            interest: bus.clone(),
            bus,
            node,
            next: AtomicU64::new(1),
            answer: Arc::default(),
            told: Mutex::default(),
            presence: Arc::default(),
            figures: Arc::default(),
        }
    }

    fn spawn(&self, receivers: Vec<mpsc::Receiver<Message>>, resync: Event, pace: Duration) {
        let resync = Arc::new(resync);
        for (inbox, receiver) in self.shards.iter().zip(receivers) {
            let interest = Arc::downgrade(&self.interest);
            shard::Shard::new(resync.clone(), pace, interest, self.figures.clone(), inbox).spawn(receiver);
        }
    }

    /// Publishes what was committed after `before` and up to `g`, on this node, to the connections of all nodes: each hears
    /// it in the order of `g`, whichever node committed what. Also where nothing is to be told, so that others know.
    /// Never blocks: a shard that is too far behind drops its connections, whose clients come back and ask from their cursors.
    pub fn commit(&self, before: u64, g: u64, publications: Vec<Publication>) {
        self.bus.publish(Group { commit: Some(Commit { before, g }), publications: publications.into() });
    }

    /// Publishes what is not kept, to all nodes: there it comes in any order, or not at all. Here every shard takes it in
    /// order, whole.
    pub fn publish(&self, publications: Vec<Publication>) {
        if !publications.is_empty() {
            self.bus.publish(Group { commit: None, publications: publications.into() });
        }
    }

    /// Publishes to the connections of this node alone.
    pub fn publish_here(&self, publications: Vec<Publication>) {
        if !publications.is_empty() {
            let group: Arc<[Publication]> = publications.into();
            self.shards.iter().for_each(|shard| shard.publish(group.clone()));
        }
    }

    /// Resolves once everything committed up to `g`, on whichever node, was handed to the shards of this node. With one
    /// node that is so once [`Hub::commit`] has returned.
    pub async fn told(&self, g: u64) {
        self.bus.told(g).await;
    }

    /// The name of this node, another one each time the process starts.
    pub fn node_id(&self) -> &NodeId {
        &self.node
    }

    /// The nodes that are alive, this one first.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.bus.nodes()
    }

    /// Tells all other nodes something; some may miss it.
    pub fn tell_nodes(&self, kind: &'static str, body: Bytes) {
        self.bus.tell_nodes(kind, body);
    }

    /// What other nodes tell this one, for the first who asks. Whoever does not take it fast enough misses some.
    pub fn hear_nodes(&self) -> Option<mpsc::Receiver<NodeTold>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Asks one node. It may have done what it was asked even if it did not answer.
    pub async fn ask_node(&self, node: &str, kind: &str, body: Bytes, within: Duration) -> Result<Bytes, AskError> {
        self.bus.ask_node(node, kind, body, within).await
    }

    /// Who answers what other nodes ask; the first counts.
    pub fn answer_nodes(&self, answer: Arc<dyn Answer>) {
        let _ = self.answer.set(answer);
    }

    /// Tells the other nodes that this one ends: its people are gone at once.
    pub async fn leave(&self) {
        self.bus.leave().await;
    }

    /// Whether something was published that has not gone out to everybody yet.
    pub fn is_telling(&self) -> bool {
        self.shards.iter().any(|shard| shard.untold.load(Ordering::Relaxed) > 0)
    }

    /// Takes a connection in. It hears nothing before its first [`Hub::hold`] and [`Hub::release`].
    pub async fn attach(&self, attach: Attach) -> ConnectionId {
        let id = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed));
        self.interest.coming(&attach.user);
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
        // Before the shard is told: no group may come after it that lacks what happened on these topics.
        let _joining = Joining::new(&*self.interest, topics.clone());
        self.tell(id, Message::Join { id, topics, watch, done }).await;
        let _ = wait.await;
    }

    /// Says something to one connection that is held, past what is kept back for it, unless since it was held a topic that
    /// it `needs` was revoked, as of later than `as_of`.
    pub async fn say(&self, id: ConnectionId, event: Event, needs: Vec<Topic>, as_of: u64) -> Said {
        let (done, wait) = oneshot::channel();
        self.tell(id, Message::Say { id, event: Arc::new(event), needs, as_of, done }).await;
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

    /// The users on a topic, each once, in no order. Of other nodes as far as those answer at once.
    pub async fn users_on(&self, topic: &Topic) -> Vec<Arc<str>> {
        let mut users = shard::users_on(&self.shards, topic).await;
        users.extend(self.bus.users_elsewhere(topic).await);
        users.sort();
        users.dedup();
        users
    }

    async fn tell(&self, id: ConnectionId, message: Message) {
        self.shards[id.0 as usize % self.shards.len()].send(message).await;
    }
}

fn inboxes(shards: usize) -> (Vec<Inbox>, Vec<mpsc::Receiver<Message>>) {
    let channels = (0..shards.max(1)).map(|_| mpsc::channel(QUEUE));
    channels.map(|(sender, receiver)| (Inbox::new(sender), receiver)).unzip()
}

fn node_id() -> NodeId {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut drawn = [0; 6];
    if getrandom::fill(&mut drawn).is_err() {
        // Without the system's chance the clock has to do: nodes start at different moments.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        drawn.copy_from_slice(&now.as_nanos().to_le_bytes()[..6]);
    }
    let letters = drawn.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    letters.collect::<String>().into()
}

/// Topics that a connection is about to be put on.
struct Joining<'a> {
    interest: &'a dyn Interest,
    topics: Vec<Topic>,
}

impl<'a> Joining<'a> {
    fn new(interest: &'a dyn Interest, topics: Vec<Topic>) -> Self {
        topics.iter().for_each(|topic| interest.hold(topic));
        Self { interest, topics }
    }
}

impl Drop for Joining<'_> {
    fn drop(&mut self) {
        self.topics.iter().for_each(|topic| self.interest.let_go(topic));
    }
}
