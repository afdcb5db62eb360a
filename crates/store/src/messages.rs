//! Messages: what was said in a room, and the room's own lines.

use crate::reactions::Reaction;
use crate::{Error, G, Millis, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// What kind of line a message is. Only `Text` counts as unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    Text,
    Join,
    Leave,
    Kick,
    Rename,
    Topic,
}

impl MessageKind {
    /// The number that stands for it in every engine.
    pub(crate) fn code(self) -> u8 {
        match self {
            MessageKind::Text => 0,
            MessageKind::Join => 1,
            MessageKind::Leave => 2,
            MessageKind::Kick => 3,
            MessageKind::Rename => 4,
            MessageKind::Topic => 5,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<MessageKind> {
        use MessageKind::{Join, Kick, Leave, Rename, Text, Topic};
        [Text, Join, Leave, Kick, Rename, Topic].into_iter().find(|kind| i64::from(kind.code()) == code)
    }
}

/// A message as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    pub room: RoomId,
    pub seq: Seq,
    pub gv: G,
    pub kind: MessageKind,
    /// None: an account that no longer exists.
    pub author: Option<UserId>,
    /// Whom a line is about, where it is not its author (kick).
    pub subject: Option<UserId>,
    /// Empty once deleted.
    pub text: String,
    pub time: Millis,
    /// Countable messages in the room up to this one.
    pub n: u64,
    pub edited: Option<Millis>,
    pub deleted: bool,
    pub reply_to: Option<Seq>,
    pub mentions: Vec<UserId>,
    /// It mentions everybody in the room.
    pub all: bool,
    /// In the order in which the emojis were first used.
    pub reactions: Vec<Reaction>,
    pub pinned: Option<Pinned>,
}

/// That somebody pinned a message, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    pub by: UserId,
    pub time: Millis,
}

/// Writes to messages.
#[derive(Clone, Debug)]
pub enum MessageWrite {
    /// Posts to a room; moves the author's `read` to it; shows a hidden direct room again (by its head passing
    /// `hidden`). Mentions of people who are not members are dropped, and so is `all` (a mention of everybody) in a
    /// room of one, and in one of more than 100 unless `author` is a moderator. Ack: `room`, `seq`.
    /// Refused: `NotAMember`, `NoSuchMessage` (`reply_to`). Change: Message.
    Post { room: RoomId, author: UserId, text: String, reply_to: Option<Seq>, mentions: Vec<UserId>, all: bool },
    /// Keeps the former text as a revision (the newest 100 of a message). Refused: `NotAMember`, `NoSuchMessage` (also
    /// a line of the room's own, or one that `by` may not see or has hidden), `NotAllowed` (not the author), `Deleted`,
    /// `Stale` (with `expected`, if the words have changed since). Change: Message, or Touched.
    Edit { room: RoomId, seq: Seq, by: UserId, text: String, mentions: Vec<UserId>, all: bool, expected: Option<G> },
    /// Leaves a tombstone: no text, no mentions, no revisions, no reactions, no pin. Repeating it changes nothing. Refused: as `Edit`, but
    /// a moderator may.
    Delete { room: RoomId, seq: Seq, by: UserId },
    /// Hides it for one user for good. Refused: `NotAMember`, `NoSuchMessage`. Change: Hidden.
    Hide { room: RoomId, seq: Seq, user: UserId },
}

/// Where a page of history stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Newest,
    Before(Seq),
    After(Seq),
    /// Half before, it and half after.
    Around(Seq),
}

/// A page of history in rising `seq`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub messages: Vec<MessageRow>,
    pub more_before: bool,
    pub more_after: bool,
}

/// A former text of an edited message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub text: String,
    pub time: Millis,
}

/// Questions about messages. Access is checked before, by the rules.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Without those that `user` has hidden and those from before their time. Cost: the page, wherever it stands.
    async fn page(&self, room: &str, user: &str, anchor: Anchor, limit: usize) -> Result<Page, Error>;
    /// None where there is none, or `user` has hidden it or may not see what is so old.
    async fn message(&self, room: &str, seq: Seq, user: &str) -> Result<Option<MessageRow>, Error>;
    /// Oldest first; the newest 100 are kept.
    async fn revisions(&self, room: &str, seq: Seq) -> Result<Vec<Revision>, Error>;
}
