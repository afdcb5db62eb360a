//! A client's copy of what one user may see, kept up with live changes or with what catch-up reads.

use std::collections::{BTreeMap, BTreeSet};
use store::accounts::UserRow;
use store::drafts::DraftRow;
use store::members::{MemberRow, Role};
use store::messages::{MessageKind, MessageRow};
use store::settings::SettingsRow;
use store::sync::Missed;
use store::{Change, G, Millis, RoomId, Row, Scope, Seq, UserId};

/// The public part of a member row.
type Part = (Option<Role>, Millis, G);

/// A room that the user is in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// What the room itself is: name, topic, code, kind, `gv`.
    pub face: (String, String, Option<String>, String, G),
    pub head: Seq,
    /// Read position, version, hidden, `own_gv`.
    pub own: (Seq, u64, Option<Seq>, G),
    pub messages: BTreeMap<Seq, MessageRow>,
    pub members: BTreeMap<UserId, Part>,
    /// The `g` of the coming: what was before is not held.
    pub since: G,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replica {
    pub user: UserId,
    pub rooms: BTreeMap<RoomId, Held>,
    pub users: BTreeMap<UserId, UserRow>,
    pub hidden: BTreeSet<(RoomId, Seq)>,
    pub ended: BTreeSet<String>,
    pub saved: BTreeMap<(RoomId, Seq), G>,
    pub drafts: BTreeMap<RoomId, DraftRow>,
    pub settings: SettingsRow,
    /// Held messages that changed, to be asked for.
    pub touched: BTreeSet<(RoomId, Seq)>,
}

impl Replica {
    pub fn of(user: &str) -> Replica {
        Replica { user: user.into(), ..Replica::default() }
    }

    /// Applies a live change, if this user is told of it.
    pub fn hear(&mut self, change: &Change) {
        let mine = match &change.scope {
            Scope::Everybody => true,
            Scope::User(user) => *user == self.user,
            Scope::Room(room) => self.rooms.contains_key(room),
        };
        if mine {
            self.apply(change, true);
        }
    }

    /// Applies what was missed.
    pub fn catch_up(&mut self, missed: &Missed) {
        assert!(missed.gaps.is_empty());
        for change in &missed.changes {
            self.apply(change, false);
        }
    }

    fn apply(&mut self, change: &Change, live: bool) {
        match &change.row {
            Row::Message(message) => self.message(message, live),
            Row::Room(room) if room.deleted => {}
            Row::Room(room) => {
                if let Some(held) = self.rooms.get_mut(&room.id) {
                    held.face = face(room);
                }
            }
            Row::Member(member) => {
                if let Some(held) = self.rooms.get_mut(&member.room) {
                    held.members.insert(member.user.clone(), (member.role, member.joined, member.gv));
                }
            }
            Row::Membership { member, room } => {
                self.rooms.remove(&room.id);
                if member.role.is_some() {
                    let (face, own) = (face(room), own(member));
                    let held = Held { face, own, head: room.head, since: change.g, ..Held::default() };
                    self.rooms.insert(room.id.clone(), held);
                }
            }
            Row::Read { member, .. } => {
                if let Some(held) = self.rooms.get_mut(&member.room) {
                    held.own = own(member);
                }
            }
            Row::Touched { room, seq, .. } => {
                if self.rooms.get(room).is_some_and(|held| held.messages.contains_key(seq)) {
                    self.touched.insert((room.clone(), *seq));
                }
            }
            Row::Saved { room, seq, gone: true, .. } => drop(self.saved.remove(&(room.clone(), *seq))),
            Row::Saved { room, seq, gv, .. } => drop(self.saved.insert((room.clone(), *seq), *gv)),
            Row::Draft(draft) if draft.text.is_empty() => drop(self.drafts.remove(&draft.room)),
            Row::Draft(draft) => drop(self.drafts.insert(draft.room.clone(), draft.clone())),
            Row::Settings(settings) => self.settings = settings.clone(),
            Row::Hidden { room, seq, .. } => {
                self.hidden.insert((room.clone(), *seq));
                if let Some(held) = self.rooms.get_mut(room) {
                    held.messages.remove(seq);
                }
            }
            Row::SessionEnded { session, .. } => {
                self.ended.insert(session.clone());
            }
            Row::User(user) => {
                self.users.insert(user.id.clone(), user.clone());
            }
            Row::Directory(_) => {}
        }
    }

    fn message(&mut self, message: &MessageRow, live: bool) {
        let Some(held) = self.rooms.get_mut(&message.room) else { return };
        // The one thing that needs no change of its own: what I wrote I have read.
        let mine = message.author.as_ref() == Some(&self.user) && message.kind == MessageKind::Text;
        if live && mine && message.seq > held.head {
            (held.own.0, held.own.3) = (message.seq, message.gv);
        }
        held.head = held.head.max(message.seq);
        if !self.hidden.contains(&(message.room.clone(), message.seq)) {
            held.messages.insert(message.seq, message.clone());
        }
    }

    /// The same without what one that came later cannot hold: messages and members of rooms come to after `g`.
    pub fn as_known_since(&self, g: G) -> Replica {
        let mut known = self.clone();
        for held in known.rooms.values_mut().filter(|held| held.since > g) {
            held.messages.clear();
            held.members.clear();
            held.since = 0;
        }
        known
    }
}

fn face(room: &store::rooms::RoomRow) -> (String, String, Option<String>, String, G) {
    (room.name.clone(), room.topic.clone(), room.code.clone(), format!("{:?}", room.kind), room.gv)
}

fn own(member: &MemberRow) -> (Seq, u64, Option<Seq>, G) {
    (member.read, member.version, member.hidden, member.own_gv)
}
