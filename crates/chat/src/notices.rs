//! Notices: of what in a room I want to be told, and until when of nothing.

use crate::access;
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::clock;
use crate::members::Membership;
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::members::{MemberWrite, Notify};

/// Of what in a room somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotifyLevel {
    All,
    Mentions,
    Nothing,
}

impl From<NotifyLevel> for Notify {
    fn from(level: NotifyLevel) -> Self {
        match level {
            NotifyLevel::All => Self::All,
            NotifyLevel::Mentions => Self::Mentions,
            NotifyLevel::Nothing => Self::Nothing,
        }
    }
}

/// The level as it is shown; none: as usual.
pub(crate) fn level(notify: Notify) -> Option<NotifyLevel> {
    match notify {
        Notify::Usual => None,
        Notify::All => Some(NotifyLevel::All),
        Notify::Mentions => Some(NotifyLevel::Mentions),
        Notify::Nothing => Some(NotifyLevel::Nothing),
    }
}

/// The last moment until which a room can be muted, and so for ever: 9999-01-01.
const FOR_EVER: store::Millis = 253_370_764_800_000;

/// `rooms.notify`: what is absent is as usual again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetNotify {
    pub cid: Option<Cid>,
    pub room: String,
    /// Absent: everything in direct rooms, mentions in others.
    pub level: Option<NotifyLevel>,
    /// RFC 3339, up to the year 9999; absent or in the past: not muted.
    pub muted_until: Option<String>,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetNotify) -> Result<Kept<Membership>, Refusal> {
    let until = input.muted_until.map(|time| {
        let until = clock::parse(&time).ok_or_else(|| Refusal::value("muted_until", "it is not a time (RFC 3339)"))?;
        Ok::<_, Refusal>(until.min(FOR_EVER))
    });
    let muted = until.transpose()?.filter(|until| *until > clock::now());
    let notify = input.level.map_or(Notify::Usual, Notify::from);
    let write = MemberWrite::Notify { user: actor.user.to_string(), room: input.room.clone(), notify, muted };
    let origin = answers::membership(actor.origin("rooms.notify", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &input.room, "member", write).await?)
}
