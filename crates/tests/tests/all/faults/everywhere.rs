//! What ends or limits somebody takes effect on every node at once.

use super::{House, skipped};
use serde_json::{Value, json};
use std::time::Duration;
use tests::device::Device;
use tests::gathering::{Gathering, cid, connected};
use tests::people::PASSWORD;
use tests::rest::Rest;
use tests::server::Setting;
use tests::socket::{Refused, Transport};
use tests::{Failure, Outcome, check, fail};

const NODES: usize = 3;

/// A device with a session of its own on each node.
async fn with_one_session(gathering: &Gathering, person: usize) -> Outcome<Vec<Device>> {
    let wish = json!({"username": gathering.accounts[person].username, "password": PASSWORD});
    let answer = gathering.server.rest(None)?.call(&gathering.table, "sessions.create", &wish).await?;
    let answer = answer.map_err(|error| Failure(format!("signing in: {error}")))?;
    let account = tests::people::Account::from_answer(&answer)?;
    let mut devices = Vec::new();
    for node in &gathering.server.nodes {
        let rest = Rest::new(node.address(), None)?;
        let mut device = Device::new(&account.username.clone(), account.clone(), &rest, Transport::WebSocket);
        connected(device.connect(node.address()).await)?;
        device.hello().await?;
        devices.push(device);
    }
    Ok(devices)
}

/// Neither REST nor a socket of any node lets this session in.
async fn is_out(gathering: &Gathering, devices: &mut [Device]) -> Outcome {
    for (device, node) in devices.iter_mut().zip(&gathering.server.nodes) {
        // First of all: a request on the next node, with nothing between.
        match device.rest.call(&gathering.table, "profile.get", &json!({})).await? {
            Err(error) if error["code"] == "auth.required" => {}
            other => fail!("a node still answers a session that ended: {other:?}"),
        }
        device.cut_off().await?;
        device.cut();
        match device.connect(node.address()).await {
            Err(Refused::ByServer(_)) => {}
            Err(Refused::Otherwise(failure)) => return Err(failure),
            Ok(()) => fail!("a node lets a session in that ended"),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_out_or_is_signed_out_is_out_on_every_node() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let house = House::of(NODES, 2, Setting::default()).await?;
    let gathering = &house.gathering;
    let mut devices = with_one_session(gathering, 0).await?;
    let answer = devices[0].rest.call(&gathering.table, "sessions.end", &json!({})).await?;
    check!(answer.is_ok(), "{answer:?}");
    is_out(gathering, &mut devices).await?;

    let mut devices = with_one_session(gathering, 1).await?;
    let other = gathering.server.rest(Some(&gathering.accounts[1].token))?;
    let sessions = other.call(&gathering.table, "sessions.list", &json!({})).await?;
    let sessions = sessions.map_err(|error| Failure(format!("sessions.list: {error}")))?;
    let list = sessions["sessions"].as_array().cloned().unwrap_or_default();
    let Some(newest) = list.iter().find(|session| session["current"] != json!(true)) else {
        fail!("no other session: {sessions}")
    };
    let answer = other.call(&gathering.table, "sessions.revoke", &json!({"session": newest["id"]})).await?;
    check!(answer.is_ok(), "{answer:?}");
    is_out(gathering, &mut devices).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_kicked_hears_nothing_more_on_any_node() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let house = House::of(NODES, 2, Setting::default()).await?;
    let gathering = &house.gathering;
    let devices = with_one_session(gathering, 1).await?;
    for device in &devices {
        device.hello_from(json!({"g": 0})).await?;
    }
    let kick = json!({"cid": cid(), "room": gathering.room, "user": gathering.accounts[1].id});
    gathering.value(0, "members.kick", &kick).await?;
    for device in &devices {
        let wish = json!({"cid": cid(), "room": gathering.room, "text": "I am still here"});
        match device.rest.call(&gathering.table, "messages.send", &wish).await? {
            Err(error) if error["code"] == "rooms.not_a_member" => {}
            other => fail!("a node still lets in who was kicked: {other:?}"),
        }
    }
    let secret = json!({"cid": cid(), "room": gathering.room, "text": "among us"});
    let said = gathering.value(0, "messages.send", &secret).await?;
    let place = (gathering.room.clone(), said["seq"].as_u64().unwrap_or(0));
    for device in &devices {
        let gone = |seen: &tests::device::Seen| !seen.replica.memberships.contains_key(&gathering.room);
        device.wait("that the place is gone", gone).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        check!(!device.seen().replica.messages.contains_key(&place), "{} hears what came after", device.name);
        check!(device.is_connected(), "a kick ended a connection");
    }
    Ok(())
}

/// How many of so many sign-ins with a wrong password, each by the next node, are let through to be looked at.
async fn guesses(gathering: &Gathering, count: usize) -> Outcome<usize> {
    let rest = gathering.server.rest(None)?;
    let mut looked_at = 0;
    for _ in 0..count {
        let wish: Value = json!({"username": gathering.accounts[0].username, "password": "a wrong guess"});
        match rest.call(&gathering.table, "sessions.create", &wish).await? {
            Err(error) if error["code"] == "limit.too_fast" => {}
            Err(error) if error["code"] == "auth.wrong" => looked_at += 1,
            other => fail!("{other:?}"),
        }
    }
    Ok(looked_at)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_are_not_three_allowances() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let setting = Setting { limits: true, ..Setting::default() };
    let (one, three) = (House::of(1, 1, setting.clone()).await?, House::of(NODES, 1, setting).await?);
    let (alone, together) = (guesses(&one.gathering, 40).await?, guesses(&three.gathering, 40).await?);
    println!("guesses looked at: {alone} by one node, {together} by three");
    check!(together <= alone + alone / 2 + 1, "one node looks at {alone} guesses, three look at {together}");
    Ok(())
}
