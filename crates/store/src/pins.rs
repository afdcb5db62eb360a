//! Pins: messages that members keep in sight for the whole room.

use crate::messages::MessageRow;
use crate::{Error, RoomId, Seq, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// The most pinned messages of a room.
pub const MOST: usize = 100;

/// Writes to pins.
#[derive(Clone, Debug)]
pub enum PinWrite {
    /// Pins a message, or takes the pin away; what is so already changes nothing. Ack: `room`, `seq`. Refused:
    /// `NotAMember`, `NoSuchMessage`, `Deleted`, `TooMany`. Change: Message, or Touched.
    Set { room: RoomId, seq: Seq, by: UserId, on: bool },
}

/// Questions about pins. Access is checked before, by the rules.
#[async_trait]
pub trait Pins: Send + Sync {
    /// The pinned messages of the room that `user` may see, the newest pin first.
    async fn pins(&self, room: &str, user: &str) -> Result<Vec<MessageRow>, Error>;
}
