//! What a deed's answer must be, and what follows from it for the conversation.

use super::scene::{Scene, person};
use super::step::Deed;
use crate::people::Account;
use crate::rest::shortened;
use crate::{Failure, Outcome, check, fail};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Scene {
    /// Checks the answer `value` and keeps what later lines refer to.
    pub(super) async fn answered(
        &mut self,
        who: &str,
        room: &str,
        deed: &Deed,
        arguments: &Value,
        value: Value,
    ) -> Outcome {
        if deed.command() == "messages.send"
            && let (Some(note), Some(seq)) = (self.rooms.get_mut(room), value["seq"].as_u64())
        {
            note.said.push(seq);
        }
        match deed {
            Deed::Register { .. } | Deed::SignIn { .. } => {
                let account = Account::from_answer(&value)?;
                if let Some(password) = arguments["password"].as_str() {
                    self.passwords.insert(person(who).into(), password.into());
                }
                self.accounts.insert(person(who).into(), account);
                Ok(())
            }
            Deed::ChangePassword { to, .. } => {
                self.passwords.insert(person(who).into(), to.clone());
                empty(&value)
            }
            Deed::Invite { .. } => {
                check!(value["code"].is_string() && value["link"].is_string(), "no code and link in {value}");
                self.invitation = value;
                Ok(())
            }
            Deed::CreateRoom { room: name, .. } => {
                self.current = name.clone();
                self.came_into(&[who], name, &value).await
            }
            Deed::Talk { with, same, .. } => {
                check!(!*same || self.room_id(room) == value["id"], "another room than before: {value}");
                self.current = room.to_string();
                let people: Vec<&str> = with.iter().map(String::as_str).chain([who]).collect();
                self.came_into(&people, room, &value).await
            }
            Deed::Join(name) => self.came_into(&[who], name, &value).await,
            Deed::JoinByCode(_) => {
                let known = self.rooms.iter().find(|(_, note)| value["id"] == json!(note.id)).map(|(name, _)| name);
                let Some(name) = known.cloned() else { fail!("the code led to an unknown room: {value}") };
                self.came_into(&[who], &name, &value).await
            }
            Deed::RenewCode => {
                let before = self.rooms.get(room).and_then(|note| note.code.clone());
                self.note_room(room, &value)?;
                check!(
                    value["code"].is_string() && before.as_deref() != value["code"].as_str(),
                    "no new code: {value}"
                );
                Ok(())
            }
            Deed::SignOut | Deed::EndSession(_) | Deed::RevokeInvitation | Deed::Leave | Deed::DeleteRoom => {
                empty(&value)
            }
            Deed::Kick(_) | Deed::Typing(_) | Deed::Presence(_) => empty(&value),
            Deed::Keep { .. } | Deed::Begin { .. } => empty(&value),
            deed => self.shown(who, room, deed, arguments, &value),
        }
    }

    /// Answers that show something without changing what later lines refer to.
    fn shown(&self, who: &str, room: &str, deed: &Deed, arguments: &Value, value: &Value) -> Outcome {
        match deed {
            Deed::Post { .. } => {
                let right = value["room"] == arguments["room"] && value["seq"].is_u64() && value["g"].is_u64();
                check!(right && value["time"].is_string(), "not {{room, seq, g, time}}: {value}");
                Ok(())
            }
            Deed::Edit { text, .. } => expect(value, "/text", json!(text)),
            Deed::Delete { seq, .. } => expect(value, "/seq", json!(self.seq(room, *seq))),
            Deed::ReadMessage { text, .. } => expect(value, "/text", json!(text)),
            Deed::History { range, .. } => {
                let me = self.device(who)?.seen().replica.memberships.get(&self.room_id(room)).cloned();
                let first = me.and_then(|me| me["from"].as_u64()).unwrap_or(1);
                history(value, first, range.map(|(from, to)| (self.seq(room, from), self.seq(room, to))))
            }
            Deed::Revisions { texts, .. } => {
                let shown: Vec<&Value> = list(value, "revisions")?.iter().map(|revision| &revision["text"]).collect();
                check!(
                    shown == texts.iter().map(|text| json!(text)).collect::<Vec<_>>().iter().collect::<Vec<_>>(),
                    "the revisions are {shown:?}"
                );
                Ok(())
            }
            Deed::React { seq, .. } | Deed::Pin { seq, .. } => expect(value, "/seq", json!(self.seq(room, *seq))),
            Deed::ListPins(listed) | Deed::ListKept(listed) => {
                let shown: Vec<Value> = list(value, "messages")?.iter().map(|message| message["seq"].clone()).collect();
                let expected: Vec<Value> = listed.iter().map(|seq| json!(self.seq(room, *seq))).collect();
                check!(shown == expected, "listed are {shown:?}, expected {expected:?}");
                Ok(())
            }
            Deed::Past(shown) => expect(value, "/history", if *shown { Value::Null } else { json!("joined") }),
            Deed::ReadUpTo(seq) => expect(value, "/read", json!(self.seq(room, *seq))),
            Deed::CountUnread { unread, mentions } => {
                expect(value, "/unread", json!(unread))?;
                expect(value, "/mentions", json!(mentions))
            }
            Deed::CallsSelf(name) => expect(value, "/display_name", json!(name)),
            Deed::Status(status, _) if status.is_empty() => Ok(()),
            Deed::Status(status, _) => expect(value, "/status", json!(status)),
            Deed::ReadSettings(chosen) => {
                let chosen: BTreeMap<&String, &String> = chosen.iter().map(|(name, value)| (name, value)).collect();
                expect(value, "/values", json!(chosen))
            }
            Deed::TimeZone(zone) => expect(value, "/time_zone", json!(zone)),
            Deed::ReadProfile => expect(value, "/id", json!(self.user_id(who))),
            Deed::LooksUp(person) => expect(value, "/id", json!(self.user_id(person))),
            Deed::Rename(name) => expect(value, "/name", json!(name)),
            Deed::Topic(topic) => expect(value, "/topic", json!(topic)),
            Deed::Kind(kind) => expect(value, "/kind", json!(kind)),
            Deed::SetRole { role, .. } => expect(value, "/role", json!(role)),
            Deed::ReadRoom => expect(value, "/id", json!(self.room_id(room))),
            Deed::Hide => expect(value, "/hidden", json!(true)),
            Deed::Notify { level, muted } => {
                expect(value, "/notify", json!(level))?;
                expect(value, "/muted_until", json!(muted))
            }
            deed => self.listed(deed, value),
        }
    }

    fn listed(&self, deed: &Deed, value: &Value) -> Outcome {
        match deed {
            Deed::ListSessions(count) => {
                let sessions = list(value, "sessions")?;
                let current = sessions.iter().filter(|session| session["current"] == json!(true)).count();
                check!(sessions.len() as u64 == *count && current == 1, "not {count} with one current: {value}");
                Ok(())
            }
            Deed::ListInvitations(count) => {
                check!(list(value, "invitations")?.len() as u64 == *count, "not {count}: {value}");
                Ok(())
            }
            Deed::ListRooms(names) | Deed::FindRooms { found: names, .. } => {
                let expected = names.iter().map(|name| self.room_id(name)).collect();
                same(ids(value, "rooms", "id")?, expected)
            }
            Deed::FindsPeople { found, .. } => {
                let expected = found.iter().map(|person| self.user_id(person)).collect();
                same(ids(value, "users", "id")?, expected)
            }
            Deed::ListMembers(members) => {
                let shown = list(value, "members")?;
                let shown = shown.iter().map(|member| format!("{} {}", text(&member["user"]), text(&member["role"])));
                let expected = members.iter().map(|(person, role)| format!("{} {role}", self.user_id(person)));
                same(shown.collect(), expected.collect())
            }
            _ => Ok(()),
        }
    }

    /// Waits until every device of `people` knows of the room, and puts it on their screens.
    async fn came_into(&mut self, people: &[&str], name: &str, value: &Value) -> Outcome {
        self.note_room(name, value)?;
        check!(value["me"].is_object(), "no `me` in {}", shortened(&value.to_string()));
        let id = self.room_id(name);
        for person in people {
            for device in self.devices_of(person) {
                device.wait(&format!("#{name}"), |seen| seen.replica.memberships.contains_key(&id)).await?;
                device.watch_screen().await?;
            }
        }
        Ok(())
    }
}

