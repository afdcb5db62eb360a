//! Read state: how far each member has read. Nothing is written per member when a message is posted.
//!
//! Unread is the room's `count` less the `n` of the message read up to, less the deleted ones after it; mentions are
//! the user's mention rows after it and the calls to everybody. Both are computed when asked, never stored.

use crate::{Cid, Error, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// A read position. Where versions differ the higher one counts, otherwise the further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub version: u64,
    pub read: Seq,
}

/// What somebody wants of their read position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    pub seq: Seq,
    /// The version that the device knows, or one more to mark as unread. None: back is meant as back.
    pub version: Option<u64>,
}

impl Position {
    /// The position after a wish. Wishes with versions may come in any order: the end is the same.
    pub fn after(self, wish: Wish) -> Position {
        match wish.version {
            None => Position { version: self.version + u64::from(wish.seq < self.read), read: wish.seq },
            Some(version) => self.max(Position { version: version.min(self.version + 1), read: wish.seq }),
        }
    }
}

/// A wish of one intention.
#[derive(Clone, Debug)]
pub struct Intended {
    pub cid: Option<Cid>,
    pub wish: Wish,
}

/// Writes to read state.
#[derive(Clone, Debug)]
pub enum ReadWrite {
    /// Moves the position ([`Position::after`]), from where the user may see to the head. What is so already changes
    /// nothing. Ack: `room`, `seq`. Refused: `NotAMember`. Change: Read.
    Set { user: UserId, room: RoomId, wish: Wish },
    /// As many of these, one after the other, told once; each `cid` is answered alike. Refused besides: `CidReused`
    /// where any `cid` was known before; then nothing was done.
    Several { user: UserId, room: RoomId, wishes: Vec<Intended> },
}

/// Questions about read state.
#[async_trait]
pub trait Reads: Send + Sync {
    /// Over all rooms that `user` is in: (unread, mentions).
    async fn totals(&self, user: &str) -> Result<(u64, u64), Error>;
}

#[cfg(test)]
mod tests;
