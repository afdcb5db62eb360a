//! What it means that somebody sees something: it is so in what their device holds, within a few seconds.

use super::scene::Scene;
use super::step::{Extras, Sight};
use crate::device::{Device, Seen};
use crate::{Failure, Outcome, check};
use serde_json::{Value, json};

impl Scene {
    /// Waits until `who` sees it in the room called `room`.
    pub(super) async fn sees(&mut self, who: &str, room: &str, sight: &Sight) -> Outcome {
        let device = self.device(who)?;
        let id = self.room_id(room);
        let outcome = match sight {
            Sight::Reaction { .. } | Sight::Pinned { .. } => self.sees_mark(device, room, sight).await,
            Sight::Kept { seq, kept } => {
                let place = (id.clone(), self.seq(room, *seq));
                device.wait("that", |seen| seen.replica.saved.contains_key(&place) == *kept).await
            }
            Sight::Message { .. } | Sight::Deleted(_) | Sight::NoMessage(_) | Sight::Line { .. } => {
                self.sees_message(device, room, sight).await
            }
            Sight::NotText(text) => {
                device.fence().await?;
                let there = device.seen().replica.messages.values().any(|message| message["text"] == json!(text));
                check!(!there, "{who} does see it");
                Ok(())
            }
            Sight::NeverPresence { person, presence } => {
                let heard = (self.user_id(person), presence.clone());
                check!(!device.seen().ever.contains(&heard), "{who} did see it");
                Ok(())
            }
            Sight::NeverTyping(person) => {
                device.fence().await?;
                let heard = (self.user_id(person), "typing".to_string());
                check!(!device.seen().ever.contains(&heard), "{who} did see it");
                Ok(())
            }
            sight => device.wait("that", |seen| self.is_so(seen, &id, sight)).await,
        };
        outcome.map_err(|failure| Failure(format!("{failure}; {}", state(device, &id))))
    }

    /// What was put to a message.
    async fn sees_mark(&self, device: &Device, name: &str, sight: &Sight) -> Outcome {
        let room = self.room_id(name);
        let at = |seen: &Seen, count: u64| seen.replica.messages.get(&(room.clone(), self.seq(name, count))).cloned();
        match sight {
            Sight::Reaction { seq, emoji, people } => {
                let people: Vec<Value> = people.iter().map(|person| json!(self.user_id(person))).collect();
                let right = |message: Value| {
                    let reactions = message["reactions"].as_array().cloned().unwrap_or_default();
                    let found = reactions.iter().find(|reaction| reaction["emoji"] == json!(emoji));
                    let users = found.and_then(|found| found["users"].as_array()).cloned().unwrap_or_default();
                    let count = found.map_or(json!(0), |found| found["count"].clone());
                    users == people && count == json!(people.len())
                };
                device.wait("that", |seen| at(seen, *seq).is_some_and(right)).await
            }
            Sight::Pinned { seq, by } => {
                let by = by.as_ref().map(|by| json!(self.user_id(by)));
                let right = |message: Value| message.pointer("/pinned/by") == by.as_ref();
                device.wait("that", |seen| at(seen, *seq).is_some_and(right)).await
            }
            _ => Ok(()),
        }
    }

    async fn sees_message(&self, device: &Device, name: &str, sight: &Sight) -> Outcome {
        let room = self.room_id(name);
        let at = |seen: &Seen, count: u64| seen.replica.messages.get(&(room.clone(), self.seq(name, count))).cloned();
        match sight {
            Sight::Message { seq, author, text, extras } => {
                let author = author.as_ref().map(|author| self.user_id(author));
                let reply_to = extras.reply_to.map(|count| self.seq(name, count));
                let is_it = |m: Value| {
                    m.get("reply_to").and_then(Value::as_u64) == reply_to
                        && self.is_message(&m, author.as_deref(), text, extras)
                };
                let right = |seen: &Seen| at(seen, *seq).is_some_and(is_it);
                device.wait("that", right).await
            }
            Sight::Deleted(seq) => {
                let gone = |m: Value| m["deleted"] == json!(true) && m["text"] == "";
                device.wait("that", |seen| at(seen, *seq).is_some_and(gone)).await
            }
            Sight::NoMessage(seq) => device.wait("that it is gone", |seen| at(seen, *seq).is_none()).await,
            Sight::Line { kind, author, subject } => {
                let author = json!(self.user_id(author));
                let subject = subject.as_ref().map(|subject| json!(self.user_id(subject)));
                let is_line = |m: &Value| {
                    m["room"] == json!(room)
                        && m["kind"] == json!(kind)
                        && m["author"] == author
                        && subject.as_ref().is_none_or(|subject| m["subject"] == *subject)
                };
                device.wait("that line", |seen| seen.replica.messages.values().any(is_line)).await
            }
            _ => Ok(()),
        }
    }

