//! Events: from a changed row to the op that clients hear, and to whom; live and in catch-up the same.

mod publisher;

pub(crate) use publisher::{Publisher, everybody, in_room, own};

use crate::clock::Time;
use crate::drafts::Draft;
use crate::members::{Member, Membership};
use crate::messages::Message;
use crate::rooms::Room;
use crate::saved::SavedMessage;
use crate::settings::own::OwnSettings;
use crate::users::User;
use schemars::JsonSchema;
use serde::Serialize;
use store::rooms::{RoomKind, RoomRow};
use store::{Change, RoomNow, Row, Scope};

/// Whose chain an op without a room belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OpScope {
    Me,
    All,
}

/// The pushed event `op`: something changed; the value is always the whole current one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Op {
    pub g: u64,
    /// The room whose chain this is; null: see `scope`.
    pub room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<OpScope>,
    /// The previous `g` of the same chain; absent within a `chunk`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<u64>,
    #[serde(flatten)]
    pub what: What,
}

/// What changed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum What {
    Message(Message),
    Touched(TouchedMessage),
    Member(Member),
    Room(Room),
    Membership(MyRoom),
    Read(Membership),
    Hidden(HiddenMessage),
    Saved(SavedMessage),
    Draft(Draft),
    Settings(OwnSettings),
    Session(EndedSession),
    User(User),
    Directory(Room),
}

/// The pushed event `bump`: something happened in a room that this connection does not watch. The newest values only.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BumpEvent {
    pub room: String,
    /// The room's newest change.
    pub g: u64,
    /// The newest message's `seq`.
    pub head: u64,
    /// How many countable messages were ever posted.
    pub count: u64,
    /// When the newest message was posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
}

impl BumpEvent {
    fn of(room: &str, now: &RoomNow) -> Self {
        Self { room: room.to_owned(), g: now.g, head: now.head, count: now.count, time: now.time.map(Time) }
    }
}

/// My place in a room has begun or ended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum MyRoom {
    Here {
        #[serde(flatten)]
        membership: Membership,
        room_value: Box<Room>,
    },
    /// Forget the room.
    Gone { room: String, gone: bool },
}

/// A message that changed, of which no more is said because somebody in the room may not see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TouchedMessage {
    pub room: String,
    pub seq: u64,
    pub gv: u64,
}

/// A message that I deleted for myself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HiddenMessage {
    pub room: String,
    pub seq: u64,
    pub gv: u64,
}

/// One of my sessions that has ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EndedSession {
    pub id: String,
    pub ended: bool,
}

impl Op {
    /// A live op links to the one before; one read for catch-up does not.
    pub(crate) fn of(change: Change, live: bool) -> Self {
        let (room, scope) = match change.scope {
            Scope::Room(room) => (Some(room), None),
            Scope::User(_) => (None, Some(OpScope::Me)),
            Scope::Everybody => (None, Some(OpScope::All)),
        };
        Self { g: change.g, room, scope, p: live.then_some(change.p), what: what(change.row) }
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Plain structs of strings and numbers: serde_json has no way to fail on them.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn what(row: Row) -> What {
    match row {
        Row::Message(row) => What::Message(row.into()),
        Row::Room(row) => What::Room(row.into()),
        Row::Member(row) => What::Member(row.into()),
        Row::Membership { member, room } if member.role.is_some() && !room.deleted => {
            let membership = Membership::of(member, room.head, room.count);
            What::Membership(MyRoom::Here { membership, room_value: Box::new(room.into()) })
        }
        Row::Membership { member, .. } => What::Membership(MyRoom::Gone { room: member.room, gone: true }),
        Row::Read { member, head, count } => What::Read(Membership::of(member, head, count)),
        Row::Hidden { room, seq, gv, .. } => What::Hidden(HiddenMessage { room, seq, gv }),
        Row::Touched { room, seq, gv } => What::Touched(TouchedMessage { room, seq, gv }),
        Row::Saved { room, seq, gv, gone, .. } => What::Saved(SavedMessage { room, seq, gv, gone }),
        Row::Draft(row) => What::Draft(row.into()),
        Row::Settings(row) => What::Settings(row.into()),
        Row::SessionEnded { session, .. } => What::Session(EndedSession { id: session, ended: true }),
        Row::User(row) => What::User(row.into()),
        Row::Directory(row) => What::Directory(listed(row)),
    }
}

/// A room as everybody may see it; one that is no longer listed tells nothing but that.
fn listed(mut row: RoomRow) -> Room {
    row.code = None;
    if row.deleted {
        row.kind = RoomKind::Public;
        (row.name, row.topic) = (String::new(), String::new());
        (row.members, row.head, row.count, row.head_time, row.g) = (0, 0, 0, None, row.gv);
    }
    row.into()
}
