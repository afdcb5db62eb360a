//! What only PostgreSQL has to tell: several nodes that share a database, and what each reads of the others' commits.

use crate::house::{House, MORNING, post};
use crate::server::{Server, options};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::sync::Since;
use store::{Change, Error, G, Row, Scope, Seq};
use tokio::task::JoinSet;

/// What was kept for other nodes links from the first commit to the newest, without a hole.
pub async fn check_outbox(house: &House) {
    let newest = house.db.newest().await.unwrap();
    let mut at = match house.db.outbox(0, 1).await.unwrap().first() {
        // In a story of days what is older than an hour may be gone.
        Some(first) if house.now() > MORNING + 60 * 60 * 1000 => first.before,
        _ => 0,
    };
    while at < newest {
        let page = house.db.outbox(at, 100).await.unwrap();
        assert!(!page.is_empty(), "nothing after {at}, of {newest}");
        for outgoing in page {
            assert_eq!(outgoing.before, at, "{outgoing:?}");
            assert!(outgoing.g > outgoing.before);
            assert_eq!(outgoing.body, format!("{} to {}", outgoing.before, outgoing.g).as_bytes());
            at = outgoing.g;
        }
    }
}

/// Two nodes on one database, with Ada and Bo in the garden.
async fn two_nodes() -> Option<(Server, [Arc<House>; 2])> {
    let server = Server::new().await?;
    let one = Arc::new(House::at(&server.url(), options()).await.unwrap());
    let other = Arc::new(House::at(&server.url(), options()).await.unwrap());
    one.people(&["ada", "bo"]).await;
    one.room("garden", &["ada", "bo"]).await;
    Some((server, [one, other]))
}

/// Lets both nodes post at once, each by as many people; answers the `seq` of each intention.
async fn both_post(nodes: &[Arc<House>; 2], people: u64, posts: u64) -> BTreeMap<String, Seq> {
    let mut all = JoinSet::new();
    for person in 0..people {
        for (node, house) in nodes.iter().enumerate() {
            let house = house.clone();
            all.spawn(async move {
                let mut said = Vec::new();
                for number in 0..posts {
                    let cid = format!("{node}-{person}-{number}");
                    let author = if node == 0 { "ada" } else { "bo" };
                    let ack = house.write_once(Some(author), &cid, "messages.send", post("garden", author, &cid)).await;
                    said.push((cid, ack.unwrap().seq.unwrap()));
                }
                said
            });
        }
    }
    all.join_all().await.into_iter().flatten().collect()
}

#[tokio::test]
async fn two_nodes_write_at_once() {
    let Some((_server, nodes)) = two_nodes().await else { return };
    let said = both_post(&nodes, 8, 12).await;
    let mut seqs: Vec<Seq> = said.values().copied().collect();
    seqs.sort_unstable();
    // The first line is Bo's coming.
    assert_eq!(seqs, (2..=193).collect::<Vec<_>>());
    // What both told, put together, is every commit number once, each room's change after the one before it.
    let mut told: Vec<Change> = nodes.iter().flat_map(|house| house.sink.all()).collect();
    told.sort_by_key(|change| change.g);
    assert!(nodes.iter().all(|house| house.sink.all().len() > 90));
    assert!(told.windows(2).all(|pair| pair[0].g < pair[1].g));
    let in_room = told.iter().filter(|change| matches!(change.scope, Scope::Room(_)));
    in_room.fold(0, |before, change| {
        assert_eq!(change.p, before, "{change:?}");
        change.g
    });
    check_outbox(&nodes[0]).await;
    assert_eq!(nodes[1].db.newest().await.unwrap(), told.last().unwrap().g);
}

#[tokio::test]
async fn an_intention_is_carried_out_by_one_of_two_nodes() {
    let Some((_server, nodes)) = two_nodes().await else { return };
    for number in 0..30 {
        let cid = format!("c{number}");
        let say = |house: &Arc<House>| {
            let (house, cid) = (house.clone(), cid.clone());
            async move { house.write_once(Some("ada"), &cid, "messages.send", post("garden", "ada", &cid)).await }
        };
        let (one, other) = tokio::join!(say(&nodes[0]), say(&nodes[1]));
        assert_eq!(one.unwrap(), other.unwrap());
    }
    assert_eq!(nodes[0].room_row("garden").await.count, 30);
    check_outbox(&nodes[1]).await;
}

#[tokio::test]
async fn nobody_meets_a_row_with_less() {
    let Some((_server, nodes)) = two_nodes().await else { return };
    let done = Arc::new(AtomicBool::new(false));
    let g = nodes[0].g().await;
    let reader = {
        let (house, done) = (nodes[0].clone(), done.clone());
        tokio::spawn(async move {
            let (mut g, mut seen, mut over) = (g, Vec::<Seq>::new(), false);
            // Once more after the end, so that nothing is left.
            while !std::mem::replace(&mut over, done.load(Ordering::Relaxed)) {
                g = read_on(&house, g, &mut seen).await;
            }
            seen
        })
    };
    let said = both_post(&nodes, 6, 20).await;
    done.store(true, Ordering::Relaxed);
    let mut seen = reader.await.unwrap();
    seen.sort_unstable();
    // Each was met exactly once, in the step that passed its number.
    assert_eq!(seen, (2..=said.len() as Seq + 1).collect::<Vec<_>>());
}

