//! What nodes tell and ask each other for the rules above the hub.

use super::house::{Database, Node, nodes};
use super::nats::{Nats, is_installed};
use async_trait::async_trait;
use bytes::Bytes;
use hub::{Answer, AskError, Event, Hub, NodeId};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Says what it was asked, backwards, or nothing for a long time.
struct Echo;

#[async_trait]
impl Answer for Echo {
    async fn answer(&self, node: NodeId, kind: &str, body: Bytes) -> Result<Bytes, String> {
        match kind {
            "backwards" => Ok(body.iter().rev().copied().collect()),
            "slow" => {
                sleep(Duration::from_secs(60)).await;
                Ok(body)
            }
            _ => Err(format!("{node} asks for {kind}")),
        }
    }
}

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_answers_what_another_asks() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    let ask = |kind: &'static str, body: Bytes, within| {
        let (hub, node) = (one.hub.clone(), two.hub.node_id().clone());
        async move { hub.ask_node(&node, kind, body, within).await }
    };
    assert_eq!(ask("backwards", "abc".into(), SOON).await, Err(AskError::Refused("nobody here answers".to_owned())));
    two.hub.answer_nodes(Arc::new(Echo));
    assert_eq!(ask("backwards", "abc".into(), SOON).await, Ok("cba".into()));
    assert_eq!(ask("backwards", "".into(), SOON).await, Ok("".into()));
    let refused = Err(AskError::Refused(format!("{} asks for nonsense", one.hub.node_id())));
    assert_eq!(ask("nonsense", "".into(), SOON).await, refused);
    assert_eq!(ask("slow", "".into(), Duration::from_millis(100)).await, Err(AskError::TimedOut));
    let nobody = one.hub.ask_node("nobody", "backwards", "".into(), SOON).await;
    assert_eq!(nobody, Err(AskError::NoSuchNode));
    let long: Bytes = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let backwards: Bytes = long.iter().rev().copied().collect();
    assert_eq!(ask("backwards", long, SOON).await, Ok(backwards), "longer than one message");
    let many = (0..200_u32).map(|n| ask("backwards", n.to_string().into(), SOON));
    for (n, answer) in futures_util::future::join_all(many).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), n.to_string().bytes().rev().collect::<Bytes>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_tells_all_others_hear() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let nodes: [Node; 3] = nodes(&database, nats.port).await;
    let mut heard: Vec<_> = nodes.iter().map(|node| node.hub.hear_nodes().unwrap()).collect();
    assert!(nodes[0].hub.hear_nodes().is_none(), "one hears for all");
    nodes[0].hub.tell_nodes("limits", "spent".into());
    for receiver in &mut heard[1..] {
        let told = timeout(SOON, receiver.recv()).await.unwrap().unwrap();
        assert_eq!((&*told.kind, &*told.body), ("limits", b"spent".as_slice()));
        assert_eq!(told.node, *nodes[0].hub.node_id());
    }
    assert!(heard[0].try_recv().is_err(), "not the node itself");
}

#[tokio::test]
async fn a_single_node_is_alone() {
    let hub = Hub::local(1, Event::new("resync", "{}", None), SOON);
    assert_eq!(hub.nodes(), [hub.node_id().clone()]);
    assert_eq!(hub.node_id().len(), 6);
    hub.tell_nodes("limits", "spent".into());
    let answer = hub.ask_node(hub.node_id(), "backwards", "abc".into(), SOON).await;
    assert_eq!(answer, Err(AskError::NoSuchNode));
    timeout(SOON, hub.told(1 << 40)).await.unwrap();
    hub.leave().await;
}
