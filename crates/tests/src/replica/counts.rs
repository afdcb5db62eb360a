//! Unread and mentions: what the server said last, and what has happened since, kept as facts that can be told twice.

use super::{Replica, number};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the counts of a room are made of: at `g`, when the room's newest message was `head` and its `count` so many,
/// `unread` and `mentions` were so.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Counted {
    g: u64,
    head: u64,
    count: u64,
    unread: u64,
    mentions: u64,
    /// Messages deleted since, with the `g` of it.
    gone: BTreeMap<u64, u64>,
    /// By how much a message changed my mentions since, with the `g` of it.
    named: BTreeMap<u64, (u64, i64)>,
    /// A message changed that is not held: what it did to my mentions is not known.
    doubt: Option<u64>,
}

impl Counted {
    pub(super) fn is_doubtful(&self) -> bool {
        self.doubt.is_some()
    }
}

impl Replica {
    /// Takes my read state in a room, said at `g`, with its counts and the `head` and `count` that these belong to.
    pub(super) fn read_state(&mut self, room: &str, value: Value, g: u64) {
        let Some(note) = self.notes.get_mut(room) else { return };
        let counted = &mut note.counted;
        if g < counted.g {
            // What I said since has moved how far I have read, but not how often that was set back.
            if let Some(held) = self.memberships.get_mut(room)
                && number(&held["version"]) < number(&value["version"])
            {
                held["version"] = value["version"].clone();
            }
            return;
        }
        counted.g = g;
        (counted.head, counted.count) = (number(&value["head"]), number(&value["count"]));
        (counted.unread, counted.mentions) = (number(&value["unread"]), number(&value["mentions"]));
        counted.gone.retain(|_, at| *at > g);
        counted.named.retain(|_, (at, _)| *at > g);
        counted.doubt = counted.doubt.filter(|at| *at > g);
        let role = self.memberships.get(room).map(|held| held["role"].clone());
        let mut value = value;
        // A role is told with the member; an answer that was under way when it changed would undo it.
        if value.get("role").is_none()
            && let Some(role) = role
        {
            value["role"] = role;
        }
        self.memberships.insert(room.into(), value);
        self.show_counts(room);
    }

    /// Counts a whole message that came live at `g`; it is not kept yet.
    pub(super) fn count(&mut self, room: &str, g: u64, message: &Value) {
        let (seq, n) = (number(&message["seq"]), number(&message["n"]));
        self.move_head(room, seq, n, &message["time"]);
        let read = self.memberships.get(room).map_or(0, |mine| number(&mine["read"]));
        let named_now = self.names_me(message);
        let mine = message["author"] == json!(self.me);
        let place = (room.to_string(), seq);
        let before = self.messages.get(&place).or_else(|| self.hidden.get(&place).and_then(Option::as_ref));
        let before = before.map(|before| self.names_me(before));
        let Some(note) = self.notes.get_mut(room) else { return };
        let have = note.have;
        let counted = &mut note.counted;
        // What is known of it already is newer, where ops come in another order.
        let known = counted.named.get(&seq).is_some_and(|(at, _)| *at > g);
        if g <= counted.g || known || seq <= read || message["kind"] != "text" {
            return;
        }
        let new = seq > counted.head;
        if new && mine && message["deleted"] != json!(true) {
            // Saying something reads what was there.
            let later = |at: &u64| *at > seq;
            counted.gone.retain(|at, _| later(at));
            counted.named.retain(|at, _| later(at));
            (counted.g, counted.head, counted.count, counted.unread, counted.mentions) = (g, seq, n, 0, 0);
            counted.doubt = None;
            if let Some(membership) = self.memberships.get_mut(room) {
                membership["read"] = json!(seq);
            }
        } else {
            if message["deleted"] == json!(true) {
                counted.gone.insert(seq, g);
            }
            // A copy that is older than the counts may have missed a change of whom it mentions.
            let reliable = before.filter(|_| have >= counted.g || counted.named.contains_key(&seq));
            let was = counted.named.get(&seq).map_or(0, |(_, by)| *by);
            if new {
                counted.named.insert(seq, (g, i64::from(named_now)));
            } else if let Some(before) = reliable {
                counted.named.insert(seq, (g, was + i64::from(named_now) - i64::from(before)));
            } else if named_now || counted.mentions > 0 {
                counted.doubt = Some(g);
            }
        }
        self.show_counts(room);
    }

    /// Moves the room's head, if this is newer, and with it what is unread.
    pub(super) fn move_head(&mut self, room: &str, head: u64, count: u64, time: &Value) {
        if let Some(held) = self.rooms.get_mut(room)
            && head > number(&held["head"])
        {
            held["head"] = json!(head);
            held["count"] = json!(count);
            if !time.is_null() {
                held["head_time"] = time.clone();
            }
            if let Some(fields) = self.memberships.get_mut(room).and_then(Value::as_object_mut)
                && head > fields.get("head").map_or(0, number)
            {
                // What is hidden until something new comes is hidden no more.
                fields.remove("hidden");
            }
        }
        self.show_counts(room);
    }

    /// Unread and mentions as they are to be shown.
    pub(super) fn show_counts(&mut self, room: &str) {
        let (Some(note), Some(held)) = (self.notes.get(room), self.rooms.get(room)) else { return };
        let Some(membership) = self.memberships.get_mut(room) else { return };
        let counted = &note.counted;
        let since = number(&held["count"]).saturating_sub(counted.count);
        let gone = counted.gone.len() as u64;
        let named: i64 = counted.named.values().map(|(_, by)| by).sum();
        membership["unread"] = json!((counted.unread + since).saturating_sub(gone));
        membership["mentions"] = json!(counted.mentions.saturating_add_signed(named));
    }

    fn names_me(&self, message: &Value) -> bool {
        let named = message["mentions"].as_array().is_some_and(|users| users.contains(&json!(self.me)));
        message["deleted"] != json!(true) && (named || message["all"] == json!(true))
    }
}
