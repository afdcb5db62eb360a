//! One order over all nodes, and no more on the way than is needed.

use super::house::{Database, Node, event, hears, nodes, own, topic, until};
use super::nats::{Nats, is_installed};
use hub::bus::Publication;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const ROOMS: [&str; 3] = ["r:garden", "r:cellar", "r:attic"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_hears_all_nodes_in_one_order() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let nodes: [Node; 3] = nodes(&database, nats.port).await;
    let mut people = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        people.push((ROOMS.to_vec(), node.listening(&format!("all{at}"), &ROOMS).await.1));
        people.push((vec![ROOMS[at]], node.listening(&format!("one{at}"), &ROOMS[at..=at]).await.1));
    }
    let mut writers = Vec::new();
    for (at, node) in nodes.into_iter().enumerate() {
        writers.push(tokio::spawn(async move {
            for n in 0..200 {
                let rooms = [ROOMS[n % 3], ROOMS[(n / 3 + at) % 3]];
                node.commit(|g| vec![event(rooms[0], g.to_string()), event(rooms[1], (g + 1).to_string())]);
                if n % 20 == 0 {
                    sleep(Duration::from_millis(5)).await;
                }
            }
            node
        }));
    }
    let mut nodes = Vec::new();
    for writer in writers {
        nodes.push(writer.await.unwrap());
    }
    for (rooms, outlet) in &people {
        hears(outlet, &database.bodies(rooms)).await;
    }
    for node in &nodes {
        timeout(Duration::from_secs(1), node.hub.told(1200)).await.unwrap();
    }
    let repaired: u64 = nodes.iter().map(|node| node.hub.figures.bus.repaired.load(Ordering::Relaxed)).sum();
    println!("{repaired} groups were read in the database");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_gets_what_its_own_connections_need_and_little_else() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [writer, needs, lacks]: [Node; 3] = nodes(&database, nats.port).await;
    let (_, inside) = needs.listening("ada", &["r:garden"]).await;
    let (_, outside) = lacks.listening("bo", &["r:cellar"]).await;
    // The subscription may come after the first message otherwise.
    sleep(Duration::from_millis(200)).await;
    let before = |node: &Node| node.hub.figures.bus.bytes_heard.load(Ordering::Relaxed);
    let (needed, other) = (before(&needs), before(&lacks));
    let long = "x".repeat(10_000);
    let mut g = 0;
    for _ in 0..50 {
        g = writer.commit(|_| vec![event("r:garden", long.clone())]);
        writer.hub.publish(vec![event("r:garden", long.clone())]);
    }
    hears(&inside, &vec![long; 100]).await;
    lacks.hub.told(g).await;
    assert!(outside.heard().is_empty());
    assert!(before(&needs) - needed > 1_000_000);
    assert!(before(&lacks) - other < 20_000, "headers and signs of life are all that it hears");
    assert_eq!(lacks.hub.figures.bus.repaired.load(Ordering::Relaxed), 0, "and nothing is missing to it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_put_in_a_room_elsewhere_hears_it_from_then_on() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [here, there]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = there.listening("ada", &[]).await;
    let (_, bo) = there.listening("bo", &["r:garden"]).await;
    let grant = || Publication::Grant { user: "ada".into(), topic: topic("r:new") };
    let revoke = || Publication::Revoke { user: "bo".into(), topics: vec![topic("r:garden")], g: 0 };
    here.commit(|_| vec![event("r:new", "before"), grant(), event("r:new", "first")]);
    here.commit(|_| vec![event("r:new", "second"), event("r:garden", "last")]);
    here.commit(|_| vec![revoke(), event("r:garden", "too late"), event("r:new", "third")]);
    let ended = || Publication::End { session: "bo".into() };
    here.commit(|_| vec![ended(), event("r:new", "fourth")]);
    hears(&ada, &["first", "second", "third", "fourth"].map(str::to_owned)).await;
    hears(&bo, &["last", "the end"].map(str::to_owned)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_long_for_nats_is_read_in_the_database() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [here, there]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = there.listening("ada", &["r:garden"]).await;
    let long = "x".repeat(1_200_000);
    here.commit(|_| vec![event("r:garden", "short")]);
    here.commit(|_| vec![event("r:garden", long.clone())]);
    here.commit(|_| (0..60_000).map(|n| event(&format!("r:{n:040}"), "")).collect());
    here.commit(|_| vec![event("r:garden", "again")]);
    hears(&ada, &["short".to_owned(), long, "again".to_owned()]).await;
    assert!(there.hub.figures.bus.repaired.load(Ordering::Relaxed) >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_here_alone_is_heard_here_alone() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [here, there]: [Node; 2] = nodes(&database, nats.port).await;
    let (_, ada) = here.listening("ada", &["r:garden"]).await;
    let (_, bo) = there.listening("bo", &["r:garden"]).await;
    sleep(Duration::from_millis(200)).await;
    here.hub.publish_here(vec![event("r:garden", "here")]);
    here.hub.publish(vec![event("r:garden", "everywhere"), Publication::End { session: "ada".into() }]);
    hears(&ada, &["here", "everywhere", "the end"].map(str::to_owned)).await;
    hears(&bo, &["everywhere".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_counted_over_all_nodes() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [here, there]: [Node; 2] = nodes(&database, nats.port).await;
    here.listening("ada", &["r:garden"]).await;
    here.listening("bo", &[]).await;
    let (cys, _) = there.listening("cy", &["r:garden"]).await;
    there.listening("ada", &["r:garden"]).await;
    assert_eq!(here.hub.users_on(&topic("r:garden")).await, ["ada".into(), "cy".into()]);
    there.hub.detach(cys).await;
    assert_eq!(here.hub.users_on(&topic("r:garden")).await, ["ada".into()]);
    assert_eq!(here.hub.users_on(&own("ada")).await, ["ada".into()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_left_a_while_after_its_last_connection() {
    if !is_installed() {
        return;
    }
    let (nats, database) = (Nats::start().await, Arc::<Database>::default());
    let [here, there]: [Node; 2] = nodes(&database, nats.port).await;
    let (id, _) = there.listening("ada", &["r:garden"]).await;
    sleep(Duration::from_millis(200)).await;
    there.hub.detach(id).await;
    // Who reloads the page finds everything in place.
    let (_, again) = there.listening("ada", &["r:garden"]).await;
    here.commit(|_| vec![event("r:garden", "hello")]);
    hears(&again, &["hello".to_owned()]).await;
    until("it was heard over NATS", || there.hub.figures.bus.heard.load(Ordering::Relaxed) == 1).await;
    assert_eq!(there.hub.figures.bus.repaired.load(Ordering::Relaxed), 0);
}
