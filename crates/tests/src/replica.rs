//! The reference client: what one device holds, built from what it is told by the rules of docs/PROTOCOL.md alone.
//!
//! [`Replica::hear`] is pure: the same events in the same order lead to the same replica. What a device keeps through a
//! crash is a clone of it. What it needs from its owner (time, and asking the server) it says in [`Replica::wants`].

mod apply;
mod catching;
mod counts;
mod digests;
mod own;
mod short;
mod wants;

pub use digests::{BLOCK, digest, mix};
pub use wants::Want;

use counts::Counted;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A message's place: the room's id and `seq`.
pub type Place = (String, u64);

/// What a device knows of how complete a room is with it.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Note {
    /// Everything that changed up to here is held, from `since` on; 0: nothing of its messages is.
    pub have: u64,
    /// From which `seq` on every message that I may see is held.
    pub since: u64,
    /// The newest `seq` at `have`: what links and lies above is new, what lies below and is not held I may not see.
    top: u64,
    /// What `have` was when it was last set by catching up: what comes live at or below was told already.
    floor: u64,
    /// What the unread counts are made of.
    counted: Counted,
    /// Messages that changed and have to be fetched, with the `g` of the change.
    fetch: BTreeMap<u64, u64>,
    /// Ops that came before one that is missing.
    early: Vec<Value>,
}

/// Everything that one device holds, and what was wrong with how it came.
#[derive(Clone, Default)]
pub struct Replica {
    /// My own id.
    pub me: String,
    pub epoch: Value,
    /// The cursor: own rows, users and heads of rooms are held up to here. It rises with `done` alone.
    pub g: u64,
    /// My view of each room that I am in, by room; `unread` and `mentions` as they are to be shown.
    pub memberships: BTreeMap<String, Value>,
    /// The rooms that I am in.
    pub rooms: BTreeMap<String, Value>,
    pub notes: BTreeMap<String, Note>,
    pub users: BTreeMap<String, Value>,
    /// Who is where, as far as I was told: by room and user.
    pub members: BTreeMap<(String, String), Value>,
    pub messages: BTreeMap<Place, Value>,
    /// Messages that I deleted for me, as far as I held them: they still count.
    pub hidden: BTreeMap<Place, Option<Value>>,
    /// What I keep for later.
    pub saved: BTreeMap<Place, Value>,
    /// What I have begun to write, by room.
    pub drafts: BTreeMap<String, Value>,
    /// What I have chosen, as it was told.
    pub settings: Value,
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
    /// Ops may come twice and in another order, because somebody plays tricks on this device: that is no breach.
    pub lenient: bool,
    /// The rooms whose ops come whole on this connection.
    pub watched: BTreeSet<String>,
    /// Rooms that were told short: their `code`, and when they were created, are not known.
    pub brief: BTreeSet<String>,
    /// Blocks that somebody damaged on purpose: that their digests differ is no breach.
    pub damaged: BTreeSet<(String, u64)>,
    /// How many rows were told in chunks and gaps, ever.
    pub told: u64,
    /// What this connection is at.
    line: Line,
}

/// What is true of one connection only.
#[derive(Clone, Default)]
struct Line {
    settled: bool,
    /// Whether ops may come: after the first `done`, and not between a chunk of `hello` and its `done`.
    live: bool,
    /// Whether the server said that it dropped ops: what comes until the next `hello` is answered does not count.
    adrift: bool,
    /// How far my own chain and everybody's have come.
    mine: u64,
    everybody: u64,
    /// What was asked for in the last `hello`; nothing before the first.
    asked: Option<Asked>,
    /// The rooms of a `watch.set` that is under way.
    turning: BTreeSet<String>,
    /// Those that I left since it was sent.
    left: BTreeSet<String>,
    /// Rooms of which something was told that I do not know: `gone` has to follow.
    owed: BTreeSet<String>,
    /// Ops of the chains without a room that came before one that is missing.
    early: Vec<Value>,
    /// A chain has a hole that a `hello` must fill.
    torn: bool,
    /// Blocks whose digest was another than the server's.
    differing: BTreeSet<(String, u64)>,
}

