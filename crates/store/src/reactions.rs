//! Reactions: emojis that members put to a message.

use crate::{RoomId, Seq, UserId};

pub(crate) mod sql;

/// The most different emojis of one message.
pub const MOST: usize = 50;
/// How many of those who used an emoji a message names.
pub const NAMED: usize = 50;

/// One emoji of a message, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    /// The first 50 of those who use it, in the order in which they began.
    pub users: Vec<UserId>,
    /// How many use it.
    pub count: u64,
}

/// Writes to reactions.
#[derive(Clone, Debug)]
pub enum ReactionWrite {
    /// Puts `emoji` (without white space) to a message, or takes it away; what is so already changes nothing. An emoji
    /// keeps its place among the others while anybody uses it. Ack: `room`, `seq`. Refused: `NotAMember`,
    /// `NoSuchMessage`, `Deleted`, `TooMany`. Change: Message, or Touched.
    Set { room: RoomId, seq: Seq, user: UserId, emoji: String, on: bool },
}
