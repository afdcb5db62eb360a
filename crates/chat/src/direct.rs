//! Direct rooms: conversations between a set of people, several by subject.

use crate::access;
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::members::Membership;
use crate::rooms::{InRoom, RoomAndMe};
use crate::{Chat, Refusal, ids, text};
use schemars::JsonSchema;
use serde::Deserialize;
use store::Write;
use store::members::MemberWrite;
use store::rooms::RoomWrite;

/// The most people in a direct room.
const MOST: usize = 20;

/// `direct.open`: the same people and subject always give the same room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenDirect {
    pub cid: Option<Cid>,
    /// The ids of the others; 1 to 19 of them. My own id may be among them.
    pub users: Vec<String>,
    /// A title, for several conversations between the same people.
    pub subject: Option<String>,
}

pub(crate) async fn open(chat: Chat, actor: Actor, input: OpenDirect) -> Result<Kept<RoomAndMe>, Refusal> {
    if input.users.len() > MOST {
        return Err(Refusal::TooLong { field: "users".into(), limit: MOST });
    }
    if input.users.is_empty() {
        return Err(Refusal::value("users", "it names nobody"));
    }
    let mut users = input.users;
    users.push(actor.user.to_string());
    users.sort();
    users.dedup();
    if users.len() > MOST {
        return Err(Refusal::TooLong { field: "users".into(), limit: MOST });
    }
    let subject = text::line("subject", input.subject.as_deref().unwrap_or_default(), text::NAME)?;
    let write = RoomWrite::OpenDirect { id: ids::id(), opener: actor.user.to_string(), users, subject };
    let origin = answers::room(actor.origin("direct.open", input.cid));
    Kept::of(chat.store.write(origin, Write::Room(write)).await?)
}

/// `rooms.hide`.
pub(crate) async fn hide(chat: Chat, actor: Actor, input: InRoom) -> Result<Kept<Membership>, Refusal> {
    let write = MemberWrite::Hide { user: actor.user.to_string(), room: input.room.clone() };
    let origin = answers::membership(actor.origin("rooms.hide", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &input.room, "member", write).await?)
}
