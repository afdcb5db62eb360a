//! Everybody does everything at once while connections come and go: at rest all replicas are what the server shows.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tests::contract::Table;
use tests::device::{Device, Screen, Way};
use tests::dice::Dice;
use tests::gathering::{Gathering, cid, connected};
use tests::people::Account;
use tests::server::{Setting, Stage};
use tests::socket::Transport;
use tests::{Outcome, check, fail, oracle};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const PEOPLE: usize = 4;
const DEEDS: usize = 60;
/// How long a device tries to come back to a server that is being started again.
const COMEBACK: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_device_holds_what_the_server_shows() -> Outcome {
    storms(Stage::Sqlite, 0).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_after_power_cuts_every_device_holds_what_the_server_shows() -> Outcome {
    storms(Stage::Sqlite, 3).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_device_holds_what_a_server_on_postgres_shows() -> Outcome {
    storms(Stage::Postgres, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_device_holds_what_three_nodes_show() -> Outcome {
    storms(Stage::Cluster, 0).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_after_power_cuts_of_one_node_after_the_other_every_device_holds_what_three_nodes_show() -> Outcome {
    storms(Stage::Cluster, 3).await
}

async fn storms(stage: Stage, cuts: u64) -> Outcome {
    if let Some(reason) = stage.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let drawn = u64::try_from(now % u128::from(u64::MAX))? | 1;
    let seed = env::var("PARLOUR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(drawn);
    println!("PARLOUR_SEED={seed} throws the same dice again");
    storm(seed, stage, cuts).await.map_err(|failure| failure.during(format!("PARLOUR_SEED={seed}")))
}

/// What the devices of a storm know of its place.
struct Sky {
    /// Of each node.
    addresses: Vec<String>,
    turn: AtomicUsize,
    table: Table,
    accounts: Vec<Account>,
    /// The rooms, the first public; the second can be left.
    rooms: [String; 2],
}

impl Sky {
    /// Of the next node.
    fn address(&self) -> &str {
        &self.addresses[self.turn.fetch_add(1, Ordering::Relaxed) % self.addresses.len()]
    }
}

async fn storm(seed: u64, stage: Stage, cuts: u64) -> Outcome {
    let mut gathering = Gathering::of(PEOPLE, Setting { stage, ..Setting::default() }).await?;
    let second = gathering.value(1, "rooms.create", &json!({"cid": cid(), "name": "field", "kind": "public"})).await?;
    let Some(second) = second["id"].as_str().map(str::to_string) else { fail!("no room") };
    let sky = Arc::new(Sky {
        addresses: gathering.server.addresses(),
        turn: AtomicUsize::new(0),
        table: gathering.table.clone(),
        accounts: gathering.accounts.clone(),
        rooms: [gathering.room.clone(), second],
    });
    let mut people = JoinSet::new();
    for person in 0..PEOPLE {
        for tab in 0..2_u64 {
            let mut dice = Dice::new(seed ^ ((person as u64 + 1) * 0x9E37_79B9) ^ ((tab + 1) << 40));
            let transport = if dice.throw(3) == 0 { Transport::Polling } else { Transport::WebSocket };
            let mut device = gathering.device(person, transport).await?;
            // A second one says what it holds, and looks at one room only.
            device.selective = tab == 1;
            if tab == 1 {
                device.screen = Screen::Only(BTreeSet::from([sky.rooms[0].clone()]));
            }
            people.spawn(live(sky.clone(), device, dice));
        }
    }
    for cut in 0..cuts {
        sleep(Duration::from_millis(80 + 40 * cut)).await;
        let nodes = gathering.server.nodes.len() as u64;
        let node = &mut gathering.server.nodes[(cut % nodes) as usize];
        node.kill().await?;
        node.again().await?;
    }
    let mut devices = Vec::new();
    while let Some(done) = people.join_next().await {
        devices.push(done??);
    }
    for device in &mut devices {
        if !device.is_connected() {
            comes_back(&sky, device).await?;
        }
        oracle::agree(device, &sky.table, sky.address()).await?;
    }
    Ok(())
}

async fn live(sky: Arc<Sky>, mut device: Device, mut dice: Dice) -> Outcome<Device> {
    for _ in 0..DEEDS {
        match dice.throw(24) {
            0 | 1 => comes_back(&sky, &mut device).await?,
            // Also on a living connection, as after `resync`.
            2 if device.hello().await.is_err() => comes_back(&sky, &mut device).await?,
            _ => {}
        }
        let (command, arguments) = choice(&sky, &device, &mut dice);
        let mut way = if dice.throw(4) == 0 { Way::Rest } else { Way::Socket };
        let answer = loop {
            // Without an answer nobody knows whether it was done: the same again, by the other way.
            match device.call(&sky.table, way, command, &arguments).await {
                Ok(answer) => break answer,
                Err(_) => comes_back(&sky, &mut device).await?,
            }
            way = way.other();
        };
        if let Err(error) = answer {
            let code = error["code"].as_str().unwrap_or_default();
            check!(EXPECTED.contains(&code), "{command} {arguments} is refused: {error}");
        }
    }
    Ok(device)
}

/// Cuts the connection and comes back with the cursor, as soon as there is a server.
async fn comes_back(sky: &Sky, device: &mut Device) -> Outcome {
    let limit = Instant::now() + COMEBACK;
    loop {
        device.cut();
        let came = match connected(device.connect(sky.address()).await) {
            Ok(()) => device.hello().await,
            Err(failure) => Err(failure),
        };
        match came {
            Ok(()) => return Ok(()),
            Err(failure) if Instant::now() > limit => return Err(failure.during("coming back")),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// What may happen to people who act on what they saw a moment ago.
const EXPECTED: [&str; 6] = [
    "rooms.not_a_member",
    "rooms.not_found",
    "rooms.not_allowed",
    "messages.deleted",
    "messages.not_found",
    "users.not_found",
];

fn choice(sky: &Sky, device: &Device, dice: &mut Dice) -> (&'static str, Value) {
    let second = dice.throw(2) == 1;
    let room = &sky.rooms[usize::from(second)];
    let other = &sky.accounts[dice.throw(PEOPLE as u64) as usize].id;
    let seen = device.seen();
    let direct = seen.replica.rooms.values().find(|room| room["kind"] == "direct").map(|room| room["id"].clone());
    let head = seen.replica.rooms.get(room).and_then(|room| room["head"].as_u64()).unwrap_or(1).max(1);
    drop(seen);
    let near = head.saturating_sub(dice.throw(6)).max(1);
    let text = ["a", "@ada look", "@bo and @cleo", "längerer Text 🌻", "@dan"][dice.throw(5) as usize];
    match dice.throw(30) {
        0 if second => ("rooms.leave", json!({"room": room, "cid": cid()})),
        1..=3 if second => ("rooms.join", json!({"room": room, "cid": cid()})),
        4 if second => ("members.kick", json!({"room": room, "user": other, "cid": cid()})),
        5 => ("members.set_role", json!({"room": room, "user": other, "role": "moderator", "cid": cid()})),
        6 => ("direct.open", json!({"users": [other], "cid": cid()})),
        7 if direct.is_some() => ("rooms.hide", json!({"room": direct, "cid": cid()})),
        8 | 9 if direct.is_some() => ("messages.send", json!({"room": direct, "text": text, "cid": cid()})),
        10 | 11 => ("messages.edit", json!({"room": room, "seq": near, "text": format!("{text}!"), "cid": cid()})),
        12 => ("messages.delete", json!({"room": room, "seq": near, "cid": cid()})),
        13 => ("messages.delete", json!({"room": room, "seq": near, "for": "me", "cid": cid()})),
        14..=16 => ("reads.set", json!({"room": room, "seq": near, "cid": cid()})),
        17 => ("rooms.update", json!({"room": room, "topic": text, "cid": cid()})),
        18 => ("profile.set", json!({"status": text, "cid": cid()})),
        19 => ("rooms.renew_code", json!({"room": room, "cid": cid()})),
        _ => ("messages.send", json!({"room": room, "text": text, "cid": cid()})),
    }
}
