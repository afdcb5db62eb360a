//! A plain model of what must be true: people, rooms, members, messages, read states, without a word of how it is stored
//! or told. Commands are carried out on it one after the other; each says what the server has to answer.

mod messages;
mod own;
mod rooms;
mod view;

pub use view::compare;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A person's id.
pub type Id = String;

/// The stable code of a refusal.
pub type Code = &'static str;

#[derive(Clone, Default)]
pub struct Person {
    pub username: String,
    pub display_name: Option<String>,
    pub status: String,
    pub admin: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    Member,
    Moderator,
    Owner,
}

#[derive(Clone)]
pub struct Seat {
    pub role: Role,
    /// The first message that I may see.
    pub from: u64,
    pub read: u64,
    /// A direct room stays hidden while its head is not past this.
    pub hidden: Option<u64>,
    /// Which notices they want, and until when none.
    pub notify: Option<String>,
    pub muted: Option<String>,
}

#[derive(Clone, Default)]
pub struct Message {
    pub kind: String,
    pub author: Id,
    pub subject: Option<Id>,
    pub text: String,
    pub edited: bool,
    pub deleted: bool,
    pub reply_to: Option<u64>,
    pub mentions: BTreeSet<Id>,
    pub all: bool,
    pub reactions: Vec<(String, Vec<Id>)>,
    pub pinned: Option<Id>,
}

#[derive(Clone, Default)]
pub struct Room {
    pub kind: String,
    pub name: String,
    pub topic: String,
    pub subject: String,
    /// A direct room's people.
    pub users: BTreeSet<Id>,
    /// Who joins sees only what comes from then on.
    pub joined_only: bool,
    pub seats: BTreeMap<Id, Seat>,
    /// How often somebody has set their read position back, over all their stays.
    pub versions: BTreeMap<Id, u64>,
    pub messages: Vec<Message>,
}

/// All of it.
#[derive(Clone, Default)]
pub struct Model {
    pub people: BTreeMap<Id, Person>,
    /// The rooms that there are; deleted ones are gone.
    pub rooms: BTreeMap<String, Room>,
    /// Messages that somebody deleted for themselves.
    pub hidden: BTreeSet<(Id, String, u64)>,
    pub saved: BTreeSet<(Id, String, u64)>,
    pub drafts: BTreeMap<(Id, String), (String, Option<u64>)>,
    pub settings: BTreeMap<Id, BTreeMap<String, String>>,
    /// Codes of invitations that can be used.
    pub invitations: BTreeSet<String>,
    /// What was changed, one after the other: the room, or nobody's; and what of it.
    pub log: Vec<(Option<String>, String)>,
}

impl Room {
    pub fn head(&self) -> u64 {
        self.messages.len() as u64
    }

    pub fn message(&self, seq: u64) -> Option<&Message> {
        self.messages.get(usize::try_from(seq).ok()?.checked_sub(1)?)
    }

    fn role(&self, who: &str) -> Option<Role> {
        self.seats.get(who).map(|seat| seat.role)
    }

    /// Countable messages after the read position that are not deleted, and those of them that mention `who`.
    pub fn unread(&self, who: &str) -> (u64, u64) {
        let Some(seat) = self.seats.get(who) else { return (0, 0) };
        let (mut unread, mut mentions) = (0, 0);
        for (index, message) in self.messages.iter().enumerate() {
            if index as u64 + 1 > seat.read.max(seat.from.saturating_sub(1))
                && message.kind == "text"
                && !message.deleted
            {
                unread += 1;
                mentions += u64::from(message.all || message.mentions.contains(who));
            }
        }
        (unread, mentions)
    }
}

impl Model {
    /// Carries out a command of `who`. `answer` is what the server answered: new ids are taken from it.
    ///
    /// # Errors
    /// The code with which the server had to refuse it.
    pub fn act(&mut self, who: &str, command: &str, input: &Value, answer: &Value) -> Result<(), Code> {
        match command.split_once('.').map_or(command, |(feature, _)| feature) {
            "messages" | "reactions" | "pins" | "reads" => self.act_on_messages(who, command, input),
            "rooms" | "members" | "direct" => self.act_on_rooms(who, command, input, answer),
            _ => self.act_on_own(who, command, input, answer),
        }
    }

    /// The room, if `who` is in it.
    fn room_of(&mut self, who: &str, input: &Value) -> Result<&mut Room, Code> {
        match self.rooms.get_mut(input["room"].as_str().unwrap_or("")) {
            Some(room) if room.seats.contains_key(who) => Ok(room),
            Some(room) if room.kind == "public" => Err("rooms.not_a_member"),
            _ => Err("rooms.not_found"),
        }
    }

    /// Long after somebody has left a room nothing is known any more of how they had read it.
    pub fn forget_the_gone(&mut self) {
        for room in self.rooms.values_mut() {
            let seats = &room.seats;
            room.versions.retain(|who, _| seats.contains_key(who));
        }
    }

    fn note(&mut self, room: &Value, what: String) {
        self.log.push((room.as_str().map(str::to_string), what));
    }

    /// How many different rows that `who` may see changed after the first `from` changes, and in how many rooms.
    pub fn changes_seen(&self, who: &str, from: usize) -> (u64, u64) {
        let sees = |room: &Option<String>| {
            let room = room.as_ref();
            room.is_none_or(|room| self.rooms.get(room).is_none_or(|room| room.seats.contains_key(who)))
        };
        let rows: BTreeSet<_> = self.log[from..].iter().filter(|(room, _)| sees(room)).collect();
        let rooms: BTreeSet<_> = rows.iter().filter_map(|(room, _)| room.as_ref()).collect();
        (rows.len() as u64, rooms.len() as u64)
    }
}
