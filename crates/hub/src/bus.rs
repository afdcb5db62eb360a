//! The bus: how a group of publications reaches every shard that needs it, on this node and on others.

pub(crate) mod alone;
pub(crate) mod local;
mod nats;
mod needs;
mod order;
mod repair;
mod sequencer;
mod split;
pub mod wire;

pub(crate) use nats::{Parts, start};
pub use nats::{Probe, probe};
use order::Order;

use crate::{AskError, Event, NodeId, Topic};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::AbortHandle;

/// Which of those on a topic hear an event: each is a watcher of it or a bystander.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    All,
    Watchers,
    Bystanders,
}

/// One step of a published group.
#[derive(Clone, Debug)]
pub enum Publication {
    /// Those on the topic whom `reach` names hear it, and whoever else on it is on one of `also` as well; each once.
    Event { topic: Topic, reach: Reach, also: Vec<Topic>, event: Arc<Event> },
    /// The newest value of something that changes often, for the bystanders of the topic. The first leaves at once;
    /// those that follow replace each other, and the last of them leaves once the hub's pace allows.
    Latest { topic: Topic, event: Arc<Event> },
    /// All connections of the user that have said hello are put on the topic, as bystanders.
    Grant { user: Arc<str>, topic: Topic },
    /// All connections of the user are taken off the topics, as of the commit number `g`.
    Revoke { user: Arc<str>, topics: Vec<Topic>, g: u64 },
    /// All connections of the session are closed for good.
    End { session: Arc<str> },
}

impl Publication {
    /// An event for everybody on one topic.
    pub fn to_all(topic: Topic, event: Arc<Event>) -> Self {
        Self::Event { topic, reach: Reach::All, also: Vec::new(), event }
    }

    /// An event for the watchers of one topic.
    pub fn to_watchers(topic: Topic, event: Arc<Event>) -> Self {
        Self::Event { topic, reach: Reach::Watchers, also: Vec::new(), event }
    }

    fn bytes(&self) -> usize {
        const BESIDE: usize = 64;
        match self {
            Self::Event { event, .. } | Self::Latest { event, .. } => event.body.len() + BESIDE,
            _ => BESIDE,
        }
    }
}

/// What one commit covers: everything after `before`, up to and with `g`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    pub before: u64,
    pub g: u64,
}

/// Publications that belong together, with their commit; what is not kept has none.
#[derive(Clone, Debug)]
pub struct Group {
    pub commit: Option<Commit>,
    pub publications: Arc<[Publication]>,
}

/// Carries groups between shards and nodes.
#[async_trait]
pub(crate) trait Bus: Interest {
    /// Takes a group. Those of commits reach each shard as far as it needs them, in the order of `g`.
    fn publish(&self, group: Group);
    /// Resolves once everything committed up to `g` was handed to the shards.
    async fn told(&self, g: u64);
    /// This node first, then all others that are alive.
    fn nodes(&self) -> Vec<NodeId>;
    /// All other nodes hear it, or some do. This and what follows: as where no other is known.
    fn tell_nodes(&self, _kind: &'static str, _body: Bytes) {}
    async fn ask_node(&self, _node: &str, _kind: &str, _body: Bytes, _within: Duration) -> Result<Bytes, AskError> {
        Err(AskError::NoSuchNode)
    }
    /// The users on a topic on other nodes, in no order, as far as those answer soon.
    async fn users_elsewhere(&self, _topic: &Topic) -> Vec<Arc<str>> {
        Vec::new()
    }
    /// Says goodbye to the other nodes.
    async fn leave(&self) {}
}

/// Learns which topics the connections of this node are on; for who is told everything anyway it does nothing.
pub(crate) trait Interest: Send + Sync {
    /// The user has a connection that no shard has taken in yet.
    fn coming(&self, _user: &str) {}
    /// A shard has the user's first connection.
    fn came(&self, _user: &str) {}
    /// A shard has none of the user's any more.
    fn went(&self, _user: &str) {}
    /// Something may be put on the topic from now on: a connection that is about to join, or a shard's first one.
    fn hold(&self, _topic: &Topic) {}
    /// The end of a [`Interest::hold`].
    fn let_go(&self, _topic: &Topic) {}
}

/// Runs a task without which the node would be deaf or dumb for ever.
fn supervise(task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    let task = tokio::spawn(task);
    let handle = task.abort_handle();
    tokio::spawn(async move {
        if task.await.is_err_and(|error| error.is_panic()) {
            // A restart loses nothing.
            tracing::error!("a task of the bus has failed; the process ends");
            std::process::abort();
        }
    });
    handle
}
