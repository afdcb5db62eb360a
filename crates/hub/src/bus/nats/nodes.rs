//! The other nodes, as what they say shows them: who is alive, and whether something of what a node said was missed.

#[cfg(test)]
mod tests;

use crate::NodeId;
use crate::bus::wire::{Garbled, Kind, Reader, Writer};
use crate::presence::{Counts, Entry, Told};
use bytes::Bytes;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A node of which nothing was heard for so long is gone.
pub(super) const SILENCE: Duration = Duration::from_secs(4);
/// A node is not asked for its table again before.
const AGAIN: Duration = Duration::from_millis(700);
/// The most nodes, and the most people on one.
const MOST_NODES: usize = 256;
const MOST_PEOPLE: usize = 1_000_000;

/// Something that a node says to all others. Changes and tables are numbered without holes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) node: NodeId,
    /// The number of this, or of the last that had one.
    pub(super) number: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// I am alive.
    Beat,
    Changes(Vec<Entry>),
    /// Everybody who is here, in as many messages as it takes.
    Table {
        first: bool,
        last: bool,
        entries: Vec<Entry>,
    },
    /// Tell me who is there: one node, or all.
    Ask(Option<NodeId>),
    /// I am about to end.
    Bye,
}

/// What is to be done about something that was said.
pub(super) enum Do {
    Note(NodeId, Told),
    /// Ask the node for its table.
    Ask(NodeId),
    /// Tell our own table.
    Answer,
}

pub(super) struct Nodes {
    me: NodeId,
    others: HashMap<NodeId, Node>,
}

struct Node {
    heard: Instant,
    /// The number up to which nothing was missed.
    number: Option<u64>,
    /// A table that is on its way.
    table: Option<Vec<Entry>>,
    asked: Option<Instant>,
}

impl Nodes {
    pub(super) fn new(me: NodeId) -> Self {
        Self { me, others: HashMap::new() }
    }

    pub(super) fn alive(&self) -> Vec<NodeId> {
        self.others.keys().cloned().collect()
    }

    pub(super) fn hear(&mut self, said: Said, now: Instant) -> Vec<Do> {
        let Said { node: id, number, what } = said;
        if id == self.me || (self.others.len() >= MOST_NODES && !self.others.contains_key(&id)) {
            return Vec::new();
        }
        let fresh = || Node { heard: now, number: None, table: None, asked: None };
        let node = self.others.entry(id.clone()).or_insert_with(fresh);
        node.heard = now;
        let mut todo = Vec::new();
        match what {
            What::Beat => {
                if node.number != Some(number) {
                    node.number = None;
                }
            }
            What::Changes(entries) => {
                node.number = node.follow(number);
                todo.push(Do::Note(id.clone(), Told::Changes(entries)));
            }
            What::Table { first, last, entries } => {
                if let Some(all) = node.table(number, first, last, entries) {
                    todo.push(Do::Note(id.clone(), Told::All(all)));
                }
            }
            What::Ask(None) => todo.push(Do::Answer),
            What::Ask(Some(whom)) if whom == self.me => todo.push(Do::Answer),
            What::Ask(Some(_)) => {}
            What::Bye => {
                self.others.remove(&id);
                return vec![Do::Note(id, Told::Gone)];
            }
        }
        if node.number.is_some() {
            return todo;
        }
        // A table on its way has a hole as well.
        node.table = None;
        if node.asked.is_none_or(|at| now >= at + AGAIN) {
            node.asked = Some(now);
            todo.push(Do::Ask(id));
        }
        todo
    }

    /// Nodes that were silent for too long, which are gone.
    pub(super) fn take_silent(&mut self, now: Instant) -> Vec<NodeId> {
        let silent = self.others.iter().filter(|(_, node)| now >= node.heard + SILENCE);
        let silent: Vec<NodeId> = silent.map(|(id, _)| id.clone()).collect();
        silent.iter().for_each(|id| {
            self.others.remove(id);
        });
        silent
    }
}

impl Node {
    fn follow(&self, number: u64) -> Option<u64> {
        (self.number? + 1 == number).then_some(number)
    }

    /// Takes a message of a table; the table, if it is whole with it.
    fn table(&mut self, number: u64, first: bool, last: bool, mut entries: Vec<Entry>) -> Option<Vec<Entry>> {
        let follows = first || self.follow(number).is_some();
        let mut table = if first { Vec::new() } else { self.table.take().unwrap_or_default() };
        // Numbers stand for what is known whole, so a table on its way counts as if it had been told.
        table.append(&mut entries);
        self.number = (follows && table.len() <= MOST_PEOPLE).then_some(number);
        self.number?;
        if !last {
            self.table = Some(table);
            return None;
        }
        self.table = None;
        Some(table)
    }
}

impl Said {
    pub(super) fn encode(&self) -> Bytes {
        let mut writer = Writer::new(Kind::Presence);
        writer.text(&self.node);
        writer.number(self.number);
        match &self.what {
            What::Beat => writer.byte(0),
            What::Changes(entries) => {
                writer.byte(1);
                put_entries(&mut writer, entries);
            }
            What::Table { first, last, entries } => {
                writer.byte(2);
                writer.byte(u8::from(*first) | u8::from(*last) << 1);
                put_entries(&mut writer, entries);
            }
            What::Ask(whom) => {
                writer.byte(3);
                writer.text(whom.as_deref().unwrap_or_default());
            }
            What::Bye => writer.byte(4),
        }
        writer.into_bytes().into()
    }

    pub(super) fn decode(bytes: Bytes) -> Result<Self, Garbled> {
        let mut reader = Reader::new(bytes, Kind::Presence)?;
        let (node, number) = (reader.text()?, reader.number()?);
        let what = match reader.byte()? {
            0 => What::Beat,
            1 => What::Changes(reader.list(get_entry)?),
            2 => {
                let marks = reader.byte()?;
                if marks > 3 {
                    return Err(Garbled::Mark);
                }
                What::Table { first: marks & 1 > 0, last: marks & 2 > 0, entries: reader.list(get_entry)? }
            }
            3 => {
                let whom = reader.text()?;
                What::Ask((!whom.is_empty()).then_some(whom))
            }
            4 => What::Bye,
            _ => return Err(Garbled::Mark),
        };
        reader.end()?;
        if number == u64::MAX {
            return Err(Garbled::Number);
        }
        Ok(Self { node, number, what })
    }
}

fn put_entries(writer: &mut Writer, entries: &[Entry]) {
    writer.count(entries.len());
    for (user, counts) in entries {
        writer.text(user);
        // Less than none is a moment between two changes here, and none to others.
        writer.number(counts.online.max(0) as u64);
        writer.number(counts.away.max(0) as u64);
    }
}

fn get_entry(reader: &mut Reader) -> Result<Entry, Garbled> {
    let user = reader.text()?;
    let mut count = || i32::try_from(reader.number()?).map_err(|_| Garbled::Number);
    let counts = Counts { online: count()?, away: count()? };
    Ok((user, counts))
}
