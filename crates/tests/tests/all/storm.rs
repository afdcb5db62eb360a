//! Everybody does everything at once while connections come and go: at rest all replicas are what the server shows.

use serde_json::{Value, json};
use std::env;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tests::device::{Device, Way};
use tests::gathering::{Gathering, cid, connected};
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Failure, Outcome, check, fail, oracle};
use tokio::task::JoinSet;

const PEOPLE: usize = 4;
const DEEDS: usize = 60;

/// A small generator of our own, so that a seed replays the same choices on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_device_holds_what_the_server_shows() -> Outcome {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let drawn = u64::try_from(now % u128::from(u64::MAX))? | 1;
    let seed = env::var("PARLOUR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(drawn);
    println!("PARLOUR_SEED={seed} throws the same dice again");
    storm(seed).await.map_err(|failure| failure.during(format!("PARLOUR_SEED={seed}")))
}

async fn storm(seed: u64) -> Outcome {
    let gathering = Arc::new(Gathering::of(PEOPLE, Setting::default()).await?);
    let second = gathering.value(1, "rooms.create", &json!({"cid": cid(), "name": "field", "kind": "public"})).await?;
    let Some(second) = second["id"].as_str().map(str::to_string) else { fail!("no room") };
    let mut people = JoinSet::new();
    for person in 0..PEOPLE {
        for tab in 0..2_u64 {
            let (gathering, second) = (gathering.clone(), second.clone());
            let dice = Dice(seed ^ ((person as u64 + 1) * 0x9E37_79B9) ^ ((tab + 1) << 40));
            people.spawn(async move { live(&gathering, person, &second, dice).await });
        }
    }
    let mut devices = Vec::new();
    while let Some(done) = people.join_next().await {
        devices.push(done??);
    }
    for device in &devices {
        oracle::agree(device, &gathering.table, gathering.server.address()).await?;
    }
    Ok(())
}

async fn live(gathering: &Gathering, person: usize, second: &str, mut dice: Dice) -> Outcome<Device> {
    let transport = if dice.throw(3) == 0 { Transport::Polling } else { Transport::WebSocket };
    let mut device = gathering.device(person, transport).await?;
    for _ in 0..DEEDS {
        if dice.throw(12) == 0 {
            device.cut();
            connected(device.connect(gathering.server.address()).await)?;
            device.hello().await?;
            continue;
        }
        let (command, arguments) = choice(gathering, second, &device, &mut dice);
        let way = if dice.throw(4) == 0 { Way::Rest } else { Way::Socket };
        let answer = device.call(&gathering.table, way, command, &arguments).await?;
        if let Err(error) = answer {
            let code = error["code"].as_str().unwrap_or_default();
            let expected = [
                "rooms.not_a_member",
                "messages.deleted",
                "messages.not_found",
                "rooms.not_allowed",
                "users.not_found",
            ];
            check!(expected.contains(&code), "{command} {arguments} is refused: {error}");
        }
    }
    check!(device.is_connected(), "the connection of {} ended: {:?}", device.name, device.socket()?.ending());
    device.fence().await.map_err(|failure: Failure| failure.during(&device.name))?;
    Ok(device)
}

fn choice(gathering: &Gathering, second: &str, device: &Device, dice: &mut Dice) -> (&'static str, Value) {
    let room = if dice.throw(2) == 0 { gathering.room.as_str() } else { second };
    let head = device.seen().replica.rooms.get(room).and_then(|room| room["head"].as_u64()).unwrap_or(1).max(1);
    let near = head.saturating_sub(dice.throw(6)).max(1);
    let text = ["a", "@ada look", "@bo and @cleo", "längerer Text 🌻", "@dan"][dice.throw(5) as usize];
    match dice.throw(20) {
        0 if room == second => ("rooms.leave", json!({"room": room})),
        1 | 2 if room == second => ("rooms.join", json!({"room": room, "cid": cid()})),
        3 | 4 => ("messages.edit", json!({"room": room, "seq": near, "text": format!("{text}!"), "cid": cid()})),
        5 => ("messages.delete", json!({"room": room, "seq": near})),
        6 => ("messages.delete", json!({"room": room, "seq": near, "for": "me"})),
        7..=9 => ("reads.set", json!({"room": room, "seq": near, "cid": cid()})),
        10 => ("rooms.update", json!({"room": room, "topic": text, "cid": cid()})),
        11 => ("profile.set", json!({"status": text, "cid": cid()})),
        _ => ("messages.send", json!({"room": room, "text": text, "cid": cid()})),
    }
}
