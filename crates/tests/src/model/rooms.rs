//! Rooms and members in the model.

use super::{Code, Id, Message, Model, Role, Room, Seat};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Model {
    pub(super) fn act_on_rooms(&mut self, who: &str, command: &str, input: &Value, answer: &Value) -> Result<(), Code> {
        match command {
            "rooms.create" => self.create(who, input, answer),
            "direct.open" => return self.open_direct(who, input, answer),
            "rooms.join" => return self.join(who, input, answer),
            "rooms.leave" => return self.leave(who, input),
            "rooms.hide" => {
                let room = self.room_of(who, input)?;
                if room.kind != "direct" {
                    return Err("rooms.wrong_kind");
                }
                let head = room.head();
                if let Some(seat) = room.seats.get_mut(who) {
                    seat.hidden = Some(head);
                }
            }
            "rooms.notify" => {
                let said = |field: &str| input[field].as_str().map(str::to_string);
                if let Some(seat) = self.room_of(who, input)?.seats.get_mut(who) {
                    (seat.notify, seat.muted) = (said("level"), said("muted_until"));
                }
            }
            "rooms.update" => self.update(who, input)?,
            "rooms.renew_code" => {
                self.moderated(who, input)?;
            }
            "rooms.delete" => {
                let room = self.room_of(who, input)?;
                match (room.kind.as_str(), room.role(who)) {
                    ("direct", _) => return Err("rooms.wrong_kind"),
                    (_, Some(Role::Owner)) => {}
                    _ => return Err("rooms.not_allowed"),
                }
                self.rooms.remove(input["room"].as_str().unwrap_or(""));
            }
            "members.kick" => self.kick(who, input)?,
            "members.set_role" => self.set_role(who, input)?,
            _ => return Err("commands.unknown"),
        }
        let room = if command == "rooms.create" { &answer["id"] } else { &input["room"] };
        self.note(room, format!("{command} {}", input["user"]));
        Ok(())
    }

    fn create(&mut self, who: &str, input: &Value, answer: &Value) {
        let text = |field: &str| input[field].as_str().unwrap_or("").to_string();
        let mut room = Room { kind: text("kind"), name: text("name"), topic: text("topic"), ..Room::default() };
        seat(&mut room, who, Role::Owner);
        self.rooms.insert(answer["id"].as_str().unwrap_or("").into(), room);
    }

    fn open_direct(&mut self, who: &str, input: &Value, answer: &Value) -> Result<(), Code> {
        let mut users: BTreeSet<Id> = input["users"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|user| Some(user.as_str()?.to_string()))
            .collect();
        users.insert(who.into());
        if users.iter().any(|user| !self.people.contains_key(user)) {
            return Err("users.not_found");
        }
        let subject = input["subject"].as_str().unwrap_or("").to_string();
        let found = self
            .rooms
            .values_mut()
            .find(|room| room.kind == "direct" && room.users == users && room.subject == subject);
        if let Some(room) = found {
            if let Some(seat) = room.seats.get_mut(who) {
                seat.hidden = None;
            }
        } else {
            let mut room = Room { kind: "direct".into(), users: users.clone(), subject, ..Room::default() };
            for user in &users {
                seat(&mut room, user, Role::Member);
                if let (true, Some(seat)) = (user != who, room.seats.get_mut(user)) {
                    seat.hidden = Some(0);
                }
            }
            self.rooms.insert(answer["id"].as_str().unwrap_or("").into(), room);
        }
        self.note(&answer["id"], format!("direct.open by {who}"));
        Ok(())
    }

    fn join(&mut self, who: &str, input: &Value, answer: &Value) -> Result<(), Code> {
        // A code is somebody's secret: the answer says which room it opens.
        let by_code = input.get("code").is_some();
        let id = if by_code { &answer["id"] } else { &input["room"] };
        let Some(room) = self.rooms.get_mut(id.as_str().unwrap_or("")) else {
            return Err(if by_code { "rooms.code_unknown" } else { "rooms.not_found" });
        };
        if room.seats.contains_key(who) {
            return Ok(());
        }
        if !by_code && room.kind != "public" {
            return Err("rooms.not_found");
        }
        line(room, "join", who, None, "");
        let role = if room.seats.is_empty() { Role::Owner } else { Role::Member };
        seat(room, who, role);
        self.note(&id.clone(), format!("join of {who}"));
        Ok(())
    }

    fn leave(&mut self, who: &str, input: &Value) -> Result<(), Code> {
        let room = self.room_of(who, input)?;
        if room.kind == "direct" {
            return Err("rooms.wrong_kind");
        }
        if room.kind == "private" && room.seats.len() == 1 {
            self.rooms.remove(input["room"].as_str().unwrap_or(""));
            self.note(&input["room"], "end".into());
            return Ok(());
        }
        line(room, "leave", who, None, "");
        room.seats.remove(who);
        self.note(&input["room"], format!("leave of {who}"));
        Ok(())
    }

    /// Whether an owner has gone and somebody must take over.
    pub fn lacks_owner(&self, room: &str) -> bool {
        let Some(room) = self.rooms.get(room) else { return false };
        room.kind != "direct" && !room.seats.is_empty() && room.seats.values().all(|seat| seat.role != Role::Owner)
    }

    /// The server made `owner` the owner of a room whose owner had left. Answers whether it may.
    pub fn takes_over(&mut self, room: &str, owner: &str) -> bool {
        let Some(room) = self.rooms.get_mut(room) else { return false };
        let highest = room.seats.values().map(|seat| seat.role).max();
        match room.seats.get_mut(owner) {
            Some(seat) if Some(seat.role) == highest => {
                seat.role = Role::Owner;
                true
            }
            _ => false,
        }
    }

    /// The room, if `who` moderates it.
    fn moderated(&mut self, who: &str, input: &Value) -> Result<&mut Room, Code> {
        let room = self.room_of(who, input)?;
        match (room.kind.as_str(), room.role(who)) {
            ("direct", _) => Err("rooms.wrong_kind"),
            (_, Some(Role::Member) | None) => Err("rooms.not_allowed"),
            _ => Ok(room),
        }
    }

    fn update(&mut self, who: &str, input: &Value) -> Result<(), Code> {
        let room = self.moderated(who, input)?;
        if let Some(name) = input["name"].as_str().filter(|name| *name != room.name) {
            room.name = name.into();
            line(room, "rename", who, None, name);
        }
        if let Some(topic) = input["topic"].as_str().filter(|topic| *topic != room.topic) {
            room.topic = topic.into();
            line(room, "topic", who, None, topic);
        }
        if let Some(kind) = input["kind"].as_str() {
            room.kind = kind.into();
        }
        if let Some(history) = input["history"].as_str() {
            room.joined_only = history == "joined";
        }
        Ok(())
    }

    fn kick(&mut self, who: &str, input: &Value) -> Result<(), Code> {
        let user = input["user"].as_str().unwrap_or("");
        let room = self.room_of(who, input)?;
        if room.kind == "direct" {
            return Err("rooms.wrong_kind");
        }
        let Some(role) = room.role(user) else { return Err("users.not_found") };
        let mine = room.role(who);
        if mine < Some(Role::Moderator) || Some(role) >= mine {
            return Err("rooms.not_allowed");
        }
        line(room, "kick", who, Some(user), "");
        room.seats.remove(user);
        Ok(())
    }

    fn set_role(&mut self, who: &str, input: &Value) -> Result<(), Code> {
        let user = input["user"].as_str().unwrap_or("");
        let role = match input["role"].as_str() {
            Some("owner") => Role::Owner,
            Some("moderator") => Role::Moderator,
            _ => Role::Member,
        };
        let room = self.room_of(who, input)?;
        if room.kind == "direct" {
            return Err("rooms.wrong_kind");
        }
        let Some(now) = room.role(user) else { return Err("users.not_found") };
        if room.role(who) != Some(Role::Owner) {
            return Err("rooms.not_allowed");
        }
        if now == role {
            return Ok(());
        }
        if user == who {
            return Err("rooms.not_allowed");
        }
        if let Some(seat) = room.seats.get_mut(user) {
            seat.role = role;
        }
        if role == Role::Owner
            && let Some(seat) = room.seats.get_mut(who)
        {
            seat.role = Role::Moderator;
        }
        Ok(())
    }
}

fn seat(room: &mut Room, who: &str, role: Role) {
    let head = room.head();
    let from = if room.joined_only && room.kind == "private" { head.max(1) } else { 1 };
    room.seats.insert(who.into(), Seat { role, from, read: head, hidden: None, notify: None, muted: None });
}

fn line(room: &mut Room, kind: &str, author: &str, subject: Option<&str>, text: &str) {
    let (kind, author, text) = (kind.into(), author.into(), text.into());
    room.messages.push(Message { kind, author, subject: subject.map(str::to_string), text, ..Message::default() });
}

/// Whether a value says yes.
pub(super) fn is_on(input: &Value) -> bool {
    input["on"] == json!(true)
}
