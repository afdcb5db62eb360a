//! What is one person's own in the model: profile, what is kept for later, what was begun, invitations.

use super::rooms::is_on;
use super::{Code, Model, Person};
use serde_json::Value;

impl Model {
    pub(super) fn act_on_own(&mut self, who: &str, command: &str, input: &Value, answer: &Value) -> Result<(), Code> {
        let room = input["room"].as_str().unwrap_or("").to_string();
        let seq = input["seq"].as_u64().unwrap_or(0);
        if command.starts_with("invitations") && self.people.get(who).is_none_or(|person| !person.admin) {
            return Err("auth.not_allowed");
        }
        match command {
            "accounts.create" => {
                let username = input["username"].as_str().unwrap_or("").to_string();
                let person = Person { username, ..Person::default() };
                self.people.insert(answer["user"]["id"].as_str().unwrap_or("").into(), person);
            }
            "profile.set" => {
                let Some(person) = self.people.get_mut(who) else { return Err("auth.required") };
                if let Some(name) = input["display_name"].as_str() {
                    person.display_name = Some(name.into());
                }
                if let Some(status) = input["status"].as_str() {
                    person.status = status.into();
                }
            }
            "settings.set" => {
                let chosen = self.settings.entry(who.to_string()).or_default();
                for (name, value) in input["values"].as_object().into_iter().flatten() {
                    match value.as_str().unwrap_or("") {
                        "" => drop(chosen.remove(name)),
                        value => drop(chosen.insert(name.clone(), value.to_string())),
                    }
                }
            }
            "saved.set" => {
                let kept = (who.to_string(), room.clone(), seq);
                if is_on(input) || !self.saved.contains(&kept) {
                    let hidden = self.hidden.contains(&kept);
                    let place = self.room_of(who, input)?;
                    let from = place.seats.get(who).map_or(1, |seat| seat.from);
                    match place.message(seq) {
                        Some(message) if message.kind == "text" && seq >= from && !hidden => {}
                        _ => return Err("messages.not_found"),
                    }
                }
                if is_on(input) {
                    self.saved.insert(kept)
                } else {
                    self.saved.remove(&kept)
                };
            }
            "drafts.set" => {
                let (key, text) = ((who.to_string(), room), input["text"].as_str().unwrap_or(""));
                if !text.is_empty() || !self.drafts.contains_key(&key) {
                    self.room_of(who, input)?;
                }
                match text {
                    "" => drop(self.drafts.remove(&key)),
                    text => drop(self.drafts.insert(key, (text.into(), input["reply_to"].as_u64()))),
                }
            }
            "invitations.create" => drop(self.invitations.insert(answer["invitation"].as_str().unwrap_or("").into())),
            "invitations.revoke" => {
                if !self.invitations.remove(input["invitation"].as_str().unwrap_or("")) {
                    return Err("invitations.not_found");
                }
            }
            "push.subscribe" | "push.unsubscribe" => {}
            "sessions.create" | "sessions.end" | "sessions.revoke" | "password.change" => {}
            _ => return Err("commands.unknown"),
        }
        self.note(&Value::Null, format!("{command} of {who} {seq}"));
        Ok(())
    }
}
