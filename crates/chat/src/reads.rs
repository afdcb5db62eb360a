//! Read state: how far I have read, on all my devices at once.

use crate::access;
use crate::caller::Actor;
use crate::cid::Cid;
use crate::members::{self, Membership};
use crate::messages::Position;
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::reads::ReadWrite;

/// `reads.set`: a `seq` before the present one marks as unread.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRead {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetRead) -> Result<Membership, Refusal> {
    let write = ReadWrite::Set { user: actor.user.to_string(), room: input.room.clone(), seq: input.seq.0 };
    access::write(&chat, &actor, actor.origin("reads.set", input.cid), &input.room, "member", write).await?;
    members::mine(&chat, &actor, &input.room).await
}

/// `reads.list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListReads {}

/// My badge, and what it is made of.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reads {
    /// Over all rooms that I have not hidden.
    pub unread: u64,
    pub mentions: u64,
    pub rooms: Vec<Membership>,
}

pub(crate) async fn list(chat: Chat, actor: Actor, _: ListReads) -> Result<Reads, Refusal> {
    let mine = chat.store.rooms_of(&actor.user).await?;
    let rooms: Vec<_> = mine.into_iter().map(|(room, member)| Membership::of(member, room.head, room.count)).collect();
    let sum = |count: fn(&Membership) -> u64| rooms.iter().filter(|room| !room.hidden).map(count).sum();
    Ok(Reads { unread: sum(|room| room.unread), mentions: sum(|room| room.mentions), rooms })
}
