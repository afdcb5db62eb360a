//! The form of publications outside the process: compact, with a version, and an error for whatever it is not.

mod bytes;
mod names;
#[cfg(test)]
mod tests;

pub(super) use self::bytes::{Reader, Writer};

use super::{Publication, Reach};
use crate::Event;
use ::bytes::Bytes;
use std::sync::Arc;

/// Why bytes are no message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Garbled {
    #[error("it ends too early, or has a length that does not fit")]
    Short,
    #[error("more follows than belongs to it")]
    Long,
    #[error("it is none of ours, of another version or of another kind")]
    Foreign,
    #[error("a text in it is no text")]
    Text,
    #[error("it has a mark of which nothing is known")]
    Mark,
    #[error("it has a number that cannot be")]
    Number,
    #[error("it names more kinds of events than there can be")]
    Names,
}

/// The publications of one group, for the database.
pub fn encode(group: &[Publication]) -> Vec<u8> {
    let mut writer = Writer::new(Kind::Group);
    writer.count(group.len());
    group.iter().for_each(|publication| put(&mut writer, publication));
    writer.into_bytes()
}

/// What [`encode`] made, here or in another version that writes the same form.
pub fn decode(body: impl Into<Bytes>) -> Result<Vec<Publication>, Garbled> {
    let mut reader = Reader::new(body.into(), Kind::Group)?;
    let group = reader.list(get)?;
    reader.end()?;
    Ok(group)
}

/// What a message is, so that none is taken for another wherever it turns up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Group = 1,
    Header = 2,
    Part = 3,
    Presence = 4,
    Told = 5,
    Asked = 6,
    Users = 7,
}

pub(super) fn put(writer: &mut Writer, publication: &Publication) {
    match publication {
        Publication::Event { topic, reach, also, event } => {
            writer.byte(match reach {
                Reach::All => 0,
                Reach::Watchers => 1,
                Reach::Bystanders => 2,
            });
            writer.text(topic);
            writer.count(also.len());
            also.iter().for_each(|topic| writer.text(topic));
            put_event(writer, event);
        }
        Publication::Latest { topic, event } => {
            writer.byte(3);
            writer.text(topic);
            put_event(writer, event);
        }
        Publication::Grant { user, topic } => {
            writer.byte(4);
            writer.text(user);
            writer.text(topic);
        }
        Publication::Revoke { user, topics, g } => {
            writer.byte(5);
            writer.text(user);
            writer.count(topics.len());
            topics.iter().for_each(|topic| writer.text(topic));
            writer.number(*g);
        }
        Publication::End { session } => {
            writer.byte(6);
            writer.text(session);
        }
    }
}

pub(super) fn get(reader: &mut Reader) -> Result<Publication, Garbled> {
    let event = |reader: &mut Reader, reach| {
        let topic = reader.text()?;
        let also = reader.list(Reader::text)?;
        Ok(Publication::Event { topic, reach, also, event: get_event(reader)? })
    };
    match reader.byte()? {
        0 => event(reader, Reach::All),
        1 => event(reader, Reach::Watchers),
        2 => event(reader, Reach::Bystanders),
        3 => Ok(Publication::Latest { topic: reader.text()?, event: get_event(reader)? }),
        4 => Ok(Publication::Grant { user: reader.text()?, topic: reader.text()? }),
        5 => Ok(Publication::Revoke { user: reader.text()?, topics: reader.list(Reader::text)?, g: reader.number()? }),
        6 => Ok(Publication::End { session: reader.text()? }),
        _ => Err(Garbled::Mark),
    }
}

fn put_event(writer: &mut Writer, event: &Event) {
    writer.text(event.name);
    writer.byte(event.stamp.is_some().into());
    if let Some(stamp) = event.stamp {
        writer.number(stamp);
    }
    writer.blob(&event.body);
}

fn get_event(reader: &mut Reader) -> Result<Arc<Event>, Garbled> {
    let name = names::lasting(&reader.text()?)?;
    let stamp = match reader.byte()? {
        0 => None,
        1 => Some(reader.number()?),
        _ => return Err(Garbled::Mark),
    };
    Ok(Arc::new(Event::new(name, reader.blob()?, stamp)))
}
