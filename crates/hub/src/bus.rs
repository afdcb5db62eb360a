//! The bus: how a group of publications reaches every shard that needs it, on this node and on others.

pub mod local;

use crate::{Event, Topic};
use std::sync::Arc;

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
    /// All connections of the user are taken off the topics.
    Revoke { user: Arc<str>, topics: Vec<Topic> },
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
}

/// Carries groups, whole and in order.
pub trait Bus: Send + Sync {
    fn publish(&self, group: Arc<[Publication]>);
}
