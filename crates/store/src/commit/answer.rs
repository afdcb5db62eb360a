//! What a write is answered with: made in its own transaction by whoever gave it, and kept for repeats.

use crate::accounts::UserRow;
use crate::members::MemberRow;
use crate::messages::MessageRow;
use crate::rooms::RoomRow;
use std::fmt;
use std::sync::Arc;

/// The row that a write is about, as its transaction leaves it.
#[derive(Clone, Debug)]
pub enum Answered {
    /// None that could be shown.
    Nothing,
    /// A message that was edited, reacted to or pinned.
    Message(MessageRow),
    /// A room that was made, changed, come into, hidden or read, with the place of the user who wrote.
    Place(RoomRow, Option<MemberRow>),
    /// Somebody whose role was set.
    Member(MemberRow),
    /// Somebody whose profile was set.
    User(UserRow),
}

/// Makes the bytes of an answer. Runs on the writer's thread: must be quick.
#[derive(Clone)]
pub struct Answer(Arc<dyn Fn(Answered) -> Vec<u8> + Send + Sync>);

impl Answer {
    pub fn new(make: impl Fn(Answered) -> Vec<u8> + Send + Sync + 'static) -> Answer {
        Answer(Arc::new(make))
    }

    pub(crate) fn make(&self, answered: Answered) -> Vec<u8> {
        (self.0)(answered)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Answer")
    }
}
