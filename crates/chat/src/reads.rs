//! Read state: how far I have read, on all my devices at once.

mod gathered;

use crate::access;
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::members::Membership;
use crate::messages::Position;
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::reads::{Intended, ReadWrite, Wish};
use store::{Ack, Origin};

pub(crate) use gathered::Gathered;

/// `reads.set`: a `seq` before the present one marks as unread.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRead {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
    /// The version that I know, or one more to mark as unread: of two positions the one with the higher version counts,
    /// of the same version the further one. So what comes late undoes nothing.
    pub version: Option<Position>,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetRead) -> Result<Kept<Membership>, Refusal> {
    let wish = Wish { seq: input.seq.0, version: input.version.map(|version| version.0) };
    let origin = answers::membership(actor.origin("reads.set", input.cid));
    let key = (actor.user.clone(), input.room.clone());
    let intended = Intended { cid: origin.cid.clone(), wish };
    let ack = match chat.reading.join(&key, intended).await {
        gathered::Turn::Done(ack) => ack,
        gathered::Turn::First(turn) => {
            let result = one(&chat, &actor, origin, &input.room, wish).await;
            tokio::spawn(rest(chat.clone(), actor, turn));
            result?
        }
        gathered::Turn::Alone => one(&chat, &actor, origin, &input.room, wish).await?,
    };
    Kept::of(ack)
}

async fn one(chat: &Chat, actor: &Actor, origin: Origin, room: &str, wish: Wish) -> Result<Ack, Refusal> {
    let write = ReadWrite::Set { user: actor.user.to_string(), room: room.to_owned(), wish };
    access::write(chat, actor, origin, room, "member", write).await
}

/// Writes what came meanwhile as one, again and again until nothing came.
async fn rest(chat: Chat, actor: Actor, mut turn: gathered::First) {
    while let Some((room, waiting)) = turn.next() {
        let (wishes, answers): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let write = ReadWrite::Several { user: actor.user.to_string(), room, wishes };
        let origin = answers::membership(actor.origin("reads.set", None));
        // Where it is refused everybody tries alone, and hears their own reason.
        let Ok(ack) = chat.store.write(origin, write.into()).await else { continue };
        for answer in answers {
            // Who has gone meanwhile is served all the same.
            let _ = answer.send(ack.clone());
        }
    }
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
