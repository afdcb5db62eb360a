//! What an op changes in the replica, kind by kind.

use super::{Replica, text};
use serde_json::{Value, json};

impl Replica {
    /// Applies an op; `live` when it came by itself, so that what it moves must be worked out here.
    pub(super) fn apply(&mut self, mut op: Value, live: bool) {
        let g = op["g"].as_u64().unwrap_or(0);
        let value = op["value"].take();
        let room = text(&op["room"]);
        if let Some(room) = &room {
            if !self.memberships.contains_key(room) {
                return self.fault(format!("an op of a room that I am not in: {op} {value}"));
            }
            if live && let Some(held) = self.rooms.get_mut(room) {
                held["g"] = json!(g);
            }
        }
        match (op["kind"].as_str().unwrap_or(""), room) {
            ("message", Some(room)) => {
                // In a chunk the counts follow as a whole. Live, a message that is neither new nor held lies before what
                // is held, or was deleted for me before I came.
                let keep = if live {
                    self.count(&room, &value)
                } else {
                    self.move_head(&room, &value);
                    true
                };
                if keep {
                    self.keep_message(value);
                }
            }
            ("member", Some(room)) => self.member(&room, value),
            ("room", Some(room)) => self.room(room, value),
            ("membership", None) => self.membership(value, live),
            ("read", None) => match text(&value["room"]) {
                Some(room) if self.memberships.contains_key(&room) => {
                    self.doubtful.remove(&room);
                    self.memberships.insert(room, value);
                }
                _ => self.fault(format!("a read state of a room that I am not in: {value}")),
            },
            ("hidden", None) => {
                if let (Some(room), Some(seq)) = (text(&value["room"]), value["seq"].as_u64()) {
                    self.hide(room, seq);
                }
            }
            ("session", None) => {
                if let Some(id) = text(&value["id"]) {
                    self.ended_sessions.insert(id);
                }
            }
            ("user", None) => match text(&value["id"]) {
                Some(id) => drop(self.users.insert(id, value)),
                None => self.fault(format!("a user without id: {value}")),
            },
            ("directory", None) => match text(&value["id"]) {
                Some(id) => drop(self.directory.insert(id, value)),
                None => self.fault(format!("a directory entry without id: {value}")),
            },
            _ => self.fault(format!("an op of no known kind: {op} {value}")),
        }
    }

    pub(super) fn keep_message(&mut self, message: Value) {
        match (text(&message["room"]), message["seq"].as_u64()) {
            (Some(room), Some(seq)) => match self.hidden.get_mut(&(room.clone(), seq)) {
                Some(hidden) => *hidden = Some(message),
                None => drop(self.messages.insert((room, seq), message)),
            },
            _ => self.fault(format!("a message without room or seq: {message}")),
        }
    }

    fn hide(&mut self, room: String, seq: u64) {
        let message = self.messages.remove(&(room.clone(), seq));
        self.hidden.insert((room, seq), message);
    }

    fn member(&mut self, room: &str, value: Value) {
        let Some(user) = text(&value["user"]) else { return self.fault(format!("a member without user: {value}")) };
        if user == self.me
            && let (Some(role), Some(membership)) = (value.get("role"), self.memberships.get_mut(room))
        {
            membership["role"] = role.clone();
        }
        self.members.insert((room.to_string(), user), value);
    }

    fn room(&mut self, room: String, value: Value) {
        if value["deleted"] == json!(true) {
            self.forget(&room);
        } else {
            self.rooms.insert(room, value);
        }
    }

    fn membership(&mut self, mut value: Value, live: bool) {
        let Some(room) = text(&value["room"]) else { return self.fault(format!("a membership without room: {value}")) };
        if value["gone"] == json!(true) {
            return self.forget(&room);
        }
        // What was held of the room before belongs to another stay in it.
        self.forget(&room);
        let shown = value.as_object_mut().and_then(|value| value.remove("room_value"));
        let Some(shown) = shown else { return self.fault(format!("a membership without room_value: {value}")) };
        if live {
            self.beginnings.insert(room.clone(), shown["g"].as_u64().unwrap_or(0));
        }
        self.rooms.insert(room.clone(), shown);
        self.memberships.insert(room, value);
    }

    fn forget(&mut self, room: &str) {
        self.memberships.remove(room);
        self.rooms.remove(room);
        self.chains.remove(room);
        self.since.remove(room);
        self.messages.retain(|place, _| place.0 != room);
        self.members.retain(|place, _| place.0 != room);
        self.hidden.retain(|place, _| place.0 != room);
        self.doubtful.remove(room);
    }

    /// The lowest `seq` of `room` from which on everything is held; one after the newest when nothing is.
    pub(super) fn held_from(&self, room: &str) -> u64 {
        let mut from = self.rooms.get(room).and_then(|room| room["head"].as_u64()).unwrap_or(0) + 1;
        while from > 1 {
            let place = (room.to_string(), from - 1);
            if !self.messages.contains_key(&place) && !self.hidden.contains_key(&place) {
                break;
            }
            from -= 1;
        }
        from
    }
}
