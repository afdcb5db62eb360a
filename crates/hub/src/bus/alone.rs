//! The bus of a node on a database that others could use as well, without NATS: what was committed and not told here, by
//! another node or since its answer was lost, is read there.

use super::{Bus, Group, Interest, Order, repair, supervise};
use crate::shard::Inbox;
use crate::{Backlog, Figures, NodeId, Topic};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// Groups in the order of the database, and nothing else of other nodes.
pub(crate) struct Alone {
    order: Arc<Order>,
    node: NodeId,
    repairing: AbortHandle,
}

impl Alone {
    /// Everything up to `told` counts as told. `own` is the topic of a user's own things.
    pub(crate) fn new(
        told: u64,
        own: fn(&str) -> Topic,
        backlog: Arc<dyn Backlog>,
        shards: Vec<Inbox>,
        node: NodeId,
        figures: Arc<Figures>,
    ) -> Self {
        let order = Arc::new(Order::new(told, own, shards, figures.clone()));
        let repairing = supervise(repair::run(order.clone(), || false, backlog, figures));
        Self { order, node, repairing }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.repairing.abort();
    }
}

#[async_trait]
impl Bus for Alone {
    fn publish(&self, group: Group) {
        self.order.publish(group);
    }

    async fn told(&self, g: u64) {
        self.order.told(g).await;
    }

    fn nodes(&self) -> Vec<NodeId> {
        vec![self.node.clone()]
    }
}

/// Every group comes whole.
impl Interest for Alone {}
