//! Catching up: chunks, gaps, `caught` and `done`.

use super::{Replica, number, text};
use serde_json::{Value, json};

impl Replica {
    pub(super) fn chunk(&mut self, mut value: Value) {
        let of_hello = self.line.asked.is_some() && !self.line.settled;
        if !of_hello && self.line.turning.is_empty() {
            self.fault(format!("a chunk that nobody asked for: {value}"));
        }
        if of_hello {
            self.line.live = false;
        }
        if value["reset"] == json!(true) {
            if !of_hello {
                self.fault(format!("a reset without hello: {value}"));
            }
            let me = std::mem::take(&mut self.me);
            let (faults, line) = (std::mem::take(&mut self.faults), std::mem::take(&mut self.line));
            let (resyncs, lenient, told) = (self.resyncs, self.lenient, self.told);
            *self = Replica { me, faults, resyncs, lenient, told, line, was_reset: true, ..Replica::default() };
        }
        let Value::Array(ops) = value["ops"].take() else { return self.fault(format!("a chunk without ops: {value}")) };
        for op in ops {
            if op.get("p").is_some() {
                self.fault(format!("an op in a chunk has `p`: {op}"));
            }
            self.told += 1;
            self.caught_up_with(op);
        }
    }

    /// One op of a chunk. What it says of counts follows in a `read`, so nothing is worked out.
    fn caught_up_with(&mut self, op: Value) {
        let Some(room) = text(&op["room"]) else { return self.take(op, false, true) };
        let Some(note) = self.notes.get(&room) else {
            return self.odd(format!("a chunk's op of a room that I am not in: {op}"));
        };
        let seq = number(&op["value"]["seq"]);
        let (head, have) = (self.rooms.get(&room).map_or(0, |held| number(&held["head"])), note.have);
        let place = (room.clone(), seq);
        let held = self.messages.contains_key(&place) || self.hidden.contains_key(&place);
        let before = have > 0 && seq < note.since && !held;
        match op["kind"].as_str() {
            // An old message that is not held stays so: there would be holes around it.
            Some("message") if before => {}
            Some("message") => {
                let (n, time) = (number(&op["value"]["n"]), op["value"]["time"].clone());
                if seq > head {
                    self.move_head(&room, seq, n, &time);
                }
                self.take(op, false, true);
            }
            _ => self.take(op, false, true),
        }
    }

    pub(super) fn gap(&mut self, mut value: Value) {
        let Some(room) = text(&value["room"]) else { return self.fault(format!("a gap of no room: {value}")) };
        let Value::Array(tail) = value["tail"].take() else {
            return self.fault(format!("a gap without tail: {value}"));
        };
        let Some(note) = self.notes.get_mut(&room) else {
            return self.odd(format!("a gap of a room that I am not in: {value}"));
        };
        let head = self.rooms.get(&room).map_or(0, |held| number(&held["head"]));
        note.since = tail.first().map_or(head + 1, |first| number(&first["seq"]));
        note.have = number(&value["to"]);
        (note.floor, note.top) = (note.have, tail.last().map_or(head, |last| number(&last["seq"])).max(head));
        note.fetch.clear();
        self.messages.retain(|place, _| place.0 != room);
        self.damaged.retain(|(other, _)| *other != room);
        for message in tail {
            self.told += 1;
            self.move_head(&room, number(&message["seq"]), number(&message["n"]), &message["time"]);
            self.keep_message(message);
        }
        self.gaps.insert(room);
    }

    /// A room of `watch.set` is complete up to `g`, and its ops are whole from here on.
    pub(super) fn caught(&mut self, value: &Value) {
        let (Some(room), Some(g)) = (text(&value["room"]), value["g"].as_u64()) else {
            return self.fault(format!("caught without room or g: {value}"));
        };
        if !self.line.turning.contains(&room) {
            return self.odd(format!("caught in a room that is not watched: {value}"));
        }
        self.complete(&room, g);
        self.line.left.remove(&room);
        self.watched.insert(room);
    }

    fn complete(&mut self, room: &str, g: u64) {
        let lowest = self.messages.range((room.to_string(), 0)..).next();
        let lowest = lowest.filter(|(place, _)| place.0 == room).map(|(place, _)| place.1);
        let head = self.rooms.get(room).map_or(0, |held| number(&held["head"]));
        let Some(note) = self.notes.get_mut(room) else { return };
        if note.have == 0 {
            note.since = lowest.unwrap_or(head + 1);
        }
        note.have = note.have.max(g);
        (note.floor, note.top) = (note.have, head);
        note.fetch.retain(|_, at| *at > g);
        note.early.retain(|op| number(&op["g"]) > g);
    }

    pub(super) fn done(&mut self, value: &Value) {
        let (Some(g), false) = (value["g"].as_u64(), value["epoch"].is_null()) else {
            return self.fault(format!("done without g or epoch: {value}"));
        };
        let Some(asked) = self.line.asked.take() else {
            return self.fault(format!("done without hello: {value}"));
        };
        self.g = g;
        self.epoch = value["epoch"].clone();
        (self.line.mine, self.line.everybody) = (g, g);
        // The directory is told live only: after a hello it is listed again.
        self.directory.clear();
        (self.line.settled, self.line.live, self.line.adrift) = (true, true, false);
        for room in self.rooms.keys().cloned().collect::<Vec<_>>() {
            let listed = match &asked.held {
                None => true,
                Some(held) => held.contains_key(&room) && !self.was_reset || asked.watch.contains(&room),
            };
            if listed {
                self.complete(&room, g);
            } else if self.was_reset
                && let Some(note) = self.notes.get_mut(&room)
            {
                note.have = 0;
            }
        }
        self.watched = asked.watch.iter().filter(|room| self.rooms.contains_key(*room)).cloned().collect();
        self.prove(&value["digests"]);
        self.let_go();
    }
}