/// What a `hello` said.
#[derive(Clone, Default)]
struct Asked {
    /// The rooms of `held`; nothing where it was left out.
    held: Option<BTreeMap<String, u64>>,
    watch: BTreeSet<String>,
}

impl Replica {
    pub fn new(me: &str) -> Replica {
        Replica { me: me.into(), ..Replica::default() }
    }

    /// A new connection begins: nothing may come before its first `hello`.
    pub fn connected(&mut self) {
        self.line = Line::default();
        self.watched.clear();
        for note in self.notes.values_mut() {
            note.early.clear();
        }
    }

    /// The cursor of a device that is told everything of all its rooms: what is complete in each.
    pub fn cursor(&self) -> Value {
        if self.epoch.is_null() {
            return json!({"g": 0});
        }
        let haves = self.notes.values().map(|note| note.have).filter(|have| *have > 0);
        json!({"epoch": self.epoch, "g": haves.fold(self.g, u64::min)})
    }

    /// The cursor of a device that says what it holds of each room, with the blocks that it wants proven.
    pub fn cursor_with_held(&self, watch: &[String]) -> Value {
        if self.epoch.is_null() {
            return json!({"g": 0});
        }
        let said = |(room, have): &(String, u64)| *have > 0 || watch.contains(room);
        let held: BTreeMap<String, u64> = self.held(self.rooms.keys()).into_iter().filter(said).take(2_000).collect();
        let blocks = self.whole_blocks(held.keys());
        json!({"epoch": self.epoch, "g": self.g, "held": held, "blocks": blocks})
    }

    /// What to say as `held` of these rooms.
    pub fn held<'a>(&self, rooms: impl Iterator<Item = &'a String>) -> BTreeMap<String, u64> {
        rooms.filter_map(|room| Some((room.clone(), self.notes.get(room)?.have))).collect()
    }

    /// A `hello` with these fields is being sent.
    pub fn begin_hello(&mut self, wish: &Value) {
        let watch = wish["watch"].as_array().into_iter().flatten().filter_map(text).collect();
        let held = wish["held"].as_object();
        let held = held.map(|held| held.iter().map(|(room, have)| (room.clone(), number(have))).collect());
        let asked = Asked { held, watch };
        self.line.settled = false;
        self.line.torn = false;
        self.line.early.clear();
        self.line.asked = Some(asked);
        self.gaps.clear();
        self.was_reset = false;
    }

    /// A `watch.set` with these rooms is being sent: the others no longer come whole.
    pub fn begin_watch(&mut self, rooms: &[String]) {
        self.line.turning = rooms.iter().cloned().collect();
        self.line.left.clear();
        let turning = &self.line.turning;
        self.watched.retain(|room| turning.contains(room));
        self.let_go();
    }

    /// The `watch.set` with these rooms was answered.
    pub fn watching(&mut self, rooms: &[String]) {
        self.line.turning.clear();
        // A room that I left meanwhile is not watched, and not if I came back either.
        let left = std::mem::take(&mut self.line.left);
        let watched = rooms.iter().filter(|room| self.rooms.contains_key(*room) && !left.contains(*room));
        self.watched = watched.cloned().collect();
        self.let_go();
    }

    /// Rooms of which I was told something live that I could not place, without having been told that they are gone.
    pub fn owed(&self) -> &BTreeSet<String> {
        &self.line.owed
    }

    /// Whether `done` has come since the last `hello`.
    pub fn settled(&self) -> bool {
        self.line.settled
    }

    /// Takes in one pushed event, or one part of an answer of `GET /sync`.
    pub fn hear(&mut self, event: &str, value: Value) {
        match event {
            "op" => self.op(value),
            "bump" => self.bump(&value),
            "chunk" => self.chunk(value),
            "gap" => self.gap(value),
            "caught" => self.caught(&value),
            "done" => self.done(&value),
            "resync" => {
                self.resyncs += 1;
                self.line.adrift = true;
            }
            "typing" | "presence" => {}
            other => self.fault(format!("an event that the protocol does not know: {other} {value}")),
        }
    }

    fn fault(&mut self, words: String) {
        self.faults.push(words);
    }

    /// A breach, unless somebody plays tricks on this device.
    fn odd(&mut self, words: String) {
        if !self.lenient {
            self.faults.push(words);
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}
