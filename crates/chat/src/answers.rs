//! Answers that are kept: what a command says of the row it wrote, made in the transaction that wrote it, so that a
//! repeat with the same `cid` says the same.

use crate::Refusal;
use crate::access;
use crate::members::{Member, Membership};
use crate::messages::Message;
use crate::rooms::RoomAndMe;
use crate::users::User;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::marker::PhantomData;
use store::{Ack, Answer, Answered, Origin};

/// The JSON of a `T`, as it was made when the command was first carried out.
pub(crate) struct Kept<T> {
    json: Box<RawValue>,
    of: PhantomData<fn() -> T>,
}

impl<T> Kept<T> {
    /// The answer that the write brought.
    pub(crate) fn of(ack: Ack) -> Result<Self, Refusal> {
        let bytes = ack.answer.ok_or_else(|| Refusal::internal("a write was acknowledged without its answer"))?;
        if bytes.is_empty() {
            // A repeat of what was done before answers were kept, of something that has gone since.
            return Err(Refusal::NoSuchRoom);
        }
        let json = serde_json::from_slice(&bytes).map_err(Refusal::internal)?;
        Ok(Self { json, of: PhantomData })
    }
}

impl<T> Serialize for Kept<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Kept<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The origin of a write that is answered with what `make` says of its row.
pub(crate) fn with<T: Serialize>(
    origin: Origin,
    make: impl Fn(Answered) -> Option<T> + Send + Sync + 'static,
) -> Origin {
    let bytes = move |answered| make(answered).and_then(|value| serde_json::to_vec(&value).ok()).unwrap_or_default();
    Origin { answer: Some(Answer::new(bytes)), ..origin }
}

/// Answered with the message.
pub(crate) fn message(origin: Origin) -> Origin {
    with(origin, |answered| match answered {
        Answered::Message(row) => Some(Message::from(row)),
        _ => None,
    })
}

/// Answered with the room and my place in it.
pub(crate) fn room(origin: Origin) -> Origin {
    with(origin, |answered| match answered {
        Answered::Place(room, member) => Some(RoomAndMe::from(access::chosen(room, member))),
        _ => None,
    })
}

/// Answered with my place in the room.
pub(crate) fn membership(origin: Origin) -> Origin {
    with(origin, |answered| match answered {
        Answered::Place(room, Some(member)) => Some(Membership::of(member, room.head, room.count)),
        _ => None,
    })
}

/// Answered with the member.
pub(crate) fn member(origin: Origin) -> Origin {
    with(origin, |answered| match answered {
        Answered::Member(row) => Some(Member::from(row)),
        _ => None,
    })
}

/// Answered with the person.
pub(crate) fn user(origin: Origin) -> Origin {
    with(origin, |answered| match answered {
        Answered::User(row) => Some(User::from(row)),
        _ => None,
    })
}
