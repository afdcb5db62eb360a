//! Saved messages: what a user keeps for themselves, on all their devices.

use crate::messages::MessageRow;
use crate::{Error, G, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// The most messages that a user keeps.
pub const MOST: usize = 1000;

/// Writes to saved messages.
#[derive(Clone, Debug)]
pub enum SavedWrite {
    /// Keeps a message, or no longer; what is so already changes nothing. No longer keeping one needs no place in its
    /// room. Ack: `room`, `seq`. Refused: `NotAMember`, `NoSuchMessage`, `TooMany`. Change: Saved.
    Set { room: RoomId, seq: Seq, user: UserId, on: bool },
}

/// A page of what a user keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedPage {
    /// Saved last first.
    pub messages: Vec<MessageRow>,
    /// From where the next page goes on; None: there is no more.
    pub next: Option<G>,
}

/// Questions about saved messages.
#[async_trait]
pub trait Saved: Send + Sync {
    /// Those saved before commit number `before`, without what the user may not see (any more).
    async fn saved(&self, user: &str, before: G, limit: usize) -> Result<SavedPage, Error>;
}
