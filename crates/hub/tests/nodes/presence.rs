//! Who is online, over all nodes.

use super::house::{Database, Node, all_know_each_other, nodes, until};
use super::nats::{Nats, Proxy, is_installed};
use hub::{Mood, News, Seen};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

fn comes(node: &Node, user: &str) {
    node.hub.presence.change(&user.into(), None, Some(Mood::Online));
}

fn goes(node: &Node, user: &str) {
    node.hub.presence.change(&user.into(), Some(Mood::Online), None);
}

async fn seen(node: &Node, user: &str, wanted: Seen) {
    until(&format!("{user} is {wanted:?}"), || node.hub.presence.seen(user) == wanted).await;
}

async fn news(node: &Node) -> Vec<News> {
    let mut news = timeout(Duration::from_secs(10), node.hub.presence.news()).await.expect("there is news");
    news.sort_by(|one, other| one.user.cmp(&other.user));
    news
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_on_several_nodes_is_one_person() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    comes(&one, "ada");
    seen(&two, "ada", Seen::Online).await;
    let came = News { user: "ada".into(), before: Seen::Offline, after: Seen::Online };
    assert_eq!(news(&two).await, [came]);
    comes(&two, "ada");
    goes(&one, "ada");
    two.hub.presence.change(&"ada".into(), Some(Mood::Online), Some(Mood::Away));
    seen(&one, "ada", Seen::Away).await;
    goes(&two, "bo");
    comes(&two, "bo");
    comes(&two, "cy");
    seen(&one, "cy", Seen::Online).await;
    assert_eq!(one.hub.presence.seen("bo"), Seen::Offline);
    // Who comes later is told of everybody.
    let late = Node::start(&database, nats.port).await;
    seen(&late, "cy", Seen::Online).await;
    seen(&late, "ada", Seen::Away).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_people_of_a_node_that_dies_are_gone_within_five_seconds() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let proxy = Proxy::before(&nats).await;
    let (stays, dies) = (Node::start(&database, nats.port).await, Node::start(&database, proxy.port).await);
    all_know_each_other(&[&stays, &dies]).await;
    for n in 0..12_000 {
        comes(&dies, &format!("user{n}"));
    }
    comes(&stays, "user7");
    until("all are there", || stays.hub.presence.seen("user11999") == Seen::Online).await;
    until("all were told of", || stays.hub.presence.seen("user0") == Seen::Online).await;
    let mut told = 0;
    while told < 11_999 {
        told += news(&stays).await.len();
    }
    proxy.close();
    let died = Instant::now();
    seen(&stays, "user11999", Seen::Offline).await;
    assert!(died.elapsed() < Duration::from_secs(10));
    assert_eq!(stays.hub.presence.seen("user7"), Seen::Online, "who is elsewhere as well stays");
    assert_eq!(stays.hub.nodes(), [stays.hub.node_id().clone()]);
    let mut left = 0;
    while left < 11_999 {
        let news = news(&stays).await;
        assert!(news.iter().all(|news| news.after == Seen::Offline));
        left += news.len();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_says_goodbye_is_gone_at_once() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [stays, leaves]: [Node; 2] = nodes(&database, nats.port).await;
    comes(&leaves, "ada");
    seen(&stays, "ada", Seen::Online).await;
    let left = Instant::now();
    leaves.hub.leave().await;
    seen(&stays, "ada", Seen::Offline).await;
    assert!(left.elapsed() < Duration::from_secs(3), "sooner than somebody who died");
    assert_eq!(stays.hub.nodes().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_while_nobody_could_hear_it_is_made_up_for() {
    if !is_installed() {
        return;
    }
    let (mut nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    comes(&one, "ada");
    comes(&one, "bo");
    seen(&two, "bo", Seen::Online).await;
    nats.kill();
    until("it is noticed", || !one.is_connected() && !two.is_connected()).await;
    assert_eq!(two.hub.presence.seen("bo"), Seen::Online, "for a while others count as they were");
    goes(&one, "ada");
    comes(&one, "cy");
    nats.restart().await;
    all_know_each_other(&[&one, &two]).await;
    seen(&two, "ada", Seen::Offline).await;
    seen(&two, "cy", Seen::Online).await;
    seen(&two, "bo", Seen::Online).await;
}
