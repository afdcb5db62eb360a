//! The reference client: what one connection holds, built from chunks and ops by the rule of docs/PROTOCOL.md alone.
//!
//! It is stricter than a client needs to be: an op that a client would drop or would have to ask again for is a fault.

mod unread;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A message's place: the room's id and `seq`.
pub type Place = (String, u64);

/// Everything that one connection holds, and what was wrong with how it came.
#[derive(Default)]
pub struct Replica {
    /// My own id.
    pub me: String,
    pub epoch: Value,
    /// The cursor: everything up to here is held.
    pub g: u64,
    /// My view of each room that I am in, by room.
    pub memberships: BTreeMap<String, Value>,
    /// The rooms that I am in.
    pub rooms: BTreeMap<String, Value>,
    pub users: BTreeMap<String, Value>,
    /// Who is where, as far as I was told: by room and user.
    pub members: BTreeMap<(String, String), Value>,
    pub messages: BTreeMap<Place, Value>,
    /// Messages that I deleted for me, as far as I held them: they still count.
    pub hidden: BTreeMap<Place, Option<Value>>,
    /// Rooms whose mentions I cannot know: a message changed that I did not hold.
    pub doubtful: BTreeSet<String>,
    /// Public rooms, as far as I was told.
    pub directory: BTreeMap<String, Value>,
    /// Sessions of mine that were said to have ended.
    pub ended_sessions: BTreeSet<String>,
    /// Rooms of which I was told that I missed too much, since the last `hello`.
    pub gaps: BTreeSet<String>,
    /// Whether the last `hello` made me forget everything.
    pub was_reset: bool,
    /// How often the server asked for a new `hello`.
    pub resyncs: u32,
    /// Every breach of the protocol, in words.
    pub faults: Vec<String>,
    /// From which `seq` on every message of a room is held.
    pub since: BTreeMap<String, u64>,
    chains: HashMap<String, u64>,
    /// Rooms that I came into after `done`: their chain begins with the first op that I hear.
    fresh: HashSet<String>,
    settled: bool,
    /// Whether ops may come: after the first `done` of a connection, and not between a chunk and its `done`.
    live: bool,
    /// Whether the server said that it dropped ops: what comes until the next `hello` is answered does not count.
    adrift: bool,
}

impl Replica {
    pub fn new(me: &str) -> Replica {
        Replica { me: me.into(), ..Replica::default() }
    }

    /// A new connection begins: nothing may come before its first `hello`.
    pub fn connected(&mut self) {
        self.settled = false;
        self.live = false;
        self.adrift = false;
    }

    /// The cursor for the next `hello`; call it when that is sent.
    pub fn cursor(&mut self) -> Value {
        self.settled = false;
        self.gaps.clear();
        self.was_reset = false;
        if self.epoch.is_null() { json!({"g": 0}) } else { json!({"epoch": self.epoch, "g": self.g}) }
    }

    /// Whether `done` has come since the last `hello`.
    pub fn settled(&self) -> bool {
        self.settled
    }

    /// Takes in one pushed event, or one part of an answer of `GET /sync`.
    pub fn hear(&mut self, event: &str, value: Value) {
        match event {
            "op" => self.op(value),
            "chunk" => self.chunk(value),
            "gap" => self.gap(value),
            "done" => self.done(&value),
            "resync" => {
                self.resyncs += 1;
                self.adrift = true;
            }
            "typing" | "presence" => {}
            other => self.fault(format!("an event that the protocol does not know: {other} {value}")),
        }
    }

    fn fault(&mut self, words: String) {
        self.faults.push(words);
    }

    fn chunk(&mut self, mut value: Value) {
        if self.settled {
            self.fault(format!("a chunk after done: {value}"));
        }
        self.live = false;
        if value["reset"] == json!(true) {
            let me = std::mem::take(&mut self.me);
            let (faults, resyncs) = (std::mem::take(&mut self.faults), self.resyncs);
            *self = Replica { me, faults, resyncs, was_reset: true, ..Replica::default() };
        }
        let Value::Array(ops) = value["ops"].take() else { return self.fault(format!("a chunk without ops: {value}")) };
        for op in ops {
            if op.get("p").is_some() {
                self.fault(format!("an op in a chunk has `p`: {op}"));
            }
            self.apply(op, false);
        }
    }

    fn gap(&mut self, mut value: Value) {
        let Some(room) = text(&value["room"]) else { return self.fault(format!("a gap of no room: {value}")) };
        let Value::Array(tail) = value["tail"].take() else { return self.fault(format!("a gap without tail: {value}")) };
        self.messages.retain(|place, _| place.0 != room);
        self.since.remove(&room);
        for message in tail {
            self.keep_message(message);
        }
        self.gaps.insert(room);
    }

    fn done(&mut self, value: &Value) {
        match (value["g"].as_u64(), value["epoch"].is_null()) {
            (Some(g), false) => {
                self.g = g;
                self.epoch = value["epoch"].clone();
                self.chains.clear();
                self.fresh.clear();
                self.settled = true;
                self.live = true;
                self.adrift = false;
                for room in self.rooms.keys().filter(|room| !self.since.contains_key(*room)).cloned().collect::<Vec<_>>()
                {
                    self.since.insert(room.clone(), self.held_from(&room));
                }
            }
            _ => self.fault(format!("done without g or epoch: {value}")),
        }
    }

    /// The rule for a chain at `have`.
    fn op(&mut self, op: Value) {
        let (Some(g), Some(p)) = (op["g"].as_u64(), op["p"].as_u64()) else {
            return self.fault(format!("an op without g or p: {op}"));
        };
        if self.adrift {
            return;
        }
        if !self.live {
            return self.fault(format!("an op before done: {op}"));
        }
        let chain = match (&op["room"], op["scope"].as_str()) {
            (Value::String(room), None) => room.clone(),
            (Value::Null, Some(scope @ ("me" | "all"))) => scope.to_string(),
            _ => return self.fault(format!("an op of no chain: {op}")),
        };
        let fresh = self.fresh.remove(&chain);
        let have = self.chains.get(&chain).copied().unwrap_or(self.g);
        if !fresh && g <= have {
            return self.fault(format!("at {have}, an op that comes late or twice: {op}"));
        }
        if !fresh && p > have {
            self.fault(format!("at {have}, an op that shows a gap: {op}"));
        }
        self.chains.insert(chain, g);
        self.apply(op, true);
    }

    /// Applies an op; `live` when it came by itself, so that what it moves must be worked out here.
    fn apply(&mut self, mut op: Value, live: bool) {
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
                if live {
                    self.count(&room, &value);
                }
                self.keep_message(value);
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

    fn keep_message(&mut self, message: Value) {
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
        let shown = value.as_object_mut().and_then(|value| value.remove("room_value"));
        match shown {
            Some(shown) => drop(self.rooms.insert(room.clone(), shown)),
            None if !self.rooms.contains_key(&room) => {
                self.fault(format!("a membership of a new room without room_value: {value}"));
            }
            None => {}
        }
        self.doubtful.remove(&room);
        if self.memberships.insert(room.clone(), value).is_none() && live {
            self.chains.remove(&room);
            self.fresh.insert(room);
        }
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
    fn held_from(&self, room: &str) -> u64 {
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

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}
