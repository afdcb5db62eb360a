//! Catch-up: which rows changed since a cursor, in rooms that a user may see.

use crate::messages::MessageRow;
use crate::{Change, Error, G, RoomId};
use async_trait::async_trait;

pub(crate) mod sqlite;

/// A room in which more messages changed than are worth sending one by one.
#[derive(Clone, Debug)]
pub struct Gap {
    pub room: RoomId,
    pub from: G,
    pub to: G,
    /// The newest messages, in rising `seq`.
    pub tail: Vec<MessageRow>,
}

/// What a client missed, all read from one snapshot of the database.
#[derive(Clone, Debug)]
pub struct Missed {
    /// The newest commit number in that snapshot.
    pub g: G,
    /// Everything that a new device needs, and nothing else: `Since::g` was 0, or older than what is still known to be
    /// gone.
    pub reset: bool,
    /// Own rows first, then users, then room by room the watched ones first; each with `p: 0`.
    pub changes: Vec<Change>,
    pub gaps: Vec<Gap>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Since {
    pub user: String,
    /// 0: everything that a new device needs.
    pub g: G,
    pub watch: Vec<RoomId>,
    /// More changed messages of one room than this make a [`Gap`].
    pub most_a_room: usize,
    /// How many messages a tail has.
    pub tail: usize,
}

/// The most bytes of messages that one catch-up holds; a room beyond becomes a [`Gap`].
pub(crate) const MOST_BYTES: usize = 8 << 20;
/// What a tail may have of it even where nothing is left.
const TAIL_BYTES: usize = 256 << 10;

/// About what a message takes in memory and on the wire.
pub(crate) fn weight(message: &MessageRow) -> usize {
    message.text.len() + 16 * message.mentions.len() + 256
}

/// The newest of a tail, as many as the budget bears, at least one.
pub(crate) fn lighten(mut tail: Vec<MessageRow>, budget: &mut usize) -> Vec<MessageRow> {
    let allowed = (*budget).max(TAIL_BYTES);
    let mut bytes = 0;
    let kept = tail.iter().rev().take_while(|message| {
        bytes += weight(message);
        bytes <= allowed
    });
    let kept = kept.count().max(1).min(tail.len());
    *budget = budget.saturating_sub(bytes);
    tail.split_off(tail.len() - kept)
}

/// Questions about what changed.
#[async_trait]
pub trait Sync: Send + std::marker::Sync {
    /// A random number kept with the data; new after a restore.
    async fn epoch(&self) -> Result<String, Error>;
    /// From 0: Membership of each room, the newest `tail` messages of the watched rooms the user is in. Otherwise:
    /// own rows, User rows, and of each of the user's rooms in which anything changed the Room, its Member and Message
    /// rows, and last a Read, whose counts are of now; a room joined since then only as a Membership (with a tail if
    /// watched). Messages hidden by the user are left out.
    async fn missed(&self, since: Since) -> Result<Missed, Error>;
}
