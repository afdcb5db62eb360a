//! All that rests on disk: one file a feature holds its rows and questions, its folder the SQL and the rules, written
//! once for both engines.
//!
//! Writing has one entrance, [`Database::write`]: the engine groups waiting writes into one transaction, and after
//! the commit hands the changed rows, in order of their commit number `g`, to the one [`CommitSink`]; only then are
//! the writers answered. Reading is a trait a feature. What a connection missed ([`sync`]) is read from the same rows.

pub mod accounts;
pub mod commit;
pub mod copy;
pub mod drafts;
mod engine;
pub mod import;
pub mod invitations;
pub mod members;
pub mod messages;
mod migrations;
pub mod outbox;
pub mod pins;
pub mod postgres;
pub mod pushes;
pub mod reactions;
pub mod reads;
pub mod rooms;
pub mod saved;
pub mod sessions;
pub mod settings;
mod sql;
pub mod sqlite;
pub mod sync;

pub use commit::{
    Ack, Answer, Answered, Change, Cid, CommitSink, Committed, Concern, Error, Origin, Prepared, Refused, RoomNow, Row,
    Scope, Write,
};

pub use migrations::known as known_schema;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;
/// The commit number: one counter an instance, strictly in commit order, one for each changed row.
pub type G = u64;
/// A message's place in its room: dense, from 1.
pub type Seq = u64;
/// A user's id as it is shown and stored: 12 characters of `0-9a-z`, random.
pub type UserId = String;
/// A room's id, of the same form.
pub type RoomId = String;
/// A session's id, of the same form.
pub type SessionId = String;

/// Everything an engine answers.
pub trait Database:
    accounts::Accounts
    + invitations::Invitations
    + members::Members
    + messages::Messages
    + outbox::Outbox
    + pins::Pins
    + pushes::Pushes
    + reads::Reads
    + rooms::Rooms
    + saved::Saved
    + sessions::Sessions
    + settings::Settings
    + sync::Sync
    + commit::Writer
{
}
