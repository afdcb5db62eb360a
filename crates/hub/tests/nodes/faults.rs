//! What breaks: NATS, the way to it, the database, and messages on the way.

use super::house::{Database, Node, all_know_each_other, event, hears, nodes, until};
use super::nats::{Nats, Proxy, free_port, is_installed};
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Commits on all nodes in turn, for a while.
async fn write(nodes: &[&Node], groups: usize) {
    for n in 0..groups {
        nodes[n % nodes.len()]
            .commit(|g| vec![event("r:garden", g.to_string()), event("r:cellar", (g + 1).to_string())]);
        sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_dies_and_comes_back_and_nobody_misses_anything() {
    if !is_installed() {
        return;
    }
    let (mut nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = one.listening("ada", &["r:garden"]).await;
    let (_, bo) = two.listening("bo", &["r:garden", "r:cellar"]).await;
    write(&[&one, &two], 50).await;
    nats.kill();
    write(&[&one, &two], 100).await;
    let g = two.commit(|g| vec![event("r:garden", g.to_string())]);
    timeout(Duration::from_secs(3), one.hub.told(g)).await.expect("without NATS it is told all the same");
    hears(&ada, &database.bodies(&["r:garden"])).await;
    until("it is noticed", || !one.is_connected() && !two.is_connected()).await;
    // Somebody who comes meanwhile is served as well.
    let (_, cy) = one.listening("cy", &["r:cellar"]).await;
    write(&[&two], 10).await;
    hears(&cy, &database.bodies(&["r:cellar"])[150..]).await;
    nats.restart().await;
    write(&[&one, &two], 50).await;
    all_know_each_other(&[&one, &two]).await;
    let repaired = || [&one, &two].map(|node| node.hub.figures.bus.repaired.load(Ordering::Relaxed));
    hears(&bo, &database.bodies(&["r:garden", "r:cellar"])).await;
    let before = repaired();
    write(&[&one, &two], 50).await;
    hears(&ada, &database.bodies(&["r:garden"])).await;
    hears(&bo, &database.bodies(&["r:garden", "r:cellar"])).await;
    hears(&cy, &database.bodies(&["r:cellar"])[150..]).await;
    assert_eq!(repaired(), before, "it comes over NATS again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_without_nats_and_finds_it_later() {
    if !is_installed() {
        return;
    }
    let database = Arc::<Database>::default();
    let port = free_port();
    let alone = timeout(Duration::from_secs(2), Node::start(&database, port)).await.expect("it does not wait");
    let (_, ada) = alone.listening("ada", &["r:garden"]).await;
    alone.commit(|_| vec![event("r:garden", "mine")]);
    database.commit(|_| vec![event("r:garden", "of a node that I never heard")]);
    hears(&ada, &database.bodies(&["r:garden"])).await;
    assert_eq!((alone.is_connected(), alone.hub.nodes().len()), (false, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_that_is_cut_and_stalled_loses_nothing() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let proxy = Proxy::before(&nats).await;
    let (near, far) = (Node::start(&database, nats.port).await, Node::start(&database, proxy.port).await);
    all_know_each_other(&[&near, &far]).await;
    let (_, ada) = near.listening("ada", &["r:garden"]).await;
    let (_, bo) = far.listening("bo", &["r:garden", "r:cellar"]).await;
    for _ in 0..5 {
        write(&[&near, &far], 40).await;
        proxy.cut();
    }
    proxy.stall(true);
    write(&[&near, &far], 40).await;
    // As long as that nobody knows yet, and longer.
    hears(&bo, &database.bodies(&["r:garden", "r:cellar"])).await;
    sleep(Duration::from_secs(6)).await;
    assert_eq!(near.hub.nodes().len(), 1, "silence is taken for death");
    proxy.stall(false);
    proxy.cut();
    all_know_each_other(&[&near, &far]).await;
    write(&[&near, &far], 20).await;
    hears(&ada, &database.bodies(&["r:garden"])).await;
    hears(&bo, &database.bodies(&["r:garden", "r:cellar"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_doubled_late_or_rubbish_changes_nothing() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let spy = async_nats::connect(format!("127.0.0.1:{}", nats.port)).await.unwrap();
    let mut all = spy.subscribe("parlour.test.>").await.unwrap();
    let mirror = spy.clone();
    // Everything is said once more, some of it much later; and each time something that nobody can read.
    tokio::spawn(async move {
        let mut late = Vec::new();
        while let Some(message) = all.next().await {
            if message.headers.is_some() {
                continue;
            }
            let mut mark = async_nats::HeaderMap::new();
            mark.insert("again", "yes");
            late.push((message.subject.clone(), message.payload.clone()));
            if late.len() > 20 {
                let (subject, payload) = late.swap_remove(late.len() / 3);
                mirror.publish_with_headers(subject, mark.clone(), payload).await.unwrap();
            }
            let cut = message.payload.slice(..message.payload.len() / 2);
            mirror.publish_with_headers(message.subject.clone(), mark.clone(), cut).await.unwrap();
            mirror.publish_with_headers(message.subject, mark, "rubbish".into()).await.unwrap();
        }
    });
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = one.listening("ada", &["r:garden", "r:cellar"]).await;
    let (_, bo) = two.listening("bo", &["r:cellar"]).await;
    for subject in ["g", "p", "a", "t.tr:garden", "t.tr:cellar", &format!("n.{}", one.hub.node_id())] {
        for length in [0, 1, 3, 4, 50, 5_000] {
            let bytes: Vec<u8> = (0..length).map(|n| if n < 2 { [0xB5, 1][n] } else { (n * 37) as u8 }).collect();
            spy.publish(format!("parlour.test.{subject}"), bytes.into()).await.unwrap();
        }
    }
    write(&[&one, &two], 150).await;
    hears(&ada, &database.bodies(&["r:garden", "r:cellar"])).await;
    hears(&bo, &database.bodies(&["r:cellar"])).await;
    assert!(one.hub.figures.bus.garbled.load(Ordering::Relaxed) > 100);
    assert_eq!(one.hub.nodes().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_ends_between_commit_and_publishing_is_made_up_for() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = one.listening("ada", &["r:garden"]).await;
    database.commit(|_| vec![event("r:garden", "its last")]);
    hears(&ada, &["its last".to_owned()]).await;
    database.commit(|_| vec![event("r:garden", "unheard")]);
    two.commit(|_| vec![event("r:garden", "and then")]);
    hears(&ada, &database.bodies(&["r:garden"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_database_and_nats_are_away_nothing_is_forgotten() {
    if !is_installed() {
        return;
    }
    let (mut nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [one, two]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = one.listening("ada", &["r:garden"]).await;
    database.away.store(true, Ordering::Relaxed);
    nats.kill();
    two.commit(|_| vec![event("r:garden", "committed a moment before")]);
    sleep(Duration::from_secs(3)).await;
    assert!(ada.heard().is_empty());
    let asked = database.asked.load(Ordering::Relaxed);
    sleep(Duration::from_secs(1)).await;
    assert!(database.asked.load(Ordering::Relaxed) - asked <= 4, "it is left in peace");
    database.away.store(false, Ordering::Relaxed);
    hears(&ada, &database.bodies(&["r:garden"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_missed_what_nobody_has_any_more_is_sent_back_to_the_cursor() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let proxy = Proxy::before(&nats).await;
    let (near, far) = (Node::start(&database, nats.port).await, Node::start(&database, proxy.port).await);
    all_know_each_other(&[&near, &far]).await;
    let (_, ada) = far.listening("ada", &["r:garden"]).await;
    let (_, bo) = near.listening("bo", &["r:garden"]).await;
    near.commit(|_| vec![event("r:garden", "one")]);
    hears(&ada, &["one".to_owned()]).await;
    database.away.store(true, Ordering::Relaxed);
    proxy.close();
    until("it is alone", || !far.is_connected()).await;
    for _ in 0..10 {
        near.commit(|_| vec![event("r:garden", "lost")]);
    }
    database.prune(3);
    database.away.store(false, Ordering::Relaxed);
    until("its line is dropped", || ada.dropped.load(Ordering::Relaxed) == 1).await;
    let (_, again) = far.listening("ada", &["r:garden"]).await;
    near.commit(|_| vec![event("r:garden", "after")]);
    hears(&again, &["after".to_owned()]).await;
    assert_eq!(ada.heard(), ["one"], "no part of what it cannot have whole");
    assert_eq!((bo.heard().len(), bo.dropped.load(Ordering::Relaxed)), (12, 0));
}
