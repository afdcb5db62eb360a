//! What coming back costs, by how much was missed and by how many rooms somebody is in.

use serde_json::{Value, json};

use super::device::Device;
use super::reading::on_each;
use super::world::{Person, World};
use crate::Failure;
use crate::server::Server;

/// Changes that were missed, one step after the other.
const MISSED: [usize; 5] = [0, 1, 10, 100, 10_000];
/// How often somebody comes back, on connections of their own; fewer times where much is sent.
const TIMES: usize = 200;
const FEWER: usize = 20;

pub(super) async fn run(server: &Server, world: &World) -> Result<(), Failure> {
    println!("| rooms | missed | by | bytes down | bytes up | server CPU ms | p50 ms | p99 ms |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut poster = Device::connect(server, &world.poster.token).await?;
    for person in [&world.five, &world.every] {
        let mut device = Device::connect(server, &person.token).await?;
        let cursor = device.ask("hello", &json!({"g": 0, "watch": []})).await?.value;
        drop(device);
        let mut missed = 0;
        for target in MISSED {
            let texts: Vec<String> = (missed..target).map(|number| format!("{number:0100}")).collect();
            let rooms: Vec<String> =
                person.rooms.iter().cycle().skip(missed).take(person.rooms.len()).cloned().collect();
            poster.post(&rooms, &texts).await?;
            missed = target;
            for (form, hello) in forms(person, &cursor) {
                let times = if target > 1_000 { FEWER } else { TIMES };
                let row = match on_each(server, &person.token, "hello", &hello, times).await {
                    Ok(cost) => format!(
                        "{:.0} | {:.0} | {:.2} | {:.2} | {:.2}",
                        cost.down,
                        cost.up,
                        cost.cpu,
                        cost.spread.milliseconds(0.5),
                        cost.spread.milliseconds(0.99)
                    ),
                    Err(why) => format!("{why}"),
                };
                println!("| {} | {target} | {form} | {row} |", person.rooms.len());
            }
        }
    }
    println!();
    Ok(())
}

/// The ways to say what is held: by the cursor alone, and by each room's.
fn forms(person: &Person, cursor: &Value) -> [(&'static str, Value); 2] {
    let watch = [&person.rooms[0]];
    let held: serde_json::Map<String, Value> =
        person.rooms.iter().map(|room| (room.clone(), cursor["g"].clone())).collect();
    let (epoch, g) = (&cursor["epoch"], &cursor["g"]);
    [
        ("cursor", json!({"epoch": epoch, "g": g, "watch": watch})),
        ("rooms", json!({"epoch": epoch, "g": g, "watch": watch, "held": held})),
    ]
}
