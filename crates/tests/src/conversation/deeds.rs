//! What a deed says to the server: the command's arguments.

use super::scene::{Scene, person};
use super::step::{CodeOf, Deed, Invited};
use crate::device::Way;
use crate::gathering::cid;
use crate::people::{self, PASSWORD};
use crate::{Failure, Outcome};
use serde_json::{Value, json};

impl Scene {
    /// The arguments of the command that `deed` is.
    pub(super) async fn arguments(&mut self, who: &str, room: &str, deed: &Deed) -> Outcome<Value> {
        let mut arguments = match deed {
            Deed::Register { .. } | Deed::SignIn { .. } => self.credentials(who, deed).await?,
            Deed::EndSession(device) => {
                let name = if device == "Nobody" { None } else { Some(device) };
                match name {
                    Some(device) => json!({"session": self.session_of(device).await?}),
                    None => json!({"session": "no-session"}),
                }
            }
            Deed::Raw { arguments, .. } => self.raw(room, arguments)?,
            deed => self.plain_arguments(room, deed),
        };
        if takes_cid(deed) && arguments.get("cid").is_none() {
            arguments["cid"] = json!(cid());
        }
        Ok(arguments)
    }

    fn plain_arguments(&self, name: &str, deed: &Deed) -> Value {
        let room = self.room_id(name);
        let seq = |count: u64| self.seq(name, count);
        match deed {
            Deed::ChangePassword { from, to } => json!({"current": from, "new": to}),
            Deed::CallsSelf(name) => json!({"display_name": name}),
            Deed::Status(status, None) => json!({"status": status}),
            Deed::Status(status, Some(seconds)) => json!({"status": status, "status_until": after(*seconds)}),
            Deed::Choose(name, value) => json!({"values": {name: value}}),
            Deed::TimeZone(zone) => json!({"time_zone": zone}),
            Deed::LooksUp(person) => json!({"user": self.user_id(person)}),
            Deed::FindsPeople { query, .. } => json!({"query": query}),
            Deed::Invite { role, uses } => present(json!({"role": role, "uses": uses})),
            Deed::RevokeInvitation => json!({"invitation": self.invitation["invitation"]}),
            Deed::CreateRoom { kind, room, topic } => present(json!({"name": room, "kind": kind, "topic": topic})),
            Deed::Join(room) => json!({"room": self.room_id(room)}),
            Deed::JoinByCode(code) => json!({"code": self.code(code)}),
            Deed::Rename(name) => json!({"room": room, "name": name}),
            Deed::Topic(topic) => json!({"room": room, "topic": topic}),
            Deed::Kind(kind) => json!({"room": room, "kind": kind}),
            Deed::ListRooms(_) => json!({"scope": "mine"}),
            Deed::FindRooms { query, .. } => json!({"scope": "public", "query": query}),
            Deed::Kick(person) => json!({"room": room, "user": self.user_id(person)}),
            Deed::SetRole { person, role } => json!({"room": room, "user": self.user_id(person), "role": role}),
            Deed::Talk { with, subject, .. } => {
                let users: Vec<String> = with.iter().map(|person| self.user_id(person)).collect();
                present(json!({"users": users, "subject": subject}))
            }
            Deed::Post { text, reply_to, .. } => {
                present(json!({"room": room, "text": text, "reply_to": reply_to.map(seq)}))
            }
            Deed::Edit { seq: count, text, remembered } => {
                let gv = remembered.then_some(self.remembered);
                present(json!({"room": room, "seq": seq(*count), "text": text, "gv": gv}))
            }
            Deed::Delete { seq: count, for_me } => {
                json!({"room": room, "seq": seq(*count), "for": if *for_me { "me" } else { "all" }})
            }
            Deed::History { limit, side, .. } => {
                let mut arguments = present(json!({"room": room, "limit": limit}));
                if let Some((side, count)) = side {
                    arguments[side.as_str()] = json!(seq(*count));
                }
                arguments
            }
            Deed::ReadMessage { seq: count, .. } | Deed::Revisions { seq: count, .. } | Deed::ReadUpTo(count) => {
                json!({"room": room, "seq": seq(*count)})
            }
            Deed::React { seq: count, emoji, on } => {
                json!({"room": room, "seq": seq(*count), "emoji": emoji, "on": on})
            }
            Deed::Pin { seq: count, on } | Deed::Keep { seq: count, on } => {
                json!({"room": room, "seq": seq(*count), "on": on})
            }
            Deed::ListPins(_) => json!({"room": room}),
            Deed::Begin { text, reply_to } => {
                present(json!({"room": room, "text": text, "reply_to": reply_to.map(seq)}))
            }
            Deed::Past(shown) => json!({"room": room, "history": if *shown { "all" } else { "joined" }}),
            Deed::Notify { level, muted } => present(json!({"room": room, "level": level, "muted_until": muted})),
            Deed::Typing(typing) => json!({"room": room, "typing": typing}),
            Deed::Presence(presence) => json!({"presence": presence}),
            Deed::Watch => json!({"rooms": [room]}),
            Deed::Leave | Deed::RenewCode | Deed::DeleteRoom | Deed::ReadRoom | Deed::ListMembers(_) | Deed::Hide => {
                json!({"room": room})
            }
            _ => json!({}),
        }
    }

