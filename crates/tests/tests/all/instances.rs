//! What belongs to one instance, and what does not: nodes that have only their database in common, and a copy of an instance
//! beside it.

use serde_json::json;
use tests::companions::{Database, shared_nats, shared_postgres};
use tests::device::Device;
use tests::gathering::{Gathering, cid, connected};
use tests::server::{Server, Setting, Stage, Ties};
use tests::socket::Transport;
use tests::{Outcome, check};

async fn sees(device: &Device, text: &str) -> Outcome {
    device.wait(text, |seen| seen.replica.messages.values().any(|message| message["text"] == text)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_without_nats_hear_each_other_by_their_database() -> Outcome {
    if let Some(reason) = Stage::Postgres.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let database = Database::create(&shared_postgres().unwrap_or_default(), None).await?;
    let ties = vec![Ties { database: database.url(), nats: String::new() }; 2];
    let gathering = Gathering::of(3, Setting { ties, ..Setting::default() }).await?;
    let devices = [gathering.device(1, Transport::WebSocket).await?, gathering.device(2, Transport::WebSocket).await?];
    for text in ["by one node", "by the other"] {
        let wish = json!({"room": gathering.room, "cid": cid(), "text": text});
        gathering.value(0, "messages.send", &wish).await?;
        for device in &devices {
            sees(device, text).await?;
        }
    }
    for (device, person) in devices.iter().zip([1, 2]) {
        let user = &gathering.accounts[person].id;
        gathering.value(0, "members.kick", &json!({"room": gathering.room, "user": user, "cid": cid()})).await?;
        device.wait("that the room is gone", |seen| !seen.replica.rooms.contains_key(&gathering.room)).await?;
    }
    let wish = json!({"room": gathering.room, "cid": cid(), "text": "among ourselves"});
    gathering.value(0, "messages.send", &wish).await?;
    for device in &devices {
        device.fence().await?;
        check!(device.seen().replica.faults.is_empty(), "{:?}", device.seen().replica.faults);
        check!(device.seen().replica.messages.is_empty(), "{} still hears of the room", device.name);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_an_instance_on_the_same_nats_is_another_instance() -> Outcome {
    if let Some(reason) = Stage::Cluster.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let (postgres, nats) = (shared_postgres().unwrap_or_default(), shared_nats().unwrap_or_default());
    let database = Database::create(&postgres, None).await?;
    let ties = vec![Ties { database: database.url(), nats: nats.clone() }];
    let mut gathering = Gathering::of(2, Setting { ties, ..Setting::default() }).await?;
    gathering.server.stop().await?;
    let twin = Database::create(&postgres, Some(database.name())).await?;
    gathering.server.again().await?;
    let ties = vec![Ties { database: twin.url(), nats }];
    let other = Server::empty(Setting { ties, ..Setting::default() }).await?;

    let here = gathering.device(0, Transport::WebSocket).await?;
    let account = gathering.accounts[1].clone();
    let rest = other.rest(Some(&account.token))?;
    let mut there = Device::new("bo beside", account, &rest, Transport::WebSocket);
    connected(there.connect(other.address()).await)?;
    there.hello().await?;
    there.hello_from(json!({"g": 0})).await?;
    check!(there.seen().replica.epoch == here.seen().replica.epoch, "it is no copy");

    let said = |text: &str| json!({"room": gathering.room, "cid": cid(), "text": text});
    gathering.value(0, "messages.send", &said("said here")).await?;
    sees(&here, "said here").await?;
    let answer = there.rest.call(&gathering.table, "messages.send", &said("said there")).await?;
    check!(answer.is_ok(), "{answer:?}");
    sees(&there, "said there").await?;
    for (device, foreign) in [(&here, "said there"), (&there, "said here")] {
        device.fence().await?;
        let heard = device.seen().replica.messages.values().any(|message| message["text"] == foreign);
        check!(!heard, "{} hears the other instance", device.name);
    }
    Ok(())
}
