//! Writing: what can be written, what it answers, and what is told after the commit.

use crate::accounts::{AccountWrite, UserRow};
use crate::drafts::{DraftRow, DraftWrite};
use crate::import::ImportWrite;
use crate::invitations::InvitationWrite;
use crate::members::{MemberRow, MemberWrite};
use crate::messages::{MessageRow, MessageWrite};
use crate::pins::PinWrite;
use crate::pushes::PushWrite;
use crate::reactions::ReactionWrite;
use crate::reads::ReadWrite;
use crate::rooms::{RoomKind, RoomRow, RoomWrite};
use crate::saved::SavedWrite;
use crate::sessions::SessionWrite;
use crate::settings::{SettingsRow, SettingsWrite};
use crate::{G, Millis, RoomId, Seq, SessionId, UserId};
use async_trait::async_trait;
use std::collections::HashMap;

mod answer;
mod answered;
pub(crate) mod apply;

pub use answer::{Answer, Answered};

/// The client's own id of one intention: a UUID in its usual text form, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cid {
    pub id: String,
    /// A digest of what was asked: the same `id` with another input is [`Refused::CidReused`].
    pub input: i64,
}

/// On whose behalf something is written, and when by the server's clock.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Absent: the house itself (the first administrator, the command line).
    pub user: Option<UserId>,
    /// With it the write happens at most once: a repeat answers with the first [`Ack`], durably.
    pub cid: Option<Cid>,
    /// The command's name, kept with the `cid`: the same `cid` for another command is refused as well.
    pub command: &'static str,
    pub at: Millis,
    /// Makes what the write is answered with; kept with the `cid`, so that a repeat is answered with the same bytes.
    pub answer: Option<Answer>,
}

/// Everything that can be written.
#[derive(Clone, Debug)]
pub enum Write {
    Account(AccountWrite),
    Session(SessionWrite),
    Invitation(InvitationWrite),
    Room(RoomWrite),
    Member(MemberWrite),
    Message(MessageWrite),
    Read(ReadWrite),
    Reaction(ReactionWrite),
    Pin(PinWrite),
    Saved(SavedWrite),
    Draft(DraftWrite),
    Push(PushWrite),
    Settings(SettingsWrite),
    Import(ImportWrite),
}

macro_rules! writes {
    ($($kind:ident($write:ident)),*) => {$(
        impl From<$write> for Write {
            fn from(write: $write) -> Self {
                Self::$kind(write)
            }
        }
    )*};
}

writes!(
    Room(RoomWrite),
    Member(MemberWrite),
    Message(MessageWrite),
    Read(ReadWrite),
    Reaction(ReactionWrite),
    Pin(PinWrite),
    Saved(SavedWrite),
    Draft(DraftWrite),
    Push(PushWrite),
    Settings(SettingsWrite)
);

/// What a committed write answers; enough to answer a repeat of the same `cid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ack {
    /// The commit number of its last row; 0 where nothing had to change.
    pub g: G,
    pub at: Millis,
    pub user: Option<UserId>,
    pub room: Option<RoomId>,
    pub seq: Option<Seq>,
    /// What [`Origin::answer`] made of it, now or the first time.
    pub answer: Option<Vec<u8>>,
}

/// Whose chain a change belongs to. `p` links the changes of one chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Room(RoomId),
    User(UserId),
    Everybody,
}

/// One changed row, as it is now.
#[derive(Clone, Debug)]
pub struct Change {
    pub g: G,
    /// The previous `g` of the same chain; 0 in what catch-up reads.
    pub p: G,
    pub scope: Scope,
    pub row: Row,
}

/// Rows that somebody is told of. Live changes and catch-up carry the same.
#[derive(Clone, Debug)]
pub enum Row {
    /// Room chain.
    Message(MessageRow),
    /// Room chain, live only: a message changed that somebody in the room may not see, so that no more is said.
    Touched { room: RoomId, seq: Seq, gv: G },
    /// Room chain: the room itself changed (its name, topic, code, kind) or is deleted.
    Room(RoomRow),
    /// Room chain: somebody's place in the room changed.
    Member(MemberRow),
    /// A user's own chain: came to be in `room` (`role` present) or no longer is (absent).
    Membership { member: MemberRow, room: RoomRow },
    /// A user's own chain: read position or hidden changed; `head` and `count` are
    /// the room's.
    Read { member: MemberRow, head: Seq, count: u64 },
    /// A user's own chain: deleted a message for themselves.
    Hidden { user: UserId, room: RoomId, seq: Seq, gv: G },
    /// A user's own chain: keeps a message, or no longer.
    Saved { user: UserId, room: RoomId, seq: Seq, gv: G, gone: bool },
    /// A user's own chain: what they have begun to write in a room; empty: nothing any more.
    Draft(DraftRow),
    /// A user's own chain: what they have chosen, all of it.
    Settings(SettingsRow),
    /// A user's own chain: a session ended.
    SessionEnded { user: UserId, session: SessionId },
    /// Everybody's chain: a profile was made or changed.
    User(UserRow),
    /// Everybody's chain: a public room was made, renamed, made private or deleted.
    Directory(RoomRow),
}

