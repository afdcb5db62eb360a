//! Read state: how far each member has read. Nothing is written per member when a message is posted.
//!
//! Unread is the room's `count` less the `n` of the message read up to, less the deleted ones after it; mentions are
//! the user's mention rows after it. Both are computed when asked, never stored.

use crate::{Error, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sqlite;

/// Writes to read state.
#[derive(Clone, Debug)]
pub enum ReadWrite {
    /// Moves the position to `seq` (at most the head). Moving back (mark as unread) raises `version`.
    /// An equal position changes nothing. Refused: `NotAMember`. Change: Read.
    Set { user: UserId, room: RoomId, seq: Seq },
}

/// Questions about read state.
#[async_trait]
pub trait Reads: Send + Sync {
    /// Over all rooms that `user` is in: (unread, mentions).
    async fn totals(&self, user: &str) -> Result<(u64, u64), Error>;
}
