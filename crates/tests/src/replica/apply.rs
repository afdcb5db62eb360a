//! Live ops and bumps: the rule of the chains, and what an op changes, kind by kind.

use super::{Note, Replica, number, text};
use serde_json::{Value, json};

/// What became of an op that was offered to its chain.
enum Fits {
    Now,
    Held,
    /// One before it is missing.
    Early,
}

impl Replica {
    /// The rule for a chain at `have`: at or below is held already, linked to it is next, anything else is early. In a
    /// room that is not watched most ops are not told, so that one which does not link is taken for what it says alone.
    pub(super) fn op(&mut self, op: Value) {
        let (Some(g), Some(p)) = (op["g"].as_u64(), op["p"].as_u64()) else {
            return self.fault(format!("an op without g or p: {op}"));
        };
        if self.line.adrift {
            return;
        }
        if !self.line.live {
            return self.odd(format!("an op before done: {op}"));
        }
        match (&op["room"], op["scope"].as_str()) {
            (Value::String(room), None) => {
                let room = room.clone();
                self.room_op(&room, g, p, op);
            }
            (Value::Null, Some("me" | "all")) => self.own_op(g, p, op),
            _ => self.fault(format!("an op of no chain: {op}")),
        }
    }

    fn room_op(&mut self, room: &str, g: u64, p: u64, op: Value) {
        let Some(note) = self.notes.get(room) else {
            return self.odd(format!("an op of a room that I am not in: {op}"));
        };
        let watched = self.watched.contains(room);
        if g <= self.g {
            return;
        }
        match fits(note.have, g, p) {
            Fits::Held if note.have > 0 => {
                if g > note.floor {
                    self.odd(format!("at {}, an op that comes late or twice: {op}", note.have));
                }
            }
            Fits::Now if note.have > 0 => {
                self.advance(room, g);
                self.take(op, true, true);
                self.retry(room);
            }
            _ if watched => {
                self.odd(format!("at {}, an op that shows a gap: {op}", note.have));
                if let Some(note) = self.notes.get_mut(room) {
                    note.early.push(op);
                }
            }
            _ => self.take(op, true, false),
        }
    }

    fn own_op(&mut self, g: u64, p: u64, op: Value) {
        let mine = op["scope"] == "me";
        let have = if mine { self.line.mine } else { self.line.everybody };
        match fits(have, g, p) {
            Fits::Held => {}
            Fits::Now => {
                if mine {
                    self.line.mine = g
                } else {
                    self.line.everybody = g
                }
                self.take(op, true, true);
                for early in std::mem::take(&mut self.line.early) {
                    self.own_op(number(&early["g"]), number(&early["p"]), early);
                }
            }
            Fits::Early => {
                self.odd(format!("at {have}, an op that shows a gap: {op}"));
                self.line.early.push(op);
                self.line.torn = true;
            }
        }
        self.line.torn = !self.line.early.is_empty();
    }

    fn advance(&mut self, room: &str, g: u64) {
        if let Some(note) = self.notes.get_mut(room) {
            note.have = g;
        }
        if let Some(held) = self.rooms.get_mut(room) {
            held["g"] = json!(number(&held["g"]).max(g));
        }
    }

    /// Offers again what came too early.
    fn retry(&mut self, room: &str) {
        let early = self.notes.get_mut(room).map(|note| std::mem::take(&mut note.early)).unwrap_or_default();
        for op in early {
            self.room_op(room, number(&op["g"]), number(&op["p"]), op);
        }
    }

    /// What waits in rooms that are no longer watched is taken for what it says alone: nobody fills their holes.
    pub(super) fn let_go(&mut self) {
        let waits = |(room, note): &(&String, &Note)| !note.early.is_empty() && !self.watched.contains(*room);
        let rooms: Vec<String> = self.notes.iter().filter(waits).map(|(room, _)| room.clone()).collect();
        for room in rooms {
            self.retry(&room);
        }
    }

    /// `bump`: something happened in a room that this connection does not watch.
    pub(super) fn bump(&mut self, value: &Value) {
        let Some(room) = text(&value["room"]) else { return self.fault(format!("a bump of no room: {value}")) };
        if self.line.adrift {
            return;
        }
        let Some(held) = self.rooms.get_mut(&room) else {
            return self.odd(format!("a bump of a room that I am not in: {value}"));
        };
        held["g"] = json!(number(&held["g"]).max(number(&value["g"])));
        self.move_head(&room, number(&value["head"]), number(&value["count"]), &value["time"]);
    }

