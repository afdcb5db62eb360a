//! The publisher: to whom each committed change goes, whole or as a bump, and who gains or loses a topic by it.

use super::{BumpEvent, Op};
use crate::Event;
use crate::metrics::Commits;
use crate::push::Inbox;
use hub::bus::wire::encode;
use hub::bus::{Publication, Reach};
use hub::{Hub, Topic};
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::messages::MessageKind;
use store::rooms::RoomKind;
use store::{Change, CommitSink, Committed, Concern, Prepared, RoomNow, Row, Scope};

/// Where the ops of a room go: its members who are connected, those who look at it as watchers.
pub(crate) fn in_room(room: &str) -> Topic {
    format!("r:{room}").into()
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
    /// Set before the first write: the hub of one of several nodes reads the database, which needs this.
    hub: OnceLock<Arc<Hub>>,
    commits: Arc<Commits>,
    pushes: Arc<Inbox>,
}

impl Publisher {
    pub(crate) fn new(commits: Arc<Commits>, pushes: Arc<Inbox>) -> Self {
        Self { hub: OnceLock::new(), commits, pushes }
    }

    pub(crate) fn publish_to(&self, hub: Arc<Hub>) {
        // Once, by whoever made both.
        let _ = self.hub.set(hub);
    }
}

impl CommitSink for Publisher {
    fn prepare(&self, committed: Committed, keep: bool) -> Prepared {
        let (before, g) = (committed.before, committed.g);
        let pushes = self.pushes.prepare(&committed);
        let group = group(committed);
        let body = keep.then(|| encode(&group));
        let hub = self.hub.get().cloned();
        let tell = move || {
            if let Some(hub) = hub {
                hub.commit(before, g, group);
            }
            if let Some(put) = pushes {
                put();
            }
        };
        Prepared { body, tell: Box::new(tell) }
    }

    fn is_telling(&self) -> bool {
        self.hub.get().is_some_and(|hub| hub.is_telling())
    }

    fn measured(&self, writes: usize, took: Duration) {
        self.commits.seconds.observe_time(took);
        self.commits.writes.observe(writes as f64);
    }
}

/// What is told of a transaction, step by step.
fn group(committed: Committed) -> Vec<Publication> {
    let Committed { changes, rooms, mut concerns, .. } = committed;
    let mut group = Vec::with_capacity(changes.len() + rooms.len());
    let mut bumped = HashSet::new();
    for change in changes {
        let concern = concerns.remove(&change.g).unwrap_or_default();
        let told = match &change.scope {
            Scope::Room(room) => Told::in_room(room, &change.row, rooms.get(room), concern),
            Scope::User(user) => Told::all(own(user)),
            Scope::Everybody => Told::all(everybody()),
        };
        if told.reach == Reach::Watchers
            && let Scope::Room(room) = &change.scope
            && !bumped.contains(room)
        {
            bumped.insert(room.clone());
        }
        publish(change, told, &mut group);
    }
    // One for all that happened to a room in this group: a bump has the newest values only.
    for (room, now) in rooms.iter().filter(|(room, _)| bumped.contains(*room)) {
        // A plain struct of strings and numbers: serde_json has no way to fail on it.
        let body = serde_json::to_vec(&BumpEvent::of(room, now)).unwrap_or_default();
        let event = Arc::new(Event::new("bump", body, Some(now.g)));
        group.push(Publication::Latest { topic: in_room(room), event });
    }
    group
}

/// To whom a change goes whole.
struct Told {
    topic: Topic,
    reach: Reach,
    also: Vec<Topic>,
}

impl Told {
    fn all(topic: Topic) -> Self {
        Self { topic, reach: Reach::All, also: Vec::new() }
    }

    /// Whoever looks at the room; beside them those whose unread counts or rights it changes, wherever they look: what
    /// is not told them whole, they have to be able to count from bumps.
    fn in_room(room: &str, row: &Row, now: Option<&RoomNow>, concern: Concern) -> Self {
        let told = Self::all(in_room(room));
        if concern.everybody || now.is_none_or(|now| now.kind == RoomKind::Direct) {
            return told;
        }
        let mut users = concern.users;
        match row {
            Row::Message(message) if message.deleted || message.all => return told,
            Row::Message(message) => {
                users.extend(message.mentions.iter().cloned());
                // What I say moves how far I have read; a line of the room's own does not.
                users.extend(message.author.iter().filter(|_| message.kind == MessageKind::Text).cloned());
            }
            Row::Member(_) => {}
            _ => return told,
        }
        let also = users.iter().map(|user| own(user)).collect();
        Self { reach: Reach::Watchers, also, ..told }
    }
}

/// One change's steps: who gains or loses a topic before or after the op that tells of it.
fn publish(change: Change, told: Told, group: &mut Vec<Publication>) {
    let mut afterwards = None;
    match &change.row {
        Row::Membership { member, room } => {
            let user: Arc<str> = member.user.as_str().into();
            let topic = in_room(&member.room);
            if member.role.is_some() && !room.deleted {
                group.push(Publication::Grant { user, topic });
            } else {
                group.push(Publication::Revoke { user, topics: vec![topic], g: change.g });
            }
        }
        Row::SessionEnded { session, .. } => {
            afterwards = Some(Publication::End { session: session.as_str().into() });
        }
        _ => {}
    }
    let stamp = Some(change.g);
    let body = Op::of(change, true).to_json();
    let Told { topic, reach, also } = told;
    group.push(Publication::Event { topic, reach, also, event: Arc::new(Event::new("op", body, stamp)) });
    group.extend(afterwards);
}
