//! Events: from a changed row to the op that clients hear, and to whom; live and in catch-up the same.

use crate::Event;
use crate::members::{Member, Membership};
use crate::messages::Message;
use crate::metrics::Commits;
use crate::rooms::Room;
use crate::users::User;
use hub::bus::Publication;
use hub::{Hub, Topic};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use store::rooms::{RoomKind, RoomRow};
use store::{Change, CommitSink, Row, Scope};

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
    Member(Member),
    Room(Room),
    Membership(MyRoom),
    Read(Membership),
    Hidden(HiddenMessage),
    Session(EndedSession),
    User(User),
    Directory(Room),
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

/// Where the ops of a room go: its members who are connected.
pub(crate) fn in_room(room: &str) -> Topic {
    format!("r:{room}").into()
}

/// Where typing and presence of a room go: those who look at it.
pub(crate) fn watched(room: &str) -> Topic {
    format!("w:{room}").into()
}

/// Where a user's own ops go.
pub(crate) fn own(user: &str) -> Topic {
    format!("u:{user}").into()
}

/// Where everybody's ops go.
pub(crate) fn everybody() -> Topic {
    "*".into()
}

/// Publishes what was committed.
pub(crate) struct Publisher {
    hub: Arc<Hub>,
    commits: Arc<Commits>,
}

impl Publisher {
    pub(crate) fn new(hub: Arc<Hub>, commits: Arc<Commits>) -> Self {
        Self { hub, commits }
    }
}

impl CommitSink for Publisher {
    fn committed(&self, changes: Vec<Change>) {
        let mut group = Vec::with_capacity(changes.len());
        for change in changes {
            publish(change, &mut group);
        }
        self.hub.publish(group);
    }

    fn measured(&self, writes: usize, took: Duration) {
        self.commits.seconds.observe_time(took);
        self.commits.writes.observe(writes as f64);
    }
}

/// One change's steps: who gains or loses a topic before or after the op that tells of it.
fn publish(change: Change, group: &mut Vec<Publication>) {
    let topic = match &change.scope {
        Scope::Room(room) => in_room(room),
        Scope::User(user) => own(user),
        Scope::Everybody => everybody(),
    };
    let mut afterwards = None;
    match &change.row {
        Row::Membership { member, room } => {
            let user: Arc<str> = member.user.as_str().into();
            if member.role.is_some() && !room.deleted {
                group.push(Publication::Grant { user, topic: in_room(&member.room) });
            } else {
                let topics = vec![in_room(&member.room), watched(&member.room)];
                group.push(Publication::Revoke { user, topics });
            }
        }
        Row::SessionEnded { session, .. } => {
            afterwards = Some(Publication::End { session: session.as_str().into() });
        }
        _ => {}
    }
    let stamp = Some(change.g);
    let body = Op::of(change, true).to_json();
    group.push(Publication::Event { topic, event: Arc::new(Event::new("op", body, stamp)) });
    group.extend(afterwards);
}
