//! The reference client: what one connection holds, built from chunks and ops by the rule of docs/PROTOCOL.md alone.
//!
//! It is stricter than a client needs to be: an op that a client would drop or would have to ask again for is a fault.

mod apply;
mod unread;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// The `have` of every chain that has not moved since `done`.
    done: u64,
    /// Where the chain of a room that I came into after `done` begins.
    beginnings: HashMap<String, u64>,
    chains: HashMap<String, u64>,
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
        let Value::Array(tail) = value["tail"].take() else {
            return self.fault(format!("a gap without tail: {value}"));
        };
        self.messages.retain(|place, _| place.0 != room);
        self.since.remove(&room);
        for message in tail {
            self.move_head(&room, &message);
            self.keep_message(message);
        }
        self.gaps.insert(room);
    }

    fn done(&mut self, value: &Value) {
        match (value["g"].as_u64(), value["epoch"].is_null()) {
            (Some(g), false) => {
                self.g = g;
                self.done = g;
                self.epoch = value["epoch"].clone();
                self.chains.clear();
                // The directory is told live only: after a hello it is listed again.
                self.directory.clear();
                self.beginnings.clear();
                self.settled = true;
                self.live = true;
                self.adrift = false;
                for room in
                    self.rooms.keys().filter(|room| !self.since.contains_key(*room)).cloned().collect::<Vec<_>>()
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
        let beginning = self.beginnings.get(&chain).copied().unwrap_or(self.done);
        let have = self.chains.get(&chain).copied().unwrap_or(beginning);
        if g <= beginning {
            // Committed before `done` or before I came into the room, published after it: held already.
            return;
        }
        if g <= have {
            return self.fault(format!("at {have}, an op that comes late or twice: {op}"));
        }
        if p > have {
            self.fault(format!("at {have}, an op that shows a gap: {op}"));
        }
        self.chains.insert(chain, g);
        // Ops come in the order of their commits, whatever their chain: a cursor is one number.
        if g < self.g {
            self.fault(format!("after {}, an op that was committed before: {op}", self.g));
        }
        self.g = self.g.max(g);
        self.apply(op, true);
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}
