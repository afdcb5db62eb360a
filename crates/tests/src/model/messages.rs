//! Messages in the model: posting, editing, deleting, reacting, pinning, reading.

use super::{Code, Id, Message, Model, Role, Room};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rooms with more members than this let only moderators call everybody.
const LARGE: usize = 100;

impl Model {
    pub(super) fn act_on_messages(&mut self, who: &str, command: &str, input: &Value) -> Result<(), Code> {
        let seq = input["seq"].as_u64().unwrap_or(0);
        match command {
            "messages.send" => self.post(who, input),
            "reads.set" => self.read(who, input, seq),
            "messages.delete" if input["for"] == "me" => self.hide(who, input, seq),
            _ => {
                let named = self.named_in(input["text"].as_str().unwrap_or(""));
                self.find_text(who, input, seq)?;
                let room = self.room_of(who, input)?;
                let calls = calls_all(room, who, input["text"].as_str().unwrap_or(""));
                let sees = |user: &Id| room.seats.get(user).is_some_and(|seat| seat.from <= seq);
                let named: BTreeSet<Id> = named.into_iter().filter(sees).collect();
                let moderates = room.role(who) >= Some(Role::Moderator);
                let message = &mut room.messages[seq as usize - 1];
                match command {
                    "messages.edit" if message.author != who => return Err("rooms.not_allowed"),
                    "messages.edit" if message.deleted => return Err("messages.deleted"),
                    "messages.edit" => {
                        message.text = input["text"].as_str().unwrap_or("").into();
                        (message.mentions, message.all, message.edited) = (named, calls, true);
                    }
                    "messages.delete" if message.author != who && !moderates => return Err("rooms.not_allowed"),
                    "messages.delete" => {
                        *message = Message {
                            deleted: true,
                            kind: message.kind.clone(),
                            author: message.author.clone(),
                            reply_to: message.reply_to,
                            ..Message::default()
                        }
                    }
                    _ if message.deleted => return Err("messages.deleted"),
                    "reactions.set" => {
                        react(message, who, input["emoji"].as_str().unwrap_or(""), input["on"] == json!(true));
                    }
                    "pins.set" => match (input["on"] == json!(true), &message.pinned) {
                        (true, None) => message.pinned = Some(who.into()),
                        (false, _) => message.pinned = None,
                        (true, Some(_)) => {}
                    },
                    _ => return Err("commands.unknown"),
                }
                self.note(&input["room"], format!("#{seq}"));
                Ok(())
            }
        }
    }

    /// Somebody's own words that `who` may see; a line of the room's own is none.
    fn find_text(&mut self, who: &str, input: &Value, seq: u64) -> Result<(), Code> {
        let hidden = self.hidden.contains(&(who.into(), input["room"].as_str().unwrap_or("").into(), seq));
        let room = self.room_of(who, input)?;
        let from = room.seats.get(who).map_or(1, |seat| seat.from);
        match room.message(seq) {
            Some(message) if message.kind == "text" && seq >= from && !hidden => Ok(()),
            _ => Err("messages.not_found"),
        }
    }

    fn post(&mut self, who: &str, input: &Value) -> Result<(), Code> {
        let text = input["text"].as_str().unwrap_or("");
        let named = self.named_in(text);
        let room = self.room_of(who, input)?;
        let reply_to = input["reply_to"].as_u64();
        let (head, from) = (room.head(), room.seats.get(who).map_or(1, |seat| seat.from));
        if reply_to.is_some_and(|to| to > head || to < from.max(1)) {
            return Err("messages.not_found");
        }
        let mentions = named.into_iter().filter(|user| room.seats.contains_key(user)).collect();
        let all = calls_all(room, who, text);
        let (kind, author, text) = ("text".into(), who.into(), text.into());
        room.messages.push(Message { kind, author, text, reply_to, mentions, all, ..Message::default() });
        let head = room.head();
        if let Some(seat) = room.seats.get_mut(who) {
            seat.read = head;
        }
        self.note(&input["room"], format!("#{head}"));
        Ok(())
    }

    fn read(&mut self, who: &str, input: &Value, seq: u64) -> Result<(), Code> {
        let room = self.room_of(who, input)?;
        let head = room.head();
        let Some(seat) = room.seats.get_mut(who) else { return Ok(()) };
        let seq = seq.min(head);
        if seq < seat.read {
            *room.versions.entry(who.into()).or_default() += 1;
        }
        seat.read = seq;
        self.note(&input["room"], format!("read of {who}"));
        Ok(())
    }

    fn hide(&mut self, who: &str, input: &Value, seq: u64) -> Result<(), Code> {
        let room = self.room_of(who, input)?;
        let from = room.seats.get(who).map_or(1, |seat| seat.from);
        if seq == 0 || seq > room.head() || seq < from {
            return Err("messages.not_found");
        }
        self.hidden.insert((who.into(), input["room"].as_str().unwrap_or("").into(), seq));
        self.note(&input["room"], format!("#{seq} for {who}"));
        Ok(())
    }

    /// Whom the words that begin with `@` name.
    fn named_in(&self, text: &str) -> Vec<Id> {
        let words: BTreeSet<&str> = text.split(' ').filter_map(|word| word.strip_prefix('@')).collect();
        let named = self.people.iter().filter(|(_, person)| words.contains(person.username.as_str()));
        named.map(|(id, _)| id.clone()).collect()
    }
}

fn calls_all(room: &Room, who: &str, text: &str) -> bool {
    let calls = text.split(' ').any(|word| word == "@all");
    let may = room.seats.len() > 1 && (room.seats.len() <= LARGE || room.role(who) >= Some(Role::Moderator));
    calls && may
}

fn react(message: &mut Message, who: &str, emoji: &str, on: bool) {
    let known = message.reactions.iter().position(|(one, _)| one == emoji);
    match (on, known) {
        (true, None) => message.reactions.push((emoji.into(), vec![who.into()])),
        (true, Some(at)) if !message.reactions[at].1.iter().any(|user| user == who) => {
            message.reactions[at].1.push(who.into());
        }
        (false, Some(at)) => {
            message.reactions[at].1.retain(|user| user != who);
            message.reactions.retain(|(_, users)| !users.is_empty());
        }
        _ => {}
    }
}
