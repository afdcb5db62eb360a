//! What a device has to ask the server for, so that it holds what it should.

use super::{Replica, number};
use serde_json::Value;

/// Something to ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// Say `hello` again: the server asked for it, or a chain without a room has a hole.
    Hello,
    /// Say `watch.set` again with `held`: a watched room has a hole.
    Watch(String),
    /// `rooms.get`: my mentions in it are not known.
    Counts(String),
    /// `messages.get`: it changed, and was not told whole.
    Fetch(String, u64),
    /// `sync.check`: blocks differ.
    Check,
}

impl Replica {
    /// Whether the server said that it dropped ops.
    pub fn is_adrift(&self) -> bool {
        self.line.adrift
    }

    /// Whether this connection has been caught up once.
    pub fn has_begun(&self) -> bool {
        self.line.live
    }

    /// Whether anything of a room is held.
    pub fn holds_something_of(&self, room: &str) -> bool {
        let of_it = |place: &(String, u64)| place.0 == room;
        self.rooms.contains_key(room)
            || self.messages.keys().any(of_it)
            || self.hidden.keys().any(of_it)
            || self.members.keys().any(|place| place.0 == room)
    }

    /// How many rooms of mine there are of whose messages nothing is held.
    pub fn nothing_held(&self) -> u64 {
        self.notes.values().filter(|note| note.have == 0).count() as u64
    }

    /// All of it; holes only worth asking for when they are not filled within 300 ms.
    pub fn wants(&self) -> Vec<Want> {
        let mut wants = Vec::new();
        if self.line.adrift || self.line.torn {
            wants.push(Want::Hello);
        }
        if !self.line.live {
            return wants;
        }
        for (room, note) in &self.notes {
            if !note.early.is_empty() {
                wants.push(Want::Watch(room.clone()));
            }
            if note.counted.is_doubtful() {
                wants.push(Want::Counts(room.clone()));
            }
            wants.extend(note.fetch.keys().map(|seq| Want::Fetch(room.clone(), *seq)));
        }
        if !self.line.differing.is_empty() {
            wants.push(Want::Check);
        }
        wants
    }

    /// Takes the answer of `rooms.get`.
    pub fn counts_are(&mut self, mut answer: Value) {
        let Some(me) = answer.as_object_mut().and_then(|answer| answer.remove("me")) else { return };
        let Some(room) = me["room"].as_str().map(str::to_string) else { return };
        if self.memberships.contains_key(&room) {
            let g = number(&answer["g"]).max(number(&me["gv"]));
            self.read_state(&room, me, g);
        }
    }

    /// Takes the answer of `messages.get` for a message that was touched; nothing: I may not see it.
    pub fn fetched(&mut self, room: &str, seq: u64, message: Option<Value>) {
        let Some(note) = self.notes.get_mut(room) else { return };
        let Some(g) = note.fetch.remove(&seq) else { return };
        match message {
            Some(message) => {
                self.count(room, g, &message);
                let place = (room.to_string(), seq);
                let held = self.messages.contains_key(&place) || self.hidden.contains_key(&place);
                if held || self.notes.get(room).is_some_and(|note| seq >= note.since) {
                    self.keep_message(message);
                }
            }
            None => drop(self.messages.remove(&(room.to_string(), seq))),
        }
    }

    /// Takes a page of history that reaches without a hole up to what is held.
    pub fn scrolled(&mut self, room: &str, page: &Value) {
        let Some(messages) = page["messages"].as_array() else { return };
        for message in messages {
            self.keep_message(message.clone());
        }
        let lowest = messages.first().map(|message| number(&message["seq"]));
        if let Some(note) = self.notes.get_mut(room) {
            note.since = if page["more_before"] == Value::Bool(false) { 1 } else { lowest.unwrap_or(note.since) };
        }
    }
}
