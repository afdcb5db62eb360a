//! While the database is away: a clear "try again", connections that stay, and everything resumes; and a commit whose
//! answer is lost.

use super::{House, skipped};
use serde_json::{Value, json};
use std::time::Duration;
use tests::device::Way;
use tests::gathering::cid;
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Outcome, check, fail};
use tokio::time::{Instant, sleep};

/// How long until everything has resumed.
const RESUMING: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_everybody_is_told_to_try_again_and_stays_connected() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let mut house = House::of(2, 2, Setting::default()).await?;
    let gathering = &house.gathering;
    let ada = gathering.device(0, Transport::WebSocket).await?;
    let bo = gathering.device(1, Transport::Polling).await?;
    house.postgres.kill().await?;
    let room = &gathering.room;
    for number in 0..6 {
        let wish = json!({"room": room, "cid": cid(), "text": format!("while away {number}")});
        for (way, command, wish) in [
            (Way::Socket, "messages.send", wish.clone()),
            (Way::Rest, "messages.send", wish),
            (Way::Socket, "messages.history", json!({"room": room, "limit": 5})),
            (Way::Rest, "rooms.get", json!({"room": room})),
        ] {
            match ada.call(&gathering.table, way, command, &wish).await? {
                Err(error) if error["code"] == "unavailable" => {
                    check!(way == Way::Socket || error["status"] == json!(503), "with another status: {error}");
                }
                other => fail!("{command} while the database is away: {other:?}"),
            }
        }
    }
    for node in &gathering.server.nodes {
        let (ready, _) = tests::rest::Rest::new(node.address(), None)?.get("/health/ready").await?;
        let (live, _) = tests::rest::Rest::new(node.address(), None)?.get("/health/live").await?;
        check!((live, ready) == (200, 503), "live {live}, ready {ready}");
    }
    check!(ada.is_connected() && bo.is_connected(), "a connection was ended");
    house.postgres.again().await?;
    let gathering = &house.gathering;
    let wish = json!({"room": gathering.room, "cid": cid(), "text": "it is back"});
    let value = insisting(gathering, &ada, &wish).await?;
    let place = (gathering.room.clone(), value["seq"].as_u64().unwrap_or(0));
    bo.wait("what was said afterwards", |seen| seen.replica.messages.contains_key(&place)).await?;
    check!(ada.is_connected() && bo.is_connected(), "a connection was ended");
    check!(!ada.seen().replica.was_reset || !bo.seen().replica.was_reset, "somebody had to start over");
    for node in &gathering.server.nodes {
        let (ready, _) = tests::rest::Rest::new(node.address(), None)?.get("/health/ready").await?;
        check!(ready == 200, "a node is not ready again: {ready}");
    }
    Ok(())
}

/// Sends until it is no longer told to try again.
async fn insisting(
    gathering: &tests::gathering::Gathering,
    device: &tests::device::Device,
    wish: &Value,
) -> Outcome<Value> {
    let limit = Instant::now() + RESUMING;
    loop {
        match device.call(&gathering.table, Way::Socket, "messages.send", wish).await? {
            Ok(value) => return Ok(value),
            Err(error) if error["code"] == "unavailable" && Instant::now() < limit => {
                sleep(Duration::from_millis(50)).await;
            }
            Err(error) => fail!("still refused: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_is_not_done_again() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let house = House::of(1, 2, Setting::default()).await?;
    let gathering = &house.gathering;
    let ada = gathering.device(0, Transport::WebSocket).await?;
    let bo = gathering.device(1, Transport::WebSocket).await?;
    let mut told_to_try_again = 0;
    for number in 0..5 {
        let wish = json!({"room": gathering.room, "cid": cid(), "text": format!("committed {number}")});
        // What PostgreSQL says to a COMMIT that is done.
        house.to_postgres[0].lose(b"COMMIT\0");
        let first = ada.call(&gathering.table, Way::Socket, "messages.send", &wish).await?;
        check!(!house.to_postgres[0].is_about_to_lose(), "no answer to a COMMIT came by: nothing was lost");
        if let Err(error) = &first {
            check!(error["code"] == "unavailable", "refused with another code: {error}");
            told_to_try_again += 1;
        }
        let value = insisting(gathering, &ada, &wish).await?;
        check!(first.as_ref().is_ok_and(|first| *first == value) || first.is_err(), "{first:?}, then {value}");
        let again = ada.call(&gathering.table, Way::Rest, "messages.send", &wish).await?;
        check!(again.as_ref() == Ok(&value), "repeated: {again:?}, first {value}");
        let place = (gathering.room.clone(), value["seq"].as_u64().unwrap_or(0));
        bo.wait("it", |seen| seen.replica.messages.contains_key(&place)).await?;
    }
    let texts: Vec<Value> = gathering.history(0).await?.iter().map(|message| message["text"].clone()).collect();
    for number in 0..5 {
        let times = texts.iter().filter(|text| **text == json!(format!("committed {number}"))).count();
        check!(times == 1, "number {number} is there {times} times");
    }
    println!("5 commits whose answer was lost: {told_to_try_again} were told to try again, each is there once");
    Ok(())
}
