//! Members: who is in a room, in which role, and how far each has read.

use crate::rooms::RoomRow;
use crate::{Error, G, Millis, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// What somebody may do in a room; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Member,
    Moderator,
    Owner,
}

impl Role {
    /// The number that stands for it in every engine; ordered as the roles.
    pub(crate) fn code(self) -> u8 {
        match self {
            Role::Member => 0,
            Role::Moderator => 1,
            Role::Owner => 2,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Role> {
        [Role::Member, Role::Moderator, Role::Owner].into_iter().find(|role| i64::from(role.code()) == code)
    }
}

/// What of a room its member wants to be told with a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    /// Everything in direct rooms, mentions in others.
    #[default]
    Usual,
    All,
    Mentions,
    Nothing,
}

impl Notify {
    pub(crate) fn code(self) -> u8 {
        match self {
            Notify::Usual => 0,
            Notify::All => 1,
            Notify::Mentions => 2,
            Notify::Nothing => 3,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Notify> {
        let all = [Notify::Usual, Notify::All, Notify::Mentions, Notify::Nothing];
        all.into_iter().find(|notify| i64::from(notify.code()) == code)
    }
}

/// Somebody's place in a room: a public part (role) and an own part (read position, hidden, notices).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    pub room: RoomId,
    pub user: UserId,
    /// None: has left. The row stays, so that leaving can be caught up with.
    pub role: Option<Role>,
    pub joined: Millis,
    /// The last change of the public part.
    pub gv: G,
    /// Read up to here.
    pub read: Seq,
    /// Rises when `read` is set back; at an equal version the larger position wins.
    pub version: u64,
    /// A direct room stays hidden while its head is not past this; None: not hidden.
    pub hidden: Option<Seq>,
    /// What of the room they want to be told with a notice.
    pub notify: Notify,
    /// Until when they want no notices of it at all; in the past: they do again.
    pub muted: Option<Millis>,
    /// The last change of the own part.
    pub own_gv: G,
    /// The first message that they may see: 1 unless the room shows who joins only what comes from then on.
    pub from: Seq,
    /// Countable messages after `read` that are not deleted, as of this reading of the row.
    pub unread: u64,
    /// Those among them that mention the user.
    pub mentions: u64,
}

/// Writes to members. Each posts its line (`join`, `leave`, `kick`) except in direct rooms.
#[derive(Clone, Debug)]
pub enum MemberWrite {
    /// Into a public room (`code` absent), or any room by its code. Has read up to the join line. Joining again
    /// while a member changes nothing. Refused: `NoSuchRoom` (also private without code), `CodeUnknown`. Ack: `room`.
    Join { user: UserId, room: Option<RoomId>, code: Option<String> },
    /// The owner's place goes to the longest-standing of the highest role left; a private room that nobody is left
    /// in is deleted; a public one stays, and who joins it next owns it. Refused: `NotAMember`, `WrongKind` (direct).
    Leave { user: UserId, room: RoomId },
    /// A private room's join code becomes `code`, since the one who is put out knows the old one.
    /// Refused: `NotAMember` (`by`), `NoSuchUser` (`user` is no member), `NotAllowed` (`by` is no moderator, or
    /// `user`'s role is not below), `WrongKind`.
    Kick { user: UserId, room: RoomId, by: UserId, code: String },
    /// By the owner only; making another the owner makes the old one a moderator. Refused as `Kick`.
    SetRole { user: UserId, room: RoomId, by: UserId, role: Role },
    /// Hides a direct room for its member until something new comes. Refused: `NotAMember`, `WrongKind`.
    Hide { user: UserId, room: RoomId },
    /// Which notices the member wants; what is so already changes nothing. Ack: `room`. Refused: `NotAMember`.
    /// Change: Read.
    Notify { user: UserId, room: RoomId, notify: Notify, muted: Option<Millis> },
}

/// Questions about members.
#[async_trait]
pub trait Members: Send + Sync {
    /// Those in the room now, in the order of the user's id, from after `after`. Unread and mentions are 0 here.
    async fn members(&self, room: &str, after: Option<&str>, limit: usize) -> Result<Vec<MemberRow>, Error>;
    /// One member's row with the room, also if they have left.
    async fn member(&self, room: &str, user: &str) -> Result<Option<(RoomRow, MemberRow)>, Error>;
    /// The ids of the rooms that `user` is in.
    async fn room_ids_of(&self, user: &str) -> Result<Vec<RoomId>, Error>;
}