/// A page whose said messages are those from `range.0` to `range.1`; lines of the room may stand between. `first` is
/// the first message that the reader may see.
fn history(value: &Value, first: u64, range: Option<(u64, u64)>) -> Outcome {
    let messages = list(value, "messages")?;
    let shown: Vec<u64> = messages.iter().filter_map(|message| message["seq"].as_u64()).collect();
    let said = messages.iter().filter(|message| message["kind"] == "text");
    let said: Vec<u64> = said.filter_map(|message| message["seq"].as_u64()).collect();
    let rises = shown.windows(2).all(|pair| pair[0] < pair[1]);
    check!(
        rises && said.first().copied().zip(said.last().copied()) == range,
        "the page holds {shown:?}, said {said:?}"
    );
    let ends = shown.first().copied().zip(shown.last().copied());
    let authors: Vec<&str> = messages.iter().filter_map(|message| message["author"].as_str()).collect();
    let named = ids(value, "users", "id")?;
    check!(authors.iter().all(|author| named.iter().any(|name| name == author)), "an author is not among `users`");
    if let (Some((from, to)), Some(head)) = (ends, value["head"].as_u64()) {
        let more = (value["more_before"] == json!(true), value["more_after"] == json!(true));
        let (before, after) = (from > first, to < head);
        check!(more == (before, after), "more before and after: {more:?}, head {head}");
    }
    Ok(())
}

fn expect(value: &Value, pointer: &str, expected: Value) -> Outcome {
    check!(
        value.pointer(pointer).unwrap_or(&Value::Null) == &expected,
        "answered with {}",
        shortened(&value.to_string())
    );
    Ok(())
}

fn empty(value: &Value) -> Outcome {
    check!(*value == json!({}), "answered with {value}, not with {{}}");
    Ok(())
}

fn list<'a>(value: &'a Value, field: &str) -> Outcome<&'a Vec<Value>> {
    value[field].as_array().ok_or_else(|| Failure(format!("no list `{field}` in {value}")))
}

fn ids(value: &Value, field: &str, id: &str) -> Outcome<Vec<String>> {
    Ok(list(value, field)?.iter().map(|item| text(&item[id])).collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

fn same(mut shown: Vec<String>, mut expected: Vec<String>) -> Outcome {
    shown.sort();
    expected.sort();
    check!(shown == expected, "shown {shown:?}, expected {expected:?}");
    Ok(())
}
