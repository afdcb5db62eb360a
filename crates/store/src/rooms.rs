//! Rooms: public and private ones with a name and a join code, and direct conversations between a set of people.

use crate::members::MemberRow;
use crate::{Error, G, Millis, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// What kind of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomKind {
    Public,
    Private,
    Direct,
}

impl RoomKind {
    /// The number that stands for it in every engine.
    pub(crate) fn code(self) -> u8 {
        match self {
            RoomKind::Public => 0,
            RoomKind::Private => 1,
            RoomKind::Direct => 2,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<RoomKind> {
        [RoomKind::Public, RoomKind::Private, RoomKind::Direct].into_iter().find(|kind| i64::from(kind.code()) == code)
    }
}

/// What of a room's past somebody sees who joins it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    #[default]
    All,
    /// What comes from their joining on.
    Joined,
}

impl History {
    /// The number that stands for it in every engine.
    pub(crate) fn code(self) -> u8 {
        match self {
            History::All => 0,
            History::Joined => 1,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<History> {
        [History::All, History::Joined].into_iter().find(|history| i64::from(history.code()) == code)
    }
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    pub id: RoomId,
    pub kind: RoomKind,
    /// Empty for direct rooms.
    pub name: String,
    pub topic: String,
    /// Eight capitals; none for direct rooms.
    pub code: Option<String>,
    /// A direct room's title; empty: the untitled one.
    pub subject: String,
    /// A direct room's people, sorted; empty otherwise.
    pub users: Vec<UserId>,
    /// How many members it has now.
    pub members: u64,
    pub created: Millis,
    /// The newest message's `seq`, 0 before the first.
    pub head: Seq,
    /// How many countable messages were ever posted: the newest message's `n`.
    pub count: u64,
    pub head_time: Option<Millis>,
    /// The newest change in the room's chain.
    pub g: G,
    /// The last change of the room itself.
    pub gv: G,
    pub deleted: bool,
    /// `Joined` in private rooms only.
    pub history: History,
}

/// Writes to rooms.
#[derive(Clone, Debug)]
pub enum RoomWrite {
    /// Makes the room and its owner's membership (who has read up to the head). Ack: `room`.
    /// Changes: Directory (public), Member, Membership.
    Create { id: RoomId, owner: UserId, kind: RoomKind, name: String, topic: String, code: String },
    /// Finds or makes the direct room of exactly `users` (sorted, the opener among them) with `subject`, and shows it
    /// again to the opener if hidden; a new one is hidden for the others until something is said in it. All are members (role member). Ack: `room`. Refused: `NoSuchUser`.
    OpenDirect { id: RoomId, opener: UserId, users: Vec<UserId>, subject: String },
    /// Absent fields stay. A new name or topic posts a line (`rename`, `topic`). Public → private: Directory with
    /// `deleted`, and the join code becomes `code`: who was put out while the room was public knows the old one.
    /// `history` is for who joins from now on; a public room's is `All`. Refused: `NotAMember`, `NotAllowed` (below
    /// moderator), `WrongKind` (direct; `Joined` for one that is not private).
    Update {
        room: RoomId,
        by: UserId,
        name: Option<String>,
        topic: Option<String>,
        kind: Option<RoomKind>,
        history: Option<History>,
        code: String,
    },
    /// A new join code; the old one ends. Refused as `Update`.
    RenewCode { room: RoomId, by: UserId, code: String },
    /// Refused: `NotAMember`, `NotAllowed` (not the owner), `WrongKind`. Changes: Room (deleted), Membership (gone)
    /// for each member, Directory (public).
    Delete { room: RoomId, by: UserId },
}

/// Questions about rooms. Deleted rooms are not found.
#[async_trait]
pub trait Rooms: Send + Sync {
    async fn room(&self, id: &str) -> Result<Option<RoomRow>, Error>;
    async fn room_by_code(&self, code: &str) -> Result<Option<RoomRow>, Error>;
    /// The room and `user`'s membership in it, if they are a member now.
    async fn room_for(&self, id: &str, user: &str) -> Result<Option<(RoomRow, Option<MemberRow>)>, Error>;
    /// All rooms in which `user` is a member now, hidden ones included.
    async fn rooms_of(&self, user: &str) -> Result<Vec<(RoomRow, MemberRow)>, Error>;
    /// Public rooms whose folded name contains `query`, in the order of (folded name, id), from after the room with
    /// id `after`, with `user`'s membership.
    async fn public_rooms(
        &self,
        user: &str,
        query: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(RoomRow, Option<MemberRow>)>, Error>;
}
