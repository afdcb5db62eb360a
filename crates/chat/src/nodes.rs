//! Nodes: what equal nodes of one Parlour say to each other beside events: how often somebody has called, who has come and
//! gone elsewhere, and requests that belong to another node.

use crate::limits::Spending;
use crate::{Chat, House};
use async_trait::async_trait;
use bytes::Bytes;
use hub::{Answer, NodeId};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the other nodes hear what was spent here: for so long several nodes are several allowances.
const TELL: Duration = Duration::from_millis(200);
/// The most keys in one telling.
const AT_ONCE: usize = 2_000;
/// What is told or asked, by name.
const SPENT: &str = "spent";
const RELOADING: &str = "reloading";
const PASSED: &str = "passed";

/// An answer to what another node asks; nothing where it makes no sense.
pub type NodeAnswer = Pin<Box<dyn Future<Output = Option<Bytes>> + Send>>;

/// Answers requests that another node passes on.
struct Passed<F>(F);

#[async_trait]
impl<F: Fn(Bytes) -> NodeAnswer + Send + Sync> Answer for Passed<F> {
    async fn answer(&self, _: NodeId, kind: &str, body: Bytes) -> Result<Bytes, String> {
        if kind != PASSED {
            return Err("nobody answers that".into());
        }
        (self.0)(body).await.ok_or_else(|| "that makes no sense".into())
    }
}

impl Chat {
    /// What this node is called, another name each time it starts; none if it is the only one.
    pub fn node(&self) -> Option<&str> {
        (!self.settings.nats.is_empty()).then(|| &**self.hub.node_id())
    }

    /// Asks another node, which answers as it was told to with [`Chat::answer_nodes`]. None: there is no such node, or it
    /// has not answered in time.
    pub async fn ask_node(&self, node: &str, asked: Bytes, time: Duration) -> Option<Bytes> {
        let answer = self.hub.ask_node(node, PASSED, asked, time).await;
        answer.inspect_err(|error| tracing::debug!(%error, node, "another node was asked in vain")).ok()
    }

    /// How this node answers what others ask; the first counts.
    pub fn answer_nodes(&self, answer: impl Fn(Bytes) -> NodeAnswer + Send + Sync + 'static) {
        self.hub.answer_nodes(Arc::new(Passed(answer)));
    }

    pub(crate) fn tell_reloading(&self, user: &str) {
        self.hub.tell_nodes(RELOADING, Bytes::copy_from_slice(user.as_bytes()));
    }

    /// Keeps in step with the other nodes, for as long as the house stands.
    pub(crate) fn keep_in_step(&self) {
        if self.node().is_some() {
            let house = Arc::downgrade(&self.0);
            tokio::spawn(tell_spent(house.clone()));
            tokio::spawn(hear_nodes(house.clone()));
            tokio::spawn(hear_presence(house));
        }
    }
}

async fn tell_spent(house: Weak<House>) {
    loop {
        tokio::time::sleep(TELL).await;
        let Some(house) = house.upgrade() else { return };
        for part in house.limits.spent().write(AT_ONCE) {
            house.hub.tell_nodes(SPENT, part.into());
        }
    }
}

async fn hear_nodes(house: Weak<House>) {
    let Some(mut told) = house.upgrade().and_then(|house| house.hub.hear_nodes()) else { return };
    while let Some(told) = told.recv().await {
        let Some(house) = house.upgrade() else { return };
        match &*told.kind {
            SPENT => drop(Spending::read(&told.body).map(|spending| house.limits.spend(&spending))),
            RELOADING => drop(std::str::from_utf8(&told.body).map(|user| house.presence.is_reloading(&user.into()))),
            _ => {}
        }
    }
}

async fn hear_presence(house: Weak<House>) {
    let Some(presence) = house.upgrade().map(|house| house.hub.presence.clone()) else { return };
    loop {
        let news = presence.news().await;
        let Some(house) = house.upgrade() else { return };
        Chat(house).presence_elsewhere(news);
    }
}
