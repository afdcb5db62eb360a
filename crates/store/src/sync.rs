//! Catch-up: which rows changed since a cursor, in rooms that a user may see.

use crate::messages::MessageRow;
use crate::{Change, Error, G, RoomId};
use async_trait::async_trait;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

mod blocks;
pub(crate) mod sql;

/// A room in which more messages changed than are worth sending one by one.
#[derive(Clone, Debug)]
pub struct Gap {
    pub room: RoomId,
    pub from: G,
    pub to: G,
    /// The newest messages, in rising `seq`.
    pub tail: Vec<MessageRow>,
}

/// What changed in a room for whoever sees all of it: the same for everybody who missed the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub room: RoomId,
    /// What came after this commit number,
    pub from: G,
    /// up to this one, the room's newest.
    pub to: G,
    /// Where its changes stand among [`Missed::changes`]; empty where they were [`Since::known`].
    pub changes: Range<usize>,
    pub known: bool,
}

/// What a block of 256 messages of a room comes to, as one user sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub room: RoomId,
    /// The messages from `256 * block + 1` on.
    pub block: u64,
    pub digest: u64,
}

/// What a client missed, all read from one snapshot of the database.
#[derive(Clone, Debug)]
pub struct Missed {
    /// The newest commit number in that snapshot.
    pub g: G,
    /// Everything that a new device needs, and nothing else: `Since::g` was 0, or older than what is still known to be
    /// gone.
    pub reset: bool,
    /// Own rows first, then users, then rooms: the watched ones, those of which only the head is told, the others; each
    /// with `p: 0`.
    pub changes: Vec<Change>,
    pub gaps: Vec<Gap>,
    /// Which of the changes are the same for everybody.
    pub spans: Vec<Span>,
    /// Of the blocks that were asked for.
    pub digests: Vec<Digest>,
}

/// Whether a span (room, from, to) is known already, so that its changes need not be read.
pub type Known = Arc<dyn Fn(&str, G, G) -> bool + Send + std::marker::Sync>;

/// What is asked.
#[derive(Clone)]
pub struct Since {
    pub user: String,
    /// 0: everything that a new device needs. In [`Sync::missed_in`] it means nothing.
    pub g: G,
    pub watch: Vec<RoomId>,
    /// Up to where the client holds each of these rooms; 0: nothing of it. None: every room up to `g`.
    pub held: Option<HashMap<RoomId, G>>,
    /// Blocks whose digests are asked for.
    pub blocks: Vec<(RoomId, u64)>,
    /// More changed messages of one room than this make a [`Gap`].
    pub most_a_room: usize,
    /// How many messages a tail has.
    pub tail: usize,
    pub known: Known,
}

impl Since {
    /// Everything since `g`, with gaps beyond `most_a_room` messages of a room.
    pub fn new(user: &str, g: G, watch: Vec<RoomId>, most_a_room: usize, tail: usize) -> Self {
        let (held, blocks, known): (_, _, Known) = (None, Vec::new(), Arc::new(|_, _, _| false));
        Self { user: user.to_owned(), g, watch, held, blocks, most_a_room, tail, known }
    }
}

/// A block that a client holds otherwise, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub digest: Digest,
    pub messages: Vec<MessageRow>,
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
    /// watched). With `held`, of rooms that are not in it only the Room and the Read; a watched room that is held up to 0
    /// is a gap. Messages hidden by the user are left out.
    async fn missed(&self, since: Since) -> Result<Missed, Error>;
    /// The same of the rooms in `held` alone, without own rows and users; those that the user is not in are passed over.
    async fn missed_in(&self, since: Since) -> Result<Missed, Error>;
    /// Those of these blocks whose digest is another, whole, and whether there are more of them than can be told at once.
    /// Rooms that the user is not in are passed over.
    async fn differing(&self, user: &str, held: Vec<Digest>) -> Result<(Vec<Block>, bool), Error>;
}