    async fn credentials(&mut self, who: &str, deed: &Deed) -> Outcome<Value> {
        let own = self.passwords.get(person(who)).cloned().unwrap_or_else(|| PASSWORD.into());
        match deed {
            Deed::Register { username, password, invitation } => {
                let code = match invitation {
                    Invited::No => Value::Null,
                    Invited::Yes => self.invitation["code"].clone(),
                    Invited::BySetupLink => json!(people::setup_token(self.server().await?).await?),
                    Invited::With(code) => json!(code),
                };
                let username = username.clone().unwrap_or_else(|| who.to_lowercase());
                let password = password.clone().unwrap_or(own);
                Ok(present(json!({"username": username, "password": password, "invitation": code})))
            }
            Deed::SignIn { username, password } => {
                self.server().await?;
                let known = self.accounts.get(person(who)).map(|account| account.username.clone());
                let username = username.clone().or(known).unwrap_or_else(|| person(who).to_lowercase());
                Ok(json!({"username": username, "password": password.clone().unwrap_or(own), "label": who}))
            }
            _ => Ok(json!({})),
        }
    }

    /// The id of the session that a device has.
    async fn session_of(&self, device: &str) -> Outcome<Value> {
        let device = self.device(device)?;
        let answer = device.call(&self.table, Way::Rest, "sessions.list", &json!({})).await?;
        let listed = answer.map_err(|error| Failure(format!("sessions.list: {error}")))?;
        let current =
            listed["sessions"].as_array().and_then(|list| list.iter().find(|one| one["current"] == json!(true)));
        Ok(current.ok_or_else(|| Failure(format!("no current session in {listed}")))?["id"].clone())
    }

    fn code(&self, code: &CodeOf) -> Value {
        match code {
            CodeOf::Room(room) => json!(self.rooms.get(room).and_then(|note| note.code.clone())),
            CodeOf::Former(room) => json!(self.rooms.get(room).and_then(|note| note.former_code.clone())),
            CodeOf::Text(code) => json!(code),
        }
    }

    /// JSON as the line gives it, with `ROOM` for the id of the room that is spoken of.
    fn raw(&self, room: &str, arguments: &str) -> Outcome<Value> {
        Ok(serde_json::from_str(&arguments.replace("ROOM", &self.room_id(room)))?)
    }
}

/// The time so many seconds from now.
fn after(seconds: u64) -> String {
    let now = jiff::Timestamp::now();
    let then = now + std::time::Duration::from_secs(seconds);
    format!("{then:.3}")
}

/// `object` without the fields that are null.
fn present(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

fn takes_cid(deed: &Deed) -> bool {
    let command = deed.command();
    let named = [
        "rooms.create",
        "rooms.join",
        "rooms.update",
        "profile.set",
        "settings.set",
        "direct.open",
        "rooms.notify",
        "messages.send",
        "messages.edit",
        "reads.set",
        "reactions.set",
        "pins.set",
        "saved.set",
        "drafts.set",
    ];
    named.contains(&command) && !matches!(deed, Deed::Raw { .. })
}
