//! Drafts: what a user has begun to write in a room, on all their devices.

use crate::{G, RoomId, Seq, UserId};

pub(crate) mod sql;

/// In how many rooms a user may have begun something.
pub const MOST: usize = 100;

/// A draft as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    pub user: UserId,
    pub room: RoomId,
    /// Empty: there is none any more.
    pub text: String,
    pub reply_to: Option<Seq>,
    pub gv: G,
}

/// Writes to drafts.
#[derive(Clone, Debug)]
pub enum DraftWrite {
    /// Keeps what was begun, or with an empty text that there is nothing; what is so already changes nothing. To have
    /// nothing needs no place in the room. Ack: `room`. Refused: `NotAMember`, `NoSuchMessage` (`reply_to`),
    /// `TooMany`. Change: Draft.
    Set { user: UserId, room: RoomId, text: String, reply_to: Option<Seq> },
}
