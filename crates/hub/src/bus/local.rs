//! The bus of a single node: straight into its own shards.

use super::{Bus, Publication};
use crate::shard::Inbox;
use std::sync::Arc;

/// Loop-back.
pub struct Local {
    shards: Vec<Inbox>,
}

impl Local {
    pub(crate) fn new(shards: Vec<Inbox>) -> Self {
        Self { shards }
    }
}

impl Bus for Local {
    fn publish(&self, group: Arc<[Publication]>) {
        for shard in &self.shards {
            shard.publish(group.clone());
        }
    }
}
