//! Pushes: how each session's browser is woken, and what of a room was sent to it.

use crate::members::Notify;
use crate::{Error, Millis, RoomId, Seq, SessionId, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// How many subscriptions a user may have.
pub const MOST: usize = 10;

/// Where a session's browser is woken, and for whom that is sealed; at most one a session, and it ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub session: SessionId,
    pub user: UserId,
    pub endpoint: String,
    /// The browser's public key: a point of P-256, uncompressed.
    pub p256dh: Vec<u8>,
    /// The secret that it shares with us.
    pub auth: Vec<u8>,
}

/// Somebody in a room who could be woken, and what they want to be told of there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub subscription: Subscription,
    pub notify: Notify,
    pub muted: Option<Millis>,
    pub read: Seq,
}

/// That something was sent of a room, up to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    pub subscription: Subscription,
    pub room: RoomId,
    pub seq: Seq,
}

/// Somebody has read a room up to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTo {
    pub user: UserId,
    pub room: RoomId,
    pub seq: Seq,
}

/// Writes to pushes; none of them is told.
#[derive(Clone, Debug)]
pub enum PushWrite {
    /// Keeps the key by which push services know this instance, unless there is one.
    Key {
        key: Vec<u8>,
    },
    /// Instead of the session's former one, and of whoever had that endpoint. Refused: `NoSuchSession`, `TooMany`.
    Subscribe(Subscription),
    Unsubscribe {
        session: SessionId,
    },
    /// What the push service says is gone.
    Gone {
        endpoint: String,
    },
    /// Notes that these sessions were sent something of the room.
    Sent {
        room: RoomId,
        seq: Seq,
        sessions: Vec<SessionId>,
    },
    /// Forgets what was sent up to there: it was read.
    Settled {
        pushed: Vec<(SessionId, RoomId, Seq)>,
    },
}

/// Questions about pushes.
#[async_trait]
pub trait Pushes: Send + Sync {
    async fn push_key(&self) -> Result<Option<Vec<u8>>, Error>;
    /// The users after that one who have a subscription, in the order of their ids, some of them more than once.
    async fn subscribers(&self, after: &str, limit: usize) -> Result<Vec<UserId>, Error>;
    async fn is_subscribed(&self, session: &str) -> Result<bool, Error>;
    /// Who in the room could be woken: of the named, and of those who want to be told of everything there; or all.
    async fn recipients(&self, room: &str, named: &[UserId], everybody: bool) -> Result<Vec<Recipient>, Error>;
    /// What was sent of the rooms up to where they were read.
    async fn pushed(&self, reads: Vec<ReadTo>) -> Result<Vec<Pushed>, Error>;
    /// To whom that message was sent as the newest of its room, and not read since.
    async fn pushed_of(&self, room: &str, seq: Seq) -> Result<Vec<Pushed>, Error>;
    /// Whether `seq` is still the newest that the session was sent of the room, and not read.
    async fn is_pushed(&self, session: &str, room: &str, seq: Seq) -> Result<bool, Error>;
}
