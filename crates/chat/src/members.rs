//! Members: who is in a room, in which role, and my own place in it.

use crate::access::{self, Can};
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::clock::Time;
use crate::notices::{self, NotifyLevel};
use crate::passwords::Done;
use crate::presence::PresenceState;
use crate::users::{self, User, page_size};
use crate::{Chat, Refusal, ids};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::members::{MemberRow, MemberWrite, Role};

/// What somebody may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoomRole {
    Member,
    Moderator,
    Owner,
}

impl From<Role> for RoomRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Moderator => Self::Moderator,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<RoomRole> for Role {
    fn from(role: RoomRole) -> Self {
        match role {
            RoomRole::Member => Self::Member,
            RoomRole::Moderator => Self::Moderator,
            RoomRole::Owner => Self::Owner,
        }
    }
}

/// Somebody's place in a room, as others see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Member {
    pub room: String,
    pub user: String,
    /// Absent: has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoomRole>,
    pub joined: Time,
    pub gv: u64,
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            room: row.room,
            user: row.user,
            role: row.role.map(RoomRole::from),
            joined: Time(row.joined),
            gv: row.gv,
        }
    }
}

/// My own place in a room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Membership {
    pub room: String,
    pub role: RoomRole,
    pub joined: Time,
    /// The first `seq` that I may see; absent: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// I have read up to this `seq`.
    pub read: u64,
    /// Rises when `read` is set back; at an equal version the larger `read` wins.
    pub version: u64,
    /// Countable messages after `read` that are not deleted.
    pub unread: u64,
    /// Those among them that mention me.
    pub mentions: u64,
    /// The room's newest `seq` when these counts were so.
    pub head: u64,
    /// The room's `count` when these counts were so: a later count less this is how many more are unread.
    pub count: u64,
    /// A direct room that I do not want to see until something new comes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Which notices I want; absent: everything in direct rooms, mentions in others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyLevel>,
    /// I want no notices until then; in the past: I do again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
    pub gv: u64,
}

impl Membership {
    /// My place in a room whose newest message is `head`, with `count` countable ones.
    pub(crate) fn of(row: MemberRow, head: u64, count: u64) -> Self {
        Self {
            room: row.room,
            role: row.role.map_or(RoomRole::Member, RoomRole::from),
            joined: Time(row.joined),
            from: (row.from > 1).then_some(row.from),
            read: row.read,
            version: row.version,
            unread: row.unread,
            mentions: row.mentions,
            head,
            count,
            hidden: row.hidden.is_some_and(|hidden| hidden >= head),
            notify: notices::level(row.notify),
            muted_until: row.muted.map(Time),
            gv: row.own_gv,
        }
    }
}

/// `rooms.members`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMembers {
    pub room: String,
    /// From after the member with this user id.
    pub after: Option<String>,
    /// 50 unless given; at most 200.
    pub limit: Option<u32>,
}

/// A member, and whether they are online.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PresentMember {
    #[serde(flatten)]
    pub member: Member,
    pub presence: PresenceState,
}

/// Members in the order of their ids, who they are, and whether there are more.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Members {
    pub members: Vec<PresentMember>,
    pub users: Vec<User>,
    pub more: bool,
}

pub(crate) async fn list(chat: Chat, actor: Actor, input: ListMembers) -> Result<Members, Refusal> {
    let access = access::room(&chat, &actor, &input.room, Can::Take).await?;
    let limit = page_size(input.limit);
    let mut rows = chat.store.members(&access.room.id, input.after.as_deref(), limit + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let users = users::named(&chat, rows.iter().map(|row| row.user.clone())).await?;
    let members = rows
        .into_iter()
        .map(|row| PresentMember { presence: chat.hub.presence.seen(&row.user).into(), member: row.into() });
    Ok(Members { members: members.collect(), users, more })
}

/// `members.kick`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kick {
    pub cid: Option<Cid>,
    pub room: String,
    pub user: String,
}

pub(crate) async fn kick(chat: Chat, actor: Actor, input: Kick) -> Result<Done, Refusal> {
    let (room, by, code) = (input.room.clone(), actor.user.to_string(), ids::join_code());
    let write = MemberWrite::Kick { user: input.user, room, by, code };
    access::write(&chat, &actor, actor.origin("members.kick", input.cid), &input.room, "moderator", write).await?;
    Ok(Done {})
}

/// `members.set_role`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    pub cid: Option<Cid>,
    pub room: String,
    pub user: String,
    /// Making another the owner makes the one before a moderator.
    pub role: RoomRole,
}

pub(crate) async fn set_role(chat: Chat, actor: Actor, input: SetRole) -> Result<Kept<Member>, Refusal> {
    let (user, by) = (input.user, actor.user.to_string());
    let write = MemberWrite::SetRole { user, room: input.room.clone(), by, role: input.role.into() };
    let origin = answers::member(actor.origin("members.set_role", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &input.room, "owner", write).await?)
}