/// Whom a change in a room concerns beside those whom its row names: they have to know it whole, wherever they look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concern {
    /// Everybody in the room.
    pub everybody: bool,
    pub users: Vec<UserId>,
}

/// Where a room stands after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomNow {
    pub kind: RoomKind,
    pub g: G,
    pub head: Seq,
    /// How many countable messages were ever posted.
    pub count: u64,
    /// When the newest message was posted.
    pub time: Option<Millis>,
}

/// What one transaction changed.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// The last commit number before it: what was committed next begins where this ends.
    pub before: G,
    /// Its own last one.
    pub g: G,
    /// In order of `g`.
    pub changes: Vec<Change>,
    /// The rooms whose chains the changes belong to.
    pub rooms: HashMap<RoomId, RoomNow>,
    /// By the `g` of the change.
    pub concerns: HashMap<G, Concern>,
    /// The `g` of each message that was posted in it.
    pub posted: Vec<G>,
}

/// Tells of what was committed. Called on the writer's thread before any of the writers is answered; must not block for
/// long.
pub type Tell = Box<dyn FnOnce() + Send>;

/// What a sink made of a transaction before its commit.
pub struct Prepared {
    /// What other nodes are told by, kept in the same transaction; absent where nothing was asked for.
    pub body: Option<Vec<u8>>,
    /// Called once the transaction is on disk; dropped where it does not come to that.
    pub tell: Tell,
}

/// Who is told after each commit.
pub trait CommitSink: Send + std::marker::Sync {
    /// One transaction is about to be committed; with `keep` a body is wanted. Called on the writer's thread.
    fn prepare(&self, committed: Committed, keep: bool) -> Prepared;

    /// Whether those who are told still are being told of what was committed. A group of writes that is not full yet
    /// waits for the end of that: until then those who write after they have heard cannot write.
    fn is_telling(&self) -> bool {
        false
    }

    /// How many writes a transaction had, refused ones too, and how long it took from its beginning to its commit.
    fn measured(&self, _writes: usize, _took: std::time::Duration) {}
}

/// A rule that only the transaction can check did not hold; nothing was written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    #[error("there is no such user")]
    NoSuchUser,
    #[error("there is no such session")]
    NoSuchSession,
    #[error("there is no such invitation")]
    NoSuchInvitation,
    #[error("there is no such room")]
    NoSuchRoom,
    #[error("there is no such message")]
    NoSuchMessage,
    #[error("not a member of the room")]
    NotAMember,
    #[error("the room is of another kind")]
    WrongKind,
    #[error("needs a higher role in the room")]
    NotAllowed,
    #[error("the name is taken")]
    NameTaken,
    #[error("no room has that code")]
    CodeUnknown,
    #[error("the invitation is used up, expired or unknown")]
    InvitationInvalid,
    #[error("the message is deleted")]
    Deleted,
    #[error("the message has changed since")]
    Stale(Box<MessageRow>),
    #[error("there are {0} of them already, and no more are allowed")]
    TooMany(usize),
    #[error("the cid was used for something else")]
    CidReused,
}

/// Why the store did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The engine is away, full or shutting down: trying again may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The data was written by a newer version.
    #[error("the database has schema {found}, this program knows up to {known}: start the newer version that wrote it")]
    NewerSchema { found: u32, known: u32 },
    #[error("the database failed: {0}")]
    Internal(String),
}

/// The one entrance for writing.
#[async_trait]
pub trait Writer: Send + std::marker::Sync {
    /// Commits `write`, grouped with whatever else is waiting, and answers after the commit. Writes are applied in
    /// the order in which they were handed over.
    async fn write(&self, origin: Origin, write: Write) -> Result<Ack, Error>;

    /// Resolves once the sink has been told of all of this node's commits that a reader can see by now: a commit is
    /// visible a moment before it is told. Answers the newest commit number that was visible, whoever made it.
    async fn told(&self) -> Result<G, Error>;

    /// Finishes what is waiting, makes a checkpoint and closes. Later calls answer [`Error::Unavailable`].
    async fn close(&self);
}