    fn is_message(&self, message: &Value, author: Option<&str>, text: &str, extras: &Extras) -> bool {
        let mentions: Vec<String> = extras.mentions.iter().map(|person| self.user_id(person)).collect();
        let mentioned = |id: &String| message["mentions"].as_array().is_some_and(|list| list.contains(&json!(id)));
        message["text"] == json!(text)
            && message["kind"] == "text"
            && author.is_none_or(|author| message["author"] == json!(author))
            && message.get("edited").is_some() == extras.edited
            && (message["all"] == json!(true)) == extras.all
            && mentions.iter().all(mentioned)
            && extras.html.as_ref().is_none_or(|html| message.get("html").and_then(Value::as_str) == html.as_deref())
    }

    fn is_so(&self, seen: &Seen, room: &str, sight: &Sight) -> bool {
        let held = &seen.replica;
        let user = |person: &String| held.users.get(&self.user_id(person)).cloned().unwrap_or_default();
        let member = |person: &String| held.members.get(&(room.to_string(), self.user_id(person)));
        let named = |name: &String| self.room_id(name);
        match sight {
            Sight::Draft(text) => {
                held.drafts.get(room).map(|draft| &draft["text"]) == text.as_ref().map(|text| json!(text)).as_ref()
            }
            Sight::Chosen { name, value } => {
                held.settings["values"].get(name) == value.as_ref().map(|value| json!(value)).as_ref()
            }
            Sight::RoomName(name) => held.rooms.get(room).is_some_and(|room| room["name"] == json!(name)),
            Sight::RoomTopic(topic) => held.rooms.get(room).is_some_and(|room| room["topic"] == json!(topic)),
            Sight::Unread { unread, mentions } => held.memberships.get(room).is_some_and(|membership| {
                membership["unread"] == json!(unread) && membership["mentions"] == json!(mentions)
            }),
            Sight::Typing { person, typing } => {
                seen.typing.get(&(room.to_string(), self.user_id(person))).copied().unwrap_or(false) == *typing
            }
            Sight::Presence { person, presence } => {
                seen.presence.get(&self.user_id(person)).map_or("offline", String::as_str) == presence
            }
            Sight::Role { person, role } => member(person).is_some_and(|member| member["role"] == json!(role)),
            Sight::Gone(person) => member(person).is_some_and(|member| member.get("role").is_none()),
            Sight::Called { person, name } => user(person)["display_name"] == json!(name),
            Sight::Status { person, status } => user(person)["status"].as_str().unwrap_or_default() == status,
            Sight::Undisturbed { person, wished } => (user(person)["do_not_disturb"] == json!(true)) == *wished,
            Sight::Room { room, there } => held.memberships.contains_key(&named(room)) == *there,
            Sight::Hidden { room, hidden } => held
                .memberships
                .get(&named(room))
                .is_some_and(|membership| (membership["hidden"] == json!(true)) == *hidden),
            Sight::Notified { room, level, muted } => held.memberships.get(&named(room)).is_some_and(|membership| {
                membership["notify"] == json!(level) && membership["muted_until"] == json!(muted)
            }),
            Sight::Listed { room, listed } => {
                held.directory.get(&named(room)).is_some_and(|entry| (entry["deleted"] != json!(true)) == *listed)
            }
            _ => false,
        }
    }
}

/// What a device holds of a room, for a report.
fn state(device: &Device, room: &str) -> String {
    let seen = device.seen();
    let held = &seen.replica;
    let newest = held.messages.iter().rfind(|(place, _)| place.0 == room);
    format!(
        "held: {}; newest {}; typing {:?}; presence {:?}; faults {:?}",
        held.memberships.get(room).unwrap_or(&Value::Null),
        newest.map_or(&Value::Null, |(_, message)| message),
        seen.typing,
        seen.presence,
        held.faults
    )
}
