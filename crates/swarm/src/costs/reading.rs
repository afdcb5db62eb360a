//! What a new device and the badge cost, by the number of rooms that somebody is in, and what digests cost.

use serde_json::json;

use super::device::{Cost, Device};
use super::world::{Person, World};
use crate::server::Server;
use crate::spread::Spread;
use crate::{Failure, process};

/// How often each is asked, on connections of their own.
const NEW: usize = 50;
const BADGES: usize = 200;
/// Blocks of 256 messages whose digests are asked for.
const BLOCKS: [usize; 3] = [0, 1, 200];

pub(super) async fn run(server: &Server, world: &World) -> Result<(), Failure> {
    println!("| what | rooms | bytes | server CPU ms | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- | --- |");
    for person in [&world.five, &world.half, &world.every] {
        let rooms = person.rooms.len();
        let hello = json!({"g": 0, "watch": [&person.rooms[0]]});
        println!("| a new device | {rooms} | {} |", repeat(server, person, "hello", &hello, NEW).await?);
        let short = json!({"g": 0, "watch": [&person.rooms[0]], "short": true});
        println!("| a new device, short | {rooms} | {} |", repeat(server, person, "hello", &short, NEW).await?);
        println!("| the badge | {rooms} | {} |", repeat(server, person, "reads.list", &json!({}), BADGES).await?);
    }
    let cursor =
        Device::connect(server, &world.five.token).await?.ask("hello", &json!({"g": 0, "watch": []})).await?.value;
    let largest = &world.five.rooms[0];
    for blocks in BLOCKS {
        let numbers: Vec<usize> = (0..blocks).collect();
        let (held, blocks_of) = (json!({largest.as_str(): cursor["g"]}), json!({largest.as_str(): numbers}));
        let (epoch, g) = (&cursor["epoch"], &cursor["g"]);
        let hello = json!({"epoch": epoch, "g": g, "watch": [largest], "held": held, "blocks": blocks_of});
        let row = match repeat(server, &world.five, "hello", &hello, NEW).await {
            Ok(row) => row,
            Err(why) => format!("{why}"),
        };
        println!("| nothing missed, digests of {blocks} blocks | 5 | {row} |");
    }
    println!();
    Ok(())
}

/// The same command on that many connections, one after the other: `bytes | CPU | p50 | p99`.
async fn repeat(
    server: &Server,
    person: &Person,
    command: &str,
    argument: &serde_json::Value,
    times: usize,
) -> Result<String, Failure> {
    let averages = on_each(server, &person.token, command, argument, times).await?;
    let Averages { down, cpu, spread, .. } = averages;
    Ok(format!("{down:.0} | {cpu:.2} | {:.2} | {:.2}", spread.milliseconds(0.5), spread.milliseconds(0.99)))
}

/// What a command cost on average: bytes, milliseconds of the server's processors, and the time it took.
pub(super) struct Averages {
    pub(super) down: f64,
    pub(super) up: f64,
    pub(super) cpu: f64,
    pub(super) spread: Spread,
}

/// Connects that often, then asks on each connection; connecting is not measured.
pub(super) async fn on_each(
    server: &Server,
    token: &str,
    command: &str,
    argument: &serde_json::Value,
    times: usize,
) -> Result<Averages, Failure> {
    let mut devices = Vec::with_capacity(times);
    for _ in 0..times {
        devices.push(Device::connect(server, token).await?);
    }
    let before = process::settled_cpu(server.pid()).await;
    let (mut spread, mut bytes_down, mut bytes_up) = (Spread::new(), 0, 0);
    for device in &mut devices {
        let Cost { down, up, time, .. } = device.ask(command, argument).await?;
        spread.add(time);
        bytes_down += down;
        bytes_up += up;
    }
    let after = process::settled_cpu(server.pid()).await;
    let cpu = before.zip(after).map_or(f64::NAN, |(before, after)| after.saturating_sub(before).as_secs_f64());
    drop(devices);
    // What their leaving costs belongs to nobody who is measured.
    process::settled_cpu(server.pid()).await;
    let each = |sum: f64| sum / times as f64;
    Ok(Averages { down: each(bytes_down as f64), up: each(bytes_up as f64), cpu: each(cpu * 1e3), spread })
}
