//! Reactions: an emoji of mine on a message.

use crate::access;
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::messages::{Message, Position};
use crate::{Chat, Refusal, emoji};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::reactions::ReactionWrite;

/// One emoji of a message, as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reaction {
    pub emoji: String,
    /// The ids of the first 50 who use it, in the order in which they began.
    pub users: Vec<String>,
    /// How many use it.
    pub count: u64,
}

impl From<store::reactions::Reaction> for Reaction {
    fn from(reaction: store::reactions::Reaction) -> Self {
        Self { emoji: reaction.emoji, users: reaction.users, count: reaction.count }
    }
}

/// `reactions.set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReaction {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
    /// One emoji, of at most 64 bytes.
    pub emoji: String,
    /// Whether it shall be there.
    pub on: bool,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetReaction) -> Result<Kept<Message>, Refusal> {
    let (room, user) = (input.room, actor.user.to_string());
    let emoji = emoji::one("emoji", &input.emoji)?;
    let write = ReactionWrite::Set { room: room.clone(), seq: input.seq.0, user, emoji, on: input.on };
    let origin = answers::message(actor.origin("reactions.set", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &room, "member", write).await?)
}