    /// Applies an op. `live`: it came by itself, so that what it moves must be worked out here; `linked`: nothing of
    /// its chain is missing before it.
    pub(super) fn take(&mut self, mut op: Value, live: bool, linked: bool) {
        let g = number(&op["g"]);
        let value = op["value"].take();
        match (op["kind"].as_str().unwrap_or(""), text(&op["room"])) {
            ("message", Some(room)) => self.message(&room, g, value, live, linked),
            ("touched", Some(room)) => self.touched(&room, g, &value),
            ("member", Some(room)) => self.member(&room, value),
            ("room", Some(room)) => self.room(room, value),
            (kind, None) => self.own(kind, g, value, live),
            (kind, _) => self.fault(format!("an op of no known kind {kind}: {op} {value}")),
        }
    }

    fn message(&mut self, room: &str, g: u64, value: Value, live: bool, linked: bool) {
        let seq = number(&value["seq"]);
        if live {
            self.count(room, g, &value);
        }
        let Some(note) = self.notes.get_mut(room) else { return };
        note.fetch.remove(&seq);
        let place = (room.to_string(), seq);
        let held = self.messages.contains_key(&place) || self.hidden.contains_key(&place);
        let new = linked && seq > note.top;
        if new && live {
            let top = std::mem::replace(&mut note.top, seq);
            if seq > top + 1 {
                self.odd(format!("#{seq} comes after #{top}: {value}"));
            }
        }
        // A message that is neither new nor held lies before what is held, or I may not see it.
        if held || new || !live {
            self.keep_message(value);
        }
    }

    /// A message changed that not everybody in the room may see: whoever holds it fetches it.
    fn touched(&mut self, room: &str, g: u64, value: &Value) {
        let seq = number(&value["seq"]);
        let from = self.memberships.get(room).map_or(1, |mine| mine["from"].as_u64().unwrap_or(1));
        if let Some(note) = self.notes.get_mut(room)
            && seq >= from
        {
            note.fetch.insert(seq, g);
        }
    }

    /// Keeps a message unless a newer form of it is held.
    pub(super) fn keep_message(&mut self, message: Value) {
        let (Some(room), Some(seq)) = (text(&message["room"]), message["seq"].as_u64()) else {
            return self.fault(format!("a message without room or seq: {message}"));
        };
        let place = (room, seq);
        if let Some(hidden) = self.hidden.get_mut(&place) {
            *hidden = Some(message);
            return;
        }
        let newer = self.messages.get(&place).is_none_or(|held| number(&held["gv"]) <= number(&message["gv"]));
        if newer {
            self.messages.insert(place, message);
        }
    }

    fn member(&mut self, room: &str, value: Value) {
        let Some(user) = text(&value["user"]) else { return self.fault(format!("a member without user: {value}")) };
        let place = (room.to_string(), user.clone());
        if self.members.get(&place).is_some_and(|held| number(&held["gv"]) > number(&value["gv"])) {
            return;
        }
        if user == self.me
            && let (Some(role), Some(membership)) = (value.get("role"), self.memberships.get_mut(room))
        {
            membership["role"] = role.clone();
        }
        self.members.insert(place, value);
    }

    fn room(&mut self, room: String, mut value: Value) {
        if value["deleted"] == json!(true) {
            return self.forget(&room);
        }
        if let Some(held) = self.rooms.get(&room) {
            if number(&held["gv"]) > number(&value["gv"]) {
                return;
            }
            // A bump may have told a later head.
            if number(&held["head"]) > number(&value["head"]) {
                for field in ["head", "count", "head_time", "g"] {
                    value[field] = held[field].clone();
                }
            }
        }
        self.brief.remove(&room);
        self.rooms.insert(room.clone(), value);
        self.show_counts(&room);
    }

    pub(super) fn forget(&mut self, room: &str) {
        self.memberships.remove(room);
        self.rooms.remove(room);
        self.notes.remove(room);
        self.watched.remove(room);
        self.line.left.insert(room.into());
        self.line.owed.remove(room);
        self.line.differing.retain(|(other, _)| other != room);
        self.damaged.retain(|(other, _)| other != room);
        self.messages.retain(|place, _| place.0 != room);
        self.members.retain(|place, _| place.0 != room);
        self.hidden.retain(|place, _| place.0 != room);
    }

    /// Begins to hold a room that I came to be in: live, everything after `value.g` and nothing before; in a chunk,
    /// whatever follows until `done`.
    pub(super) fn enter(&mut self, room: &str, value: Value, membership: Value, g: u64) {
        self.forget(room);
        let have = if self.line.live { number(&value["g"]) } else { 0 };
        let top = number(&value["head"]);
        self.notes.insert(room.into(), Note { have, floor: have, since: top + 1, top, ..Note::default() });
        self.rooms.insert(room.into(), value);
        self.read_state(room, membership, g);
    }
}

fn fits(have: u64, g: u64, p: u64) -> Fits {
    if g <= have {
        Fits::Held
    } else if p <= have {
        Fits::Now
    } else {
        Fits::Early
    }
}
