//! All that the server shows one person: a fresh `hello`, and the lists by REST.

use crate::contract::Table;
use crate::device::Device;
use crate::replica::{Place, Replica};
use crate::socket::{Refused, Transport};
use crate::{Failure, Outcome, fail};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What one person is shown at one moment.
pub struct Snapshot {
    /// The replica of a new connection that watches every room.
    pub fresh: Replica,
    pub rooms: BTreeMap<String, Value>,
    pub memberships: BTreeMap<String, Value>,
    /// The memberships that `reads.list` shows.
    pub reads: BTreeMap<String, Value>,
    /// Unread and mentions in all.
    pub totals: (u64, u64),
    pub users: BTreeMap<String, Value>,
    pub members: BTreeMap<(String, String), Value>,
    pub directory: BTreeMap<String, Value>,
    /// The whole history of every room.
    pub messages: BTreeMap<Place, Value>,
}

impl Snapshot {
    pub async fn take(device: &Device, table: &Table, address: &str) -> Outcome<Snapshot> {
        let asker = Asker { device, table };
        let mut snapshot = Snapshot {
            fresh: Replica::default(),
            rooms: BTreeMap::new(),
            memberships: BTreeMap::new(),
            reads: BTreeMap::new(),
            totals: (0, 0),
            users: asker.listed("users.list", json!({"limit": 200}), "users").await?,
            members: BTreeMap::new(),
            directory: asker.listed("rooms.list", json!({"scope": "public", "limit": 200}), "rooms").await?,
            messages: BTreeMap::new(),
        };
        for (room, mut value) in asker.listed("rooms.list", json!({"scope": "mine", "limit": 200}), "rooms").await? {
            let me = value.as_object_mut().and_then(|value| value.remove("me"));
            let Some(me) = me else { fail!("rooms.list shows a room of mine without `me`: {value}") };
            snapshot.memberships.insert(room.clone(), me);
            snapshot.rooms.insert(room.clone(), value);
            asker.history(&room, &mut snapshot.messages).await?;
            let answer = asker.ask("rooms.members", json!({"room": room, "limit": 200})).await?;
            for member in items(&answer, "members")? {
                snapshot.members.insert((room.clone(), name(&member["user"])), member.clone());
            }
        }
        let reads = asker.ask("reads.list", json!({})).await?;
        for membership in items(&reads, "rooms")? {
            snapshot.reads.insert(name(&membership["room"]), membership.clone());
        }
        let total = |field: &str| reads[field].as_u64().ok_or_else(|| Failure(format!("reads.list answered {reads}")));
        snapshot.totals = (total("unread")?, total("mentions")?);
        let rooms: Vec<&String> = snapshot.rooms.keys().collect();
        snapshot.fresh = fresh(device, address, json!({"g": 0, "watch": rooms})).await?;
        Ok(snapshot)
    }

    /// Unread and mentions of all rooms that are not hidden.
    pub fn summed(&self) -> (u64, u64) {
        let shown = || self.reads.values().filter(|membership| membership["hidden"] != json!(true));
        let sum = |field: &str| shown().filter_map(|membership| membership[field].as_u64()).sum();
        (sum("unread"), sum("mentions"))
    }
}

/// The replica of a new connection after `hello` with `wish`.
async fn fresh(device: &Device, address: &str, wish: Value) -> Outcome<Replica> {
    let mut newcomer = Device::new("a newcomer", device.account.clone(), &device.rest, Transport::WebSocket);
    match newcomer.connect(address).await {
        Ok(()) => {}
        Err(Refused::ByServer(refusal)) => fail!("a newcomer is refused: {refusal}"),
        Err(Refused::Otherwise(failure)) => return Err(failure.during("a newcomer connects")),
    }
    newcomer.hello_with(&wish).await?;
    let replica = std::mem::take(&mut newcomer.seen().replica);
    newcomer.cut();
    if !replica.faults.is_empty() {
        fail!("what a newcomer hears breaks the protocol:\n    {}", replica.faults.join("\n    "));
    }
    if !replica.was_reset {
        fail!("hello with g 0 was not answered with a reset");
    }
    Ok(replica)
}

struct Asker<'a> {
    device: &'a Device,
    table: &'a Table,
}

impl Asker<'_> {
    async fn ask(&self, command: &str, arguments: Value) -> Outcome<Value> {
        let answer = self.device.rest.call(self.table, command, &arguments).await?;
        answer.map_err(|error| Failure(format!("{command} {arguments} for {}: {error}", self.device.name)))
    }

    async fn listed(&self, command: &str, arguments: Value, field: &str) -> Outcome<BTreeMap<String, Value>> {
        let answer = self.ask(command, arguments).await?;
        Ok(items(&answer, field)?.iter().map(|item| (name(&item["id"]), item.clone())).collect())
    }

    async fn history(&self, room: &str, messages: &mut BTreeMap<Place, Value>) -> Outcome {
        let mut after = 0;
        loop {
            let page = self.ask("messages.history", json!({"room": room, "after": after, "limit": 200})).await?;
            let mut last = after;
            for message in items(&page, "messages")? {
                let seq = message["seq"].as_u64().unwrap_or(0);
                if seq <= last {
                    fail!("history after {after} of {room} does not rise: {page}");
                }
                last = seq;
                messages.insert((room.to_string(), seq), message.clone());
            }
            if page["more_after"] != json!(true) {
                return Ok(());
            }
            if last == after {
                fail!("history after {after} of {room} promises more and has none: {page}");
            }
            after = last;
        }
    }
}

fn items<'a>(answer: &'a Value, field: &str) -> Outcome<&'a Vec<Value>> {
    answer[field].as_array().ok_or_else(|| Failure(format!("no list `{field}` in {answer}")))
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
