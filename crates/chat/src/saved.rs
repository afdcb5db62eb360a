//! Saved messages: what I keep for myself.

use crate::access;
use crate::caller::Actor;
use crate::cid::Cid;
use crate::messages::{self, Message, Position};
use crate::passwords::Done;
use crate::users::{self, User, page_size};
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::saved::SavedWrite;

/// A message that I keep, or no longer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SavedMessage {
    pub room: String,
    pub seq: u64,
    pub gv: u64,
    /// No longer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// `saved.set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSaved {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
    /// Whether I keep it.
    pub on: bool,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetSaved) -> Result<Done, Refusal> {
    let write =
        SavedWrite::Set { room: input.room.clone(), seq: input.seq.0, user: actor.user.to_string(), on: input.on };
    access::write(&chat, &actor, actor.origin("saved.set", input.cid), &input.room, "member", write).await?;
    Ok(Done {})
}

/// `saved.list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSaved {
    /// The `next` of the page before.
    pub before: Option<Position>,
    /// 50 unless given; at most 200.
    pub limit: Option<u32>,
}

/// Messages that I keep, saved last first, with the people they name. What I may not see any more is left out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SavedMessages {
    pub messages: Vec<Message>,
    pub users: Vec<User>,
    pub more: bool,
    /// What to give as `before` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

pub(crate) async fn list(chat: Chat, actor: Actor, input: ListSaved) -> Result<SavedMessages, Refusal> {
    let before = input.before.map_or(u64::MAX, |before| before.0);
    let page = chat.store.saved(&actor.user, before, page_size(input.limit)).await?;
    let users = users::named(&chat, messages::people(&page.messages)).await?;
    let messages = page.messages.into_iter().map(Message::from).collect();
    Ok(SavedMessages { messages, users, more: page.next.is_some(), next: page.next })
}
