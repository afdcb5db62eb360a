//! Pins: messages that are kept in sight for the whole room.

use crate::access::{self, Can};
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::messages::{self, Message, Position};
use crate::users::{self, User};
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::pins::PinWrite;

/// `pins.set`: any member.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPin {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
    /// Whether it shall be pinned.
    pub on: bool,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetPin) -> Result<Kept<Message>, Refusal> {
    let (room, by) = (input.room, actor.user.to_string());
    let write = PinWrite::Set { room: room.clone(), seq: input.seq.0, by, on: input.on };
    let origin = answers::message(actor.origin("pins.set", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &room, "member", write).await?)
}

/// `pins.list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPins {
    pub room: String,
}

/// The pinned messages of a room, the newest pin first, with the people they name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pins {
    pub messages: Vec<Message>,
    pub users: Vec<User>,
}

pub(crate) async fn list(chat: Chat, actor: Actor, input: ListPins) -> Result<Pins, Refusal> {
    let access = access::room(&chat, &actor, &input.room, Can::Take).await?;
    let rows = chat.store.pins(&access.room.id, &actor.user).await?;
    let users = users::named(&chat, messages::people(&rows)).await?;
    Ok(Pins { messages: rows.into_iter().map(Message::from).collect(), users })
}