async fn read_on(house: &House, g: G, seen: &mut Vec<Seq>) -> G {
    let missed = house.db.missed(Since::new("ada", g, vec![], 10_000, 50)).await.unwrap();
    assert!(missed.g >= g);
    for change in &missed.changes {
        if let Row::Message(message) = &change.row {
            assert!(message.gv > g && message.gv <= missed.g, "{message:?} between {g} and {}", missed.g);
            seen.push(message.seq);
        }
    }
    missed.g
}

#[tokio::test]
async fn who_asks_what_was_told_knows_what_was_visible() {
    let Some((_server, nodes)) = two_nodes().await else { return };
    for _ in 0..20 {
        nodes[0].say("garden", "ada", "hello").await;
        let g = nodes[0].db.told().await.unwrap();
        assert!(nodes[0].sink.all().iter().any(|change| change.g == g));
        assert_eq!(nodes[1].db.told().await.unwrap(), g);
    }
}

#[tokio::test]
async fn what_was_told_long_ago_is_not_kept() {
    let Some((server, nodes)) = two_nodes().await else { return };
    let house = &nodes[0];
    for _ in 0..70 {
        house.say("garden", "ada", "early").await;
    }
    assert_eq!(house.db.outbox(0, 1).await.unwrap()[0].before, 0);
    let early = house.g().await;
    // Also what a clock that was wrong has dated to tomorrow.
    let days = "UPDATE outbox SET at = at + 86400000 * CASE g % 2 WHEN 0 THEN 1 ELSE -1 END";
    server.client().await.batch_execute(days).await.unwrap();
    house.sleep(1);
    for _ in 0..140 {
        house.say("garden", "ada", "late").await;
    }
    let first = house.db.outbox(0, 1).await.unwrap().remove(0);
    assert_eq!(first.before, early);
    check_outbox(house).await;
    assert_eq!(house.db.outbox(u64::MAX, 10).await.unwrap(), []);
}

#[tokio::test]
async fn nodes_that_start_at_once_migrate_once() {
    let Some(server) = Server::empty().await else { return };
    assert_eq!(store::postgres::schema(&server.url(), &options()).await.unwrap(), None);
    let mut starting = JoinSet::new();
    for _ in 0..4 {
        let url = server.url();
        starting.spawn(async move { House::at(&url, options()).await.unwrap().db.epoch().await.unwrap() });
    }
    let mut epochs = starting.join_all().await;
    epochs.dedup();
    assert_eq!(epochs.len(), 1);
    let schema = store::postgres::migrate(&server.url(), &options()).await.unwrap();
    assert_eq!(store::postgres::schema(&server.url(), &options()).await.unwrap(), Some(schema));
    let client = server.client().await;
    client.execute("INSERT INTO migrations (number, checksum) VALUES (999, '')", &[]).await.unwrap();
    let refused = House::at(&server.url(), options()).await.err().unwrap();
    assert!(matches!(refused, Error::NewerSchema { found: 999, .. }), "{refused}");
    client.execute("DELETE FROM migrations WHERE number = 999", &[]).await.unwrap();
    client.execute("UPDATE migrations SET checksum = 'another' WHERE number = 2", &[]).await.unwrap();
    let refused = House::at(&server.url(), options()).await.err().unwrap();
    assert!(refused.to_string().contains("changed after it ran"), "{refused}");
}

#[tokio::test]
async fn a_probe_says_what_there_is() {
    let Some(server) = Server::new().await else { return };
    let probe = store::postgres::probe(&server.url(), &options()).await.unwrap();
    assert!(probe.supported && probe.may_create && probe.latency.as_secs() < 1, "{probe:?}");
    assert_eq!((probe.schema, probe.known), (7, 7));
    let client = server.client().await;
    let name = format!("guest_{}", std::process::id());
    let make = format!("DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN PASSWORD '{name}'");
    client.batch_execute(&make).await.unwrap();
    let url = server.url();
    let (_, place) = url.rsplit_once('@').unwrap();
    let guest = format!("postgres://{name}:{name}@{place}");
    let probe = store::postgres::probe(&guest, &options()).await.unwrap();
    assert!(!probe.may_create && guest != server.url(), "{probe:?}");
    client.batch_execute(&format!("DROP ROLE {name}")).await.unwrap();
    let nowhere = store::postgres::probe("postgres://nobody@127.0.0.1:1/none", &options()).await.unwrap_err();
    assert!(matches!(nowhere, Error::Unavailable(_)), "{nowhere}");
}
