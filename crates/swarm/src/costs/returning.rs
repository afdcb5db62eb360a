//! What it costs when very many come back at once after a restart, having missed the same: with the pieces that the server
//! makes once for all of them, and where none of these can be shared.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Options;
use super::device::Device;
use super::world::Hall;
use crate::server::Server;
use crate::{Failure, process};

/// How many come back, and how many of them at the same moment: no more than the server lets wait.
const RETURNING: usize = 1_000;
const AT_ONCE: usize = 200;
/// Messages that all of them missed in a room.
const MISSED: usize = 200;

/// Whose cursors differ.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Nothing,
    Same,
    Each,
}

pub(super) async fn run(hall: &Hall, options: &Options) -> Result<(), Failure> {
    println!("| {RETURNING} come back after a restart, having missed | bytes each | server CPU ms each | all s |");
    println!("| --- | --- | --- | --- |");
    let who: Vec<&String> = hall.connected.iter().take(RETURNING).collect();
    for case in [Case::Nothing, Case::Same, Case::Each] {
        let server = Server::start(&options.parlour, &hall.data).await?;
        let mut poster = Device::connect(&server, &hall.poster).await?;
        let mut cursors = Vec::with_capacity(who.len());
        for _ in &who {
            if case == Case::Each || cursors.is_empty() {
                cursors.push(cursor(&mut poster, &hall.small).await?);
            } else {
                cursors.push(cursors[0].clone());
            }
        }
        if case != Case::Nothing {
            let texts: Vec<String> = (0..MISSED).map(|number| format!("{number:0100}")).collect();
            poster.post(std::slice::from_ref(&hall.small), &texts).await?;
        }
        drop((poster, server));
        let server = Server::start(&options.parlour, &hall.data).await?;
        let (before, begun) = (process::cpu(server.pid()).unwrap_or_default(), Instant::now());
        let bytes = come_back(&server, &who, cursors, &hall.small).await?;
        let took = begun.elapsed();
        let cpu = process::cpu(server.pid()).unwrap_or_default().saturating_sub(before);
        let missed = match case {
            Case::Nothing => "nothing".to_owned(),
            Case::Same => format!("the same {MISSED} messages"),
            Case::Each => format!("{MISSED} messages, each since another commit: nothing to share"),
        };
        println!("| {missed} | {:.0} | {:.2} | {:.2} |", each(bytes), 1e3 * cpu_each(cpu), took.as_secs_f64());
    }
    println!();
    Ok(())
}

/// Where the data has come to, after something that concerns nobody else.
async fn cursor(poster: &mut Device, room: &str) -> Result<Value, Failure> {
    let text = uuid::Uuid::now_v7().to_string();
    poster.ask("drafts.set", &json!({"room": room, "text": text, "cid": text})).await?;
    Ok(poster.ask("hello", &json!({"g": 0, "watch": []})).await?.value)
}

/// Everybody connects and says hello; answers the bytes that were said to them in all.
async fn come_back(server: &Server, who: &[&String], cursors: Vec<Value>, room: &str) -> Result<u64, Failure> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut coming = JoinSet::new();
    let mut connected = Vec::with_capacity(who.len());
    for token in who {
        connected.push(Device::connect(server, token).await?);
    }
    for (mut device, cursor) in connected.into_iter().zip(cursors) {
        let (turns, room) = (turns.clone(), room.to_owned());
        coming.spawn(async move {
            let _turn = turns.acquire_owned().await?;
            let held = json!({room.as_str(): cursor["g"]});
            let hello = json!({"epoch": cursor["epoch"], "g": cursor["g"], "watch": [room], "held": held});
            let down = device.ask("hello", &hello).await?.down;
            Ok::<_, Failure>((device, down))
        });
    }
    let mut bytes = 0;
    // All of them stay, as people do.
    let mut stay = Vec::with_capacity(who.len());
    while let Some(came) = coming.join_next().await {
        let (device, down) = came??;
        bytes += down;
        stay.push(device);
    }
    Ok(bytes)
}

fn each(bytes: u64) -> f64 {
    bytes as f64 / RETURNING as f64
}

fn cpu_each(cpu: Duration) -> f64 {
    cpu.as_secs_f64() / RETURNING as f64
}
