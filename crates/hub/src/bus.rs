//! The bus: how a group of publications reaches every shard that needs it, on this node and on others.

pub mod local;

use crate::{Event, Topic};
use std::sync::Arc;

/// One step of a published group.
#[derive(Clone, Debug)]
pub enum Publication {
    /// Everybody on the topic hears it.
    Event { topic: Topic, event: Arc<Event> },
    /// All connections of the user that have said hello are put on the topic.
    Grant { user: Arc<str>, topic: Topic },
    /// All connections of the user are taken off the topics.
    Revoke { user: Arc<str>, topics: Vec<Topic> },
    /// All connections of the session are closed for good.
    End { session: Arc<str> },
}

/// Carries groups, whole and in order.
pub trait Bus: Send + Sync {
    fn publish(&self, group: Arc<[Publication]>);
}
