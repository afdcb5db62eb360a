//! The bus of a single node: straight into its own shards.

use super::{Bus, Group, Interest};
use crate::NodeId;
use crate::shard::Inbox;
use async_trait::async_trait;

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
}

impl Interest for Local {}
