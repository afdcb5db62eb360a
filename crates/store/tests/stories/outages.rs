//! PostgreSQL goes away and comes back: nothing acknowledged is lost, nothing is doubled, nobody waits for long, and
//! everything resumes by itself.

use crate::house::{House, post};
use crate::proxy::Proxy;
use crate::server::{Own, Server, options};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store::messages::Anchor;
use store::{Ack, Error};
use tokio::task::JoinSet;

/// A refusal that takes longer hangs. It comes after a second or two on a machine that does nothing else.
const SOON: Duration = Duration::from_secs(30);

fn quick() -> store::postgres::Options {
    store::postgres::Options {
        question_time: Duration::from_secs(1),
        statement_time: Duration::from_secs(1),
        lock_time: Duration::from_millis(700),
        connect_time: Duration::from_secs(1),
        ..options()
    }
}

/// A node behind a proxy, with Ada in the garden.
async fn behind_a_proxy() -> Option<(Server, Proxy, House)> {
    let server = Server::new().await?;
    let proxy = Proxy::before(&server.host()).await;
    let house = House::at(&server.url_at(&proxy.address.to_string()), quick()).await.unwrap();
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    Some((server, proxy, house))
}

async fn say(house: &House, cid: &str) -> Result<Ack, Error> {
    house.write_once(Some("ada"), cid, "messages.send", post("garden", "ada", cid)).await
}

#[track_caller]
fn unavailable<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
}

/// Says it again until it is acknowledged.
async fn insist(house: &House, cid: &str) -> Ack {
    let begun = Instant::now();
    loop {
        match say(house, cid).await {
            Ok(ack) => return ack,
            Err(Error::Unavailable(_)) if begun.elapsed() < Duration::from_secs(20) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(other) => panic!("{cid}: {other}"),
        }
    }
}

/// The texts in the garden, in order.
async fn texts(house: &House) -> Vec<String> {
    let page = house.db.page("garden", "ada", Anchor::After(0), 100_000).await.unwrap();
    page.messages.into_iter().map(|message| message.text).collect()
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_there_once() {
    let Some((_server, proxy, house)) = behind_a_proxy().await else { return };
    for number in 0..5 {
        let cid = format!("c{number}");
        proxy.cut_at_commit();
        unavailable(say(&house, &cid).await);
        assert!(proxy.has_cut());
        // It happened, and the one who repeats it learns so.
        let told = house.sink.all().len();
        let ack = insist(&house, &cid).await;
        assert_eq!((ack.seq, insist(&house, &cid).await), (Some(number + 1), ack.clone()));
        // It was not told here; the outbox has it.
        assert_eq!(house.sink.all().len(), told);
        assert_eq!(house.db.outbox(ack.g - 1, 1).await.unwrap()[0].g, ack.g);
    }
    assert_eq!(texts(&house).await, ["c0", "c1", "c2", "c3", "c4"]);
    crate::nodes::check_outbox(&house).await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_unavailable_soon() {
    let Some((_server, proxy, house)) = behind_a_proxy().await else { return };
    for stalls in [false, true] {
        let (before, after) = (format!("before {stalls}"), format!("after {stalls}"));
        insist(&house, &before).await;
        if stalls {
            proxy.stall()
        } else {
            proxy.refuse()
        }
        let begun = Instant::now();
        let (write, read) = tokio::join!(say(&house, "lost"), house.db.user("ada"));
        unavailable(write);
        unavailable(read);
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        // Many at once are refused as soon as one.
        let begun = Instant::now();
        let all = (0..200).map(|number| say(&house, if number % 2 == 0 { "lost" } else { "lost too" }));
        for answer in futures_util::future::join_all(all).await {
            unavailable(answer);
        }
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        proxy.carry();
        insist(&house, &after).await;
        while house.db.user("ada").await.is_err() {
            assert!(begun.elapsed() < 2 * SOON);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let said = texts(&house).await;
    assert!(said.iter().filter(|text| text.starts_with("lost")).count() <= 2, "{said:?}");
    assert_eq!(said.iter().filter(|text| !text.starts_with("lost")).count(), 4, "{said:?}");
}

#[tokio::test]
async fn who_holds_the_writers_lock_is_not_waited_for_long() {
    let Some(server) = Server::new().await else { return };
    let house = House::at(&server.url(), quick()).await.unwrap();
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let client = server.client().await;
    client.batch_execute("BEGIN; SELECT g FROM instance FOR UPDATE").await.unwrap();
    let begun = Instant::now();
    unavailable(say(&house, "waits").await);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    // Reading goes on.
    assert!(house.db.user("ada").await.unwrap().is_some());
    client.batch_execute("ROLLBACK; BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let begun = Instant::now();
    unavailable(house.db.user("ada").await);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    client.batch_execute("ROLLBACK").await.unwrap();
    insist(&house, "goes on").await;
    assert!(house.db.user("ada").await.unwrap().is_some());
}

#[tokio::test]
async fn a_server_that_is_only_read_is_unavailable() {
    let Some(server) = Server::new().await else { return };
    let house = House::at(&server.url(), quick()).await.unwrap();
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let client = server.client().await;
    let name: String = client.query_one("SELECT current_database()", &[]).await.unwrap().get(0);
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    client.batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await.unwrap();
    client.batch_execute(others).await.unwrap();
    for _ in 0..3 {
        unavailable(say(&house, "too early").await);
    }
    unavailable(House::at(&server.url(), quick()).await.map(drop));
    client
        .batch_execute(&format!(
            "SET default_transaction_read_only = off; ALTER DATABASE {name} RESET default_transaction_read_only"
        ))
        .await
        .unwrap();
    insist(&house, "at last").await;
}

#[tokio::test]
async fn everything_resumes_after_the_server_was_killed() {
    let Some(own) = Own::start().await else { return };
    let nodes = [
        Arc::new(House::at(&own.url(), quick()).await.unwrap()),
        Arc::new(House::at(&own.url(), quick()).await.unwrap()),
    ];
    nodes[0].people(&["ada"]).await;
    nodes[0].room("garden", &["ada"]).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let (house, done) = (nodes[writer % 2].clone(), done.clone());
        writers.spawn(async move {
            let mut said = BTreeMap::new();
            for number in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let cid = format!("{writer}-{number}");
                let begun = Instant::now();
                let first = say(&house, &cid).await;
                assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
                let ack = match first {
                    Ok(ack) => ack,
                    Err(_) => insist(&house, &cid).await,
                };
                said.insert(cid, ack);
            }
            said
        });
    }
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        own.kill();
        tokio::time::sleep(Duration::from_millis(300)).await;
        own.again().await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    done.store(true, Ordering::Relaxed);
    let said: BTreeMap<String, Ack> = writers.join_all().await.into_iter().flatten().collect();
    assert!(said.len() > 100, "{}", said.len());
    let texts = texts(&nodes[0]).await;
    assert_eq!(texts.len(), said.len(), "lost or doubled");
    for (cid, ack) in &said {
        assert_eq!(texts[ack.seq.unwrap() as usize - 1], *cid);
    }
    crate::nodes::check_outbox(&nodes[1]).await;
}
