//! Import: histories from elsewhere, safe to run again.

use crate::{Millis, RoomId, Seq, UserId};

pub(crate) mod sql;

/// A line of an import. Its author and room exist already.
#[derive(Clone, Debug)]
pub struct ImportLine {
    pub author: Option<UserId>,
    pub text: String,
    pub time: Millis,
    pub mentions: Vec<UserId>,
    /// The message answered, where the source knows it.
    pub reply_to: Option<Seq>,
    /// What makes the line itself: a line whose digest the room already holds is not written again.
    pub digest: [u8; 16],
}

/// Writes of an import. No changes are told: an import runs while nobody is connected.
#[derive(Clone, Debug)]
pub enum ImportWrite {
    /// Finds the room that an import made under `key`, or makes a public one without an owner. Ack: `room`.
    Room { id: RoomId, key: String, name: String, code: String },
    /// Finds the account by `name_key`, or makes one without a password. Ack: `user`.
    /// Refused: `NameTaken` where only the look-alike form is taken.
    User { id: UserId, username: String, name_key: String, skeleton: String, created: Millis },
    /// Appends lines in order. Authors become members (joined at the time of their first line). Everybody has read
    /// everything: members' `read` is the head. Mentions are kept with the message, without a notification.
    /// Ack: `seq` is how many lines were new.
    Lines { room: RoomId, lines: Vec<ImportLine> },
}
