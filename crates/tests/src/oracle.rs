//! *Snapshot + ops = snapshot*: what a connected device holds must be what the server shows to somebody who starts anew.

mod messages;
mod snapshot;

use crate::contract::Table;
use crate::device::{Device, SEEING_LIMIT};
use crate::replica::Replica;
use crate::{Outcome, check, fail};
use serde_json::{Value, json};
pub use snapshot::Snapshot;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Fails unless `device` holds, soon after now, what the server shows its person by a fresh `hello` and by REST.
pub async fn agree(device: &Device, table: &Table, address: &str) -> Outcome {
    let limit = Instant::now() + SEEING_LIMIT;
    loop {
        device.rest().await?;
        device.fence().await?;
        let snapshot = Snapshot::take(device, table, address).await?;
        let differences = differences(&device.seen().replica, &snapshot);
        if differences.is_empty() {
            break;
        }
        if Instant::now() > limit {
            fail!("{} and the server differ:\n    {}", device.name, differences.join("\n    "));
        }
        // Ops of a moment ago may still be on their way.
        sleep(Duration::from_millis(50)).await;
    }
    let faults = device.seen().replica.faults.join("\n    ");
    check!(faults.is_empty(), "what {} heard breaks the protocol:\n    {faults}", device.name);
    Ok(())
}

/// Every difference between what was heard and what the server shows, in words.
pub fn differences(held: &Replica, snapshot: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    let fresh = &snapshot.fresh;
    if held.epoch != fresh.epoch {
        found.push(format!("epoch: held {}, shown {}", held.epoch, fresh.epoch));
    }
    found.extend(held.owed().iter().map(|room| format!("{room} is unknown, and was not said to be gone")));
    let own = |memberships: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
        memberships.iter().map(|(room, membership)| (room.clone(), own_view(membership))).collect()
    };
    let fresh_own = own(&fresh.memberships);
    compare(&mut found, "membership (held, hello)", &own(&held.memberships), &fresh_own);
    compare(&mut found, "membership (hello, rooms.list)", &fresh_own, &own(&snapshot.memberships));
    compare(&mut found, "membership (hello, reads.list)", &fresh_own, &own(&snapshot.reads));
    // How many members a room has, and its newest `g`, are told with the room only.
    let plain = |rooms: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
        rooms.iter().map(|(room, value)| (room.clone(), without(value, &["members", "g"]))).collect()
    };
    // What only the server can put in again of a room that was told short.
    let unknown = |room: &String| if held.brief.contains(room) { &["code", "created"][..] } else { &[] };
    let known = |rooms: BTreeMap<String, Value>| -> BTreeMap<String, Value> {
        rooms.into_iter().map(|(room, value)| (room.clone(), without(&value, unknown(&room)))).collect()
    };
    compare(&mut found, "room (held, hello)", &known(plain(&held.rooms)), &known(plain(&fresh.rooms)));
    compare(&mut found, "room (hello, rooms.list)", &plain(&fresh.rooms), &plain(&snapshot.rooms));
    compare_held(&mut found, "user", &held.users, &snapshot.users);
    compare_held(&mut found, "user (hello)", &fresh.users, &snapshot.users);
    compare(&mut found, "draft (held, hello)", &held.drafts, &fresh.drafts);
    if held.settings != fresh.settings {
        found.push(format!("settings: held {}, shown {}", held.settings, fresh.settings));
    }
    compare(&mut found, "saved (held, hello)", &held.saved, &fresh.saved);
    members(&mut found, held, snapshot);
    directory(&mut found, held, snapshot);
    messages::compare(&mut found, held, snapshot);
    messages::compare_fresh(&mut found, snapshot);
    if snapshot.totals != snapshot.summed() {
        found.push(format!("reads.list says in all {:?}, its rooms {:?}", snapshot.totals, snapshot.summed()));
    }
    found
}

/// A membership without what moves when nothing is told: posting moves the read position without an op.
fn own_view(membership: &Value) -> Value {
    without(membership, &["gv", "head", "count"])
}

fn without(value: &Value, fields: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !fields.contains(&name.as_str()));
    }
    value
}

/// The same keys and the same values on both sides.
fn compare<K: Ord + std::fmt::Debug>(
    found: &mut Vec<String>,
    what: &str,
    one: &BTreeMap<K, Value>,
    two: &BTreeMap<K, Value>,
) {
    for (key, value) in one {
        match two.get(key) {
            Some(other) if other == value => {}
            Some(other) => found.push(format!("{what} {key:?}: {value} and {other}")),
            None => found.push(format!("{what} {key:?}: only the first: {value}")),
        }
    }
    for (key, value) in two.iter().filter(|(key, _)| !one.contains_key(key)) {
        found.push(format!("{what} {key:?}: only the second: {value}"));
    }
}

/// What is held is what is shown; more may be shown.
fn compare_held<K: Ord + std::fmt::Debug>(
    found: &mut Vec<String>,
    what: &str,
    held: &BTreeMap<K, Value>,
    shown: &BTreeMap<K, Value>,
) {
    for (key, value) in held {
        match shown.get(key) {
            Some(other) if other == value => {}
            other => found.push(format!("{what} {key:?}: held {value}, shown {other:?}")),
        }
    }
}

fn members(found: &mut Vec<String>, held: &Replica, snapshot: &Snapshot) {
    let whole = |room: &String| held.watched.contains(room);
    for (place, held) in held.members.iter().filter(|(place, _)| whole(&place.0)) {
        match (held.get("role"), snapshot.members.get(place)) {
            (None, None) => {}
            (Some(_), Some(shown)) if *held == without(shown, &["presence"]) => {}
            (_, shown) => found.push(format!("member {place:?}: held {held}, shown {shown:?}")),
        }
    }
}

fn directory(found: &mut Vec<String>, held: &Replica, snapshot: &Snapshot) {
    for (room, held) in &held.directory {
        let name = |value: &Value| json!([value["name"], value["topic"], value["kind"]]);
        match (held["deleted"] == json!(true), snapshot.directory.get(room)) {
            (true, None) => {}
            (false, Some(shown)) if name(held) == name(shown) => {}
            (_, shown) => found.push(format!("directory {room:?}: held {held}, shown {shown:?}")),
        }
        if held.get("code").is_some() {
            found.push(format!("the directory shows a code: {held}"));
        }
    }
}
