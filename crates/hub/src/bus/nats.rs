//! The bus over NATS: groups of all nodes in one order, presence, and what nodes say to each other.

mod asking;
mod gossip;
mod hearing;
mod link;
mod nodes;
mod probe;
mod tell;

pub use probe::{Probe, probe};

use super::{Bus, Group, Interest, Order, repair, supervise};
use crate::presence::Presence;
use crate::shard::Inbox;
use crate::{Answer, AskError, Cluster, ClusterError, Figures, NodeId, NodeTold, Topic};
use asking::Asking;
use async_nats::Subject;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use gossip::Gossip;
use hearing::Hearing;
use link::Link;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How long other nodes have to say who is on a topic.
const ANSWERED: Duration = Duration::from_millis(300);

/// One node's place on the bus.
struct Nats {
    order: Arc<Order>,
    link: Arc<Link>,
    gossip: Arc<Gossip>,
    asking: Arc<Asking>,
    subjects: Arc<Subjects>,
    tasks: Vec<AbortHandle>,
}

/// What the bus is made for.
pub(crate) struct Parts {
    pub(crate) node: NodeId,
    pub(crate) shards: Vec<Inbox>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) answer: Arc<OnceLock<Arc<dyn Answer>>>,
    pub(crate) told: mpsc::Sender<NodeTold>,
    pub(crate) figures: Arc<Figures>,
}

/// Begins to be one of several nodes. Does not wait for NATS.
pub(crate) async fn start(cluster: Cluster, parts: Parts) -> Result<Arc<dyn Bus>, ClusterError> {
    let Parts { node, shards, presence, answer, told, figures } = parts;
    let subjects = Arc::new(Subjects::new(&cluster.prefix)?);
    let order = Arc::new(Order::new(cluster.told, cluster.own, shards.clone(), figures.clone()));
    let (link, waiting) = Link::new();
    let client = link.open(&cluster, format!("parlour {node}")).await?;
    presence.begin_telling();
    let gossip = Arc::new(Gossip::new(node, presence, link.clone(), subjects.clone(), figures.clone()));
    let asking = Arc::new(Asking::new(gossip.clone(), link.clone(), subjects.clone(), answer, shards));
    let hearing = Hearing {
        client: client.clone(),
        subjects: subjects.clone(),
        order: order.clone(),
        gossip: gossip.clone(),
        asking: asking.clone(),
        told,
        figures: figures.clone(),
    };
    let to_ask = link.clone();
    let is_up = move || to_ask.is_up();
    let tasks = vec![
        supervise(waiting.send(link.clone(), client, subjects.clone(), cluster.own, figures.clone())),
        supervise(hearing.run()),
        supervise(repair::run(order.clone(), is_up, cluster.backlog, figures)),
        supervise(gossip::run(gossip.clone())),
    ];
    Ok(Arc::new(Nats { order, link, gossip, asking, subjects, tasks }))
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

#[async_trait]
impl Bus for Nats {
    fn publish(&self, group: Group) {
        self.order.publish(group.clone());
        self.link.publish(group);
    }

    async fn told(&self, g: u64) {
        self.order.told(g).await;
    }

    fn nodes(&self) -> Vec<NodeId> {
        let mut nodes = vec![self.gossip.me.clone()];
        nodes.extend(self.gossip.alive());
        nodes
    }

    fn tell_nodes(&self, kind: &'static str, body: Bytes) {
        self.link.say(&self.subjects.all, tell::encode(&self.gossip.me, kind, &body));
    }

    async fn ask_node(&self, node: &str, kind: &str, body: Bytes, within: Duration) -> Result<Bytes, AskError> {
        self.asking.ask(node, kind, body, within).await
    }

    async fn users_elsewhere(&self, topic: &Topic) -> Vec<Arc<str>> {
        let asked = self.gossip.alive().into_iter().map(|node| async move {
            let topic = Bytes::copy_from_slice(topic.as_bytes());
            let answer = self.asking.ask(&node, asking::USERS_ON, topic, ANSWERED).await.ok()?;
            asking::users_answered(answer).ok()
        });
        join_all(asked).await.into_iter().flatten().flatten().collect()
    }

    async fn leave(&self) {
        self.gossip.leave().await;
    }
}

impl Interest for Nats {
    fn coming(&self, user: &str) {
        self.order.coming(user);
    }

    fn came(&self, user: &str) {
        self.order.came(user);
    }

    fn went(&self, user: &str) {
        self.order.went(user);
    }

    fn hold(&self, topic: &Topic) {
        self.order.hold(topic);
    }

    fn let_go(&self, topic: &Topic) {
        self.order.let_go(topic);
    }
}

/// The subjects of one instance.
struct Subjects {
    prefix: String,
    groups: Subject,
    presence: Subject,
    all: Subject,
}

/// The most bytes of a topic in a subject. Longer ones are cut, and may then be heard by who needs another.
const LONGEST: usize = 200;

impl Subjects {
    fn new(prefix: &str) -> Result<Self, ClusterError> {
        let plain = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if prefix.len() > LONGEST || !prefix.split('.').all(plain) {
            return Err(ClusterError::Prefix(prefix.to_owned()));
        }
        let subject = |name: &str| Subject::from(format!("{prefix}.{name}"));
        let (groups, presence, all) = (subject("g"), subject("p"), subject("a"));
        Ok(Self { prefix: prefix.to_owned(), groups, presence, all })
    }

    fn topic(&self, topic: &str) -> Subject {
        let mut subject = format!("{}.t.", self.prefix);
        let longest = subject.len() + LONGEST;
        // Begins with something, also for a topic without a name.
        subject.push('t');
        for byte in topic.bytes() {
            if subject.len() >= longest {
                break;
            }
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'-' | b'_' => subject.push(byte.into()),
                other => subject.push_str(&format!("={other:02X}")),
            }
        }
        subject.into()
    }

    fn node(&self, node: &str) -> Subject {
        format!("{}.n.{node}", self.prefix).into()
    }
}
