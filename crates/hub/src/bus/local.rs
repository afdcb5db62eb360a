//! The bus of a single node: straight into its own shards.

use super::{Bus, Group, Interest};
use crate::shard::Inbox;
use crate::{AskError, NodeId, Topic};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// Loop-back.
pub(crate) struct Local {
    shards: Vec<Inbox>,
    node: NodeId,
}

impl Local {
    pub(crate) fn new(shards: Vec<Inbox>, node: NodeId) -> Self {
        Self { shards, node }
    }
}

#[async_trait]
impl Bus for Local {
    fn publish(&self, group: Group) {
        for shard in &self.shards {
            shard.publish(group.publications.clone());
        }
    }

    /// What was published is with the shards already.
    async fn told(&self, _: u64) {}

    fn nodes(&self) -> Vec<NodeId> {
        vec![self.node.clone()]
    }

    fn tell_nodes(&self, _: &'static str, _: Bytes) {}

    async fn ask_node(&self, _: &str, _: &str, _: Bytes, _: Duration) -> Result<Bytes, AskError> {
        Err(AskError::NoSuchNode)
    }

    async fn users_elsewhere(&self, _: &Topic) -> Vec<Arc<str>> {
        Vec::new()
    }

    async fn leave(&self) {}
}

impl Interest for Local {
    fn coming(&self, _: &str) {}
    fn came(&self, _: &str) {}
    fn went(&self, _: &str) {}
    fn hold(&self, _: &Topic) {}
    fn let_go(&self, _: &Topic) {}
}
