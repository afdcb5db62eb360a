//! What follows from a message for my view of its room: nothing else is sent for it.

use super::Replica;
use serde_json::{Value, json};

impl Replica {
    /// Moves the room's head and my unread counts for `message`, which is not kept yet; answers whether it is to be.
    pub(super) fn count(&mut self, room: &str, message: &Value) -> bool {
        let seq = message["seq"].as_u64().unwrap_or(0);
        let head = self.head(room);
        if seq > head + 1 {
            self.faults.push(format!("#{seq} comes after #{head}: {message}"));
        }
        if self.move_head(room, message) {
            self.since.entry(room.to_string()).or_insert(seq);
            self.arrived(room, seq, message);
            true
        } else {
            self.changed(room, seq, message);
            let place = (room.to_string(), seq);
            self.messages.contains_key(&place) || self.hidden.contains_key(&place)
        }
    }

    /// Moves the room's head to `message` if that is newer; answers whether it was.
    pub(super) fn move_head(&mut self, room: &str, message: &Value) -> bool {
        let newer = message["seq"].as_u64().unwrap_or(0) > self.head(room);
        if newer && let Some(held) = self.rooms.get_mut(room) {
            held["head"] = message["seq"].clone();
            held["count"] = message["n"].clone();
            held["head_time"] = message["time"].clone();
        }
        newer
    }

    fn head(&self, room: &str) -> u64 {
        self.rooms.get(room).and_then(|room| room["head"].as_u64()).unwrap_or(0)
    }

    fn arrived(&mut self, room: &str, seq: u64, message: &Value) {
        let mine = message["author"] == json!(self.me);
        let mentions = self.mentions_me(message);
        let Some(membership) = self.memberships.get_mut(room) else { return };
        if let Some(fields) = membership.as_object_mut() {
            // What is hidden until something new comes is hidden no more.
            fields.remove("hidden");
        }
        if message["kind"] != "text" {
            return;
        }
        if mine {
            membership["read"] = json!(seq);
            membership["unread"] = json!(0);
            membership["mentions"] = json!(0);
        } else {
            add(membership, "unread", 1);
            add(membership, "mentions", i64::from(mentions));
        }
    }

    /// A deleted message never changes again, so that a tombstone is always news; whom a message mentioned before can
    /// only be known from the message as it was held.
    fn changed(&mut self, room: &str, seq: u64, message: &Value) {
        let place = (room.to_string(), seq);
        let before = self.messages.get(&place).or_else(|| self.hidden.get(&place).and_then(Option::as_ref));
        let before = before.map(|before| self.mentions_me(before));
        let now = self.mentions_me(message);
        let Some(membership) = self.memberships.get_mut(room) else { return };
        if message["kind"] != "text" || seq <= membership["read"].as_u64().unwrap_or(0) {
            return;
        }
        add(membership, "unread", -i64::from(message["deleted"] == json!(true)));
        match before {
            Some(before) => add(membership, "mentions", i64::from(now) - i64::from(before)),
            None => drop(self.doubtful.insert(room.to_string())),
        }
    }

    fn mentions_me(&self, message: &Value) -> bool {
        message["deleted"] != json!(true)
            && message["mentions"].as_array().is_some_and(|users| users.contains(&json!(self.me)))
    }
}

fn add(membership: &mut Value, field: &str, change: i64) {
    let now = membership[field].as_i64().unwrap_or(0) + change;
    membership[field] = json!(now);
}
