//! A group as nodes send it to each other: a header for all, and the publications of each topic for those who need it.

use super::wire::{self, Garbled, Kind, Reader, Writer};
use super::{Publication, Span};
use crate::Topic;
use bytes::Bytes;
use std::collections::HashMap;

/// A publication with its place in its group.
pub(super) type Placed = (usize, Publication);

/// What everybody hears of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) before: u64,
    pub(super) g: u64,
    /// Too much was in it to be sent: whoever wants it reads it in the database.
    pub(super) unsent: bool,
    /// What may concern anybody: ended sessions, and what happened on topics that somebody was put on in this group, who
    /// cannot have subscribed to them before.
    pub(super) for_all: Vec<Placed>,
    /// The topics of everything else.
    pub(super) topics: Vec<Listed>,
}

/// A topic in a header.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) topic: Topic,
    pub(super) count: usize,
    /// Its publications are a message of their own; else they were too long for one.
    pub(super) sent: bool,
}

/// The publications of one topic.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// 0: they belong to no commit.
    pub(super) g: u64,
    pub(super) topic: Topic,
    pub(super) publications: Vec<Placed>,
}

/// The messages that carry a group.
pub(super) struct Split {
    /// None for what belongs to no commit and concerns no more than its topics.
    pub(super) header: Option<Vec<u8>>,
    pub(super) parts: Vec<(Topic, Vec<u8>)>,
}

/// The most bytes of the publications that a header carries for all.
const MOST_FOR_ALL: usize = 128 << 10;

/// Splits a group, for messages of at most `limit` bytes. `own` is the topic of a user's own things.
pub(super) fn split(group: &[Publication], span: Option<Span>, own: fn(&str) -> Topic, limit: usize) -> Split {
    let granted = granted(group);
    let mut for_all = Vec::new();
    let mut by_topic: Vec<(Topic, Vec<Placed>)> = Vec::new();
    let mut index: HashMap<Topic, usize> = HashMap::new();
    for placed in group.iter().cloned().enumerate() {
        let topic = match &placed.1 {
            Publication::Event { topic, .. } | Publication::Latest { topic, .. } if !granted.contains(&topic) => {
                topic.clone()
            }
            Publication::Grant { user, .. } | Publication::Revoke { user, .. } => own(user),
            _ => {
                for_all.push(placed);
                continue;
            }
        };
        let at = *index.entry(topic.clone()).or_insert_with(|| {
            by_topic.push((topic, Vec::new()));
            by_topic.len() - 1
        });
        by_topic[at].1.push(placed);
    }
    let g = span.map_or(0, |span| span.g);
    let mut topics = Vec::new();
    let mut parts = Vec::new();
    for (topic, publications) in by_topic {
        let count = publications.len();
        let part = Part { g, topic: topic.clone(), publications }.encode();
        let sent = part.len() <= limit;
        topics.push(Listed { topic: topic.clone(), count, sent });
        if sent {
            parts.push((topic, part));
        }
    }
    let header = match span {
        None => (!for_all.is_empty()).then(|| Header { for_all, ..Header::default() }.encode()),
        Some(Span { before, g }) => {
            let header = Header { before, g, unsent: false, for_all, topics }.encode();
            let fits = header.len() <= limit;
            Some(if fits { header } else { Header { before, g, unsent: true, ..Header::default() }.encode() })
        }
    };
    Split { header, parts }
}

/// The topics that somebody is put on in the group, unless what happens on them is too much to tell everybody.
fn granted(group: &[Publication]) -> Vec<&Topic> {
    let mut granted: Vec<&Topic> = Vec::new();
    for publication in group {
        if let Publication::Grant { topic, .. } = publication
            && !granted.contains(&topic)
            && granted.len() < 64
        {
            granted.push(topic);
        }
    }
    let on_them = group.iter().filter(|publication| match publication {
        Publication::Event { topic, .. } | Publication::Latest { topic, .. } => granted.contains(&topic),
        _ => false,
    });
    if on_them.map(Publication::bytes).sum::<usize>() > MOST_FOR_ALL { Vec::new() } else { granted }
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Header);
        writer.number(self.before);
        writer.number(self.g);
        writer.byte(self.unsent.into());
        put_placed(&mut writer, &self.for_all);
        writer.count(self.topics.len());
        for Listed { topic, count, sent } in &self.topics {
            writer.text(topic);
            writer.count(*count);
            writer.byte((*sent).into());
        }
        writer.into_bytes()
    }

    pub(super) fn decode(bytes: Bytes) -> Result<Self, Garbled> {
        let mut reader = Reader::new(bytes, Kind::Header)?;
        let (before, g, unsent) = (reader.number()?, reader.number()?, flag(&mut reader)?);
        if before >= g && g > 0 {
            return Err(Garbled::Number);
        }
        let for_all = get_placed(&mut reader)?;
        let topics = reader.list(|reader| {
            let topic = reader.text()?;
            let count = usize::try_from(reader.number()?).map_err(|_| Garbled::Number)?;
            Ok(Listed { topic, count, sent: flag(reader)? })
        })?;
        reader.end()?;
        Ok(Self { before, g, unsent, for_all, topics })
    }
}

impl Part {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Part);
        writer.number(self.g);
        writer.text(&self.topic);
        put_placed(&mut writer, &self.publications);
        writer.into_bytes()
    }

    pub(super) fn decode(bytes: Bytes) -> Result<Self, Garbled> {
        let mut reader = Reader::new(bytes, Kind::Part)?;
        let part = Self { g: reader.number()?, topic: reader.text()?, publications: get_placed(&mut reader)? };
        reader.end()?;
        Ok(part)
    }
}

fn put_placed(writer: &mut Writer, publications: &[Placed]) {
    writer.count(publications.len());
    for (place, publication) in publications {
        writer.count(*place);
        wire::put(writer, publication);
    }
}

fn get_placed(reader: &mut Reader) -> Result<Vec<Placed>, Garbled> {
    reader.list(|reader| {
        let place = usize::try_from(reader.number()?).map_err(|_| Garbled::Number)?;
        Ok((place, wire::get(reader)?))
    })
}

fn flag(reader: &mut Reader) -> Result<bool, Garbled> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Garbled::Mark),
    }
}
