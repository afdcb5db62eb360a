//! Ops without a room: my own rows, and what everybody is told.

use super::{Replica, number, text};
use serde_json::{Value, json};

impl Replica {
    pub(super) fn own(&mut self, kind: &str, g: u64, value: Value, live: bool) {
        match kind {
            "membership" => self.membership(value, g),
            "read" => match text(&value["room"]) {
                Some(room) if self.memberships.contains_key(&room) => self.read_state(&room, value, g),
                // I came into it and lost it while I was being caught up.
                Some(room) if live => drop(self.line.owed.insert(room)),
                _ => self.odd(format!("a read state of a room that I am not in: {value}")),
            },
            "hidden" | "saved" => match (text(&value["room"]), value["seq"].as_u64()) {
                (Some(room), Some(seq)) if kind == "hidden" => self.hide(room, seq),
                (Some(room), Some(seq)) if value["gone"] == json!(true) => drop(self.saved.remove(&(room, seq))),
                (Some(room), Some(seq)) => drop(self.saved.insert((room, seq), value)),
                _ => self.fault(format!("of no message: {kind} {value}")),
            },
            "draft" => match text(&value["room"]) {
                Some(room) if value["gone"] == json!(true) => drop(self.drafts.remove(&room)),
                Some(room) => drop(self.drafts.insert(room, value)),
                None => self.fault(format!("a draft of no room: {value}")),
            },
            "settings" if number(&value["gv"]) >= number(&self.settings["gv"]) => self.settings = value,
            "settings" => {}
            "session" => match text(&value["id"]) {
                Some(id) => drop(self.ended_sessions.insert(id)),
                None => self.fault(format!("a session without id: {value}")),
            },
            "user" => match text(&value["id"]) {
                Some(id) => {
                    let held = self.users.get(&id).map_or(0, |held| number(&held["gv"]));
                    if held <= number(&value["gv"]) {
                        self.users.insert(id, value);
                    }
                }
                None => self.fault(format!("a user without id: {value}")),
            },
            "directory" => match text(&value["id"]) {
                Some(id) => drop(self.directory.insert(id, value)),
                None => self.fault(format!("a directory entry without id: {value}")),
            },
            _ => self.fault(format!("an op of no known kind (live: {live}): {kind} {value}")),
        }
    }

    fn hide(&mut self, room: String, seq: u64) {
        if let Some(message) = self.messages.remove(&(room.clone(), seq)) {
            self.hidden.insert((room, seq), Some(message));
        } else {
            self.hidden.entry((room, seq)).or_insert(None);
        }
    }

    fn membership(&mut self, mut value: Value, g: u64) {
        let Some(room) = text(&value["room"]) else { return self.fault(format!("a membership without room: {value}")) };
        if value["gone"] == json!(true) {
            return self.forget(&room);
        }
        let shown = value.as_object_mut().and_then(|value| value.remove("room_value"));
        match shown {
            Some(mut shown) => {
                // Whatever was told of it before is void.
                self.brief.remove(&room);
                self.lengthen(&room, g, &mut value, &mut shown);
                self.enter(&room, shown, value, g);
            }
            None => self.fault(format!("a membership without room_value: {value}")),
        }
    }
}
