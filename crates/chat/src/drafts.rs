//! Drafts: what I have begun to write, on all my devices.

use crate::access;
use crate::caller::Actor;
use crate::cid::Cid;
use crate::messages::Position;
use crate::passwords::Done;
use crate::{Chat, Refusal, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::drafts::{DraftRow, DraftWrite};

/// What I have begun in a room.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Draft {
    pub room: String,
    pub text: String,
    /// The `seq` of the message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    pub gv: u64,
    /// There is none any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

impl From<DraftRow> for Draft {
    fn from(row: DraftRow) -> Self {
        Self { room: row.room, gone: row.text.is_empty(), text: row.text, reply_to: row.reply_to, gv: row.gv }
    }
}

/// `drafts.set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDraft {
    pub cid: Option<Cid>,
    pub room: String,
    /// Up to 10,000 characters; empty: nothing any more.
    pub text: String,
    /// The `seq` of a message in the same room.
    pub reply_to: Option<Position>,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetDraft) -> Result<Done, Refusal> {
    let text = text::imported("text", &input.text)?;
    let (user, reply_to) = (actor.user.to_string(), input.reply_to.map(|position| position.0));
    let write = DraftWrite::Set { user, room: input.room.clone(), text, reply_to };
    access::write(&chat, &actor, actor.origin("drafts.set", input.cid), &input.room, "member", write).await?;
    Ok(Done {})
}
