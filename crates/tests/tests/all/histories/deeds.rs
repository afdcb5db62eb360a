//! What people do: every command that writes, with arguments that mostly make sense.

use super::world::World;
use serde_json::{Value, json};
use tests::gathering::cid;
use tests::people::{Account, PASSWORD};
use tests::rest::{Answer, Rest};
use tests::{Failure, Outcome, check, contract};

/// How often each command is given, compared with the others.
pub(super) const DEEDS: [(u64, &str); 30] = [
    (240, "messages.send"),
    (60, "messages.edit"),
    (40, "messages.delete"),
    (70, "reads.set"),
    (50, "reactions.set"),
    (16, "pins.set"),
    (16, "saved.set"),
    (24, "drafts.set"),
    (14, "rooms.create"),
    (40, "rooms.join"),
    (14, "rooms.leave"),
    (24, "rooms.update"),
    (6, "rooms.renew_code"),
    (3, "rooms.delete"),
    (12, "rooms.hide"),
    (12, "rooms.notify"),
    (12, "members.kick"),
    (16, "members.set_role"),
    (14, "direct.open"),
    (16, "profile.set"),
    (12, "settings.set"),
    (4, "invitations.create"),
    (3, "invitations.revoke"),
    (3, "push.subscribe"),
    (2, "push.unsubscribe"),
    (1, "accounts.create"),
    (1, "sessions.create"),
    (3, "sessions.end"),
    (3, "sessions.revoke"),
    (1, "password.change"),
];

const TEXTS: [&str; 9] =
    ["a", "yes", "@ada look", "@bo and @cleo", "längerer Text 🌻", "@dan", "@all come", "@iris @ada", "line\nbreak"];
const EMOJIS: [&str; 3] = ["👍", "🌻", "😀"];

impl World {
    /// Somebody does something on their device.
    pub(super) async fn deed(&mut self, at: usize) -> Outcome {
        let (command, input) = self.choose(at);
        if is_about_accounts(command) {
            return self.account_deed(at, command, input).await;
        }
        let input = if command == "rooms.join" { self.with_code(input).await? } else { input };
        let answer = if input.get("cid").is_none() {
            // Without it nothing can be repeated: this goes straight to the server.
            let rest = self.server.rest(Some(&self.gadgets[at].device.account.token))?;
            let answer = rest.call(&self.table, command, &input).await?;
            self.answered(self.gadgets[at].person, command, input.clone(), answer).await?
        } else {
            self.give(at, command, input.clone()).await?
        };
        if command == "invitations.create"
            && let Ok(value) = &answer
        {
            self.invitations.extend(value["invitation"].as_str().map(str::to_string));
        }
        if input.get("cid").is_some()
            && self.dice.one_in(6)
            && let Ok(value) = answer
        {
            // The same again, perhaps by another way: the same answer, and nothing more happens.
            let again = self.insist(at, command, &input).await?;
            check!(again == Ok(value.clone()), "{command} {input}: first {value}, repeated {again:?}");
        }
        if self.dice.one_in(10) {
            self.repeats_something_old(at).await?;
        }
        Ok(())
    }

    /// Something that was done before, whatever has happened since.
    async fn repeats_something_old(&mut self, at: usize) -> Outcome {
        let person = self.gadgets[at].person;
        let mine: Vec<_> = self.given.iter().filter(|given| given.person == person).cloned().collect();
        if mine.is_empty() {
            return Ok(());
        }
        let given = self.dice.pick(&mine).clone();
        let again = self.insist(at, &given.command, &given.input).await?;
        let (command, input) = (&given.command, &given.input);
        check!(again.as_ref() == Ok(&given.answer), "{command} {input}: once {}, now {again:?}", given.answer);
        Ok(())
    }

    /// A command and what to say with it.
    pub(super) fn choose(&mut self, at: usize) -> (&'static str, Value) {
        let total = DEEDS.iter().map(|(weight, _)| weight).sum();
        let mut thrown = self.dice.throw(total);
        let mut command = "messages.send";
        for (weight, deed) in DEEDS {
            if thrown < weight {
                command = deed;
                break;
            }
            thrown -= weight;
        }
        let mut input = self.arguments(at, command);
        let keyless = command == "invitations.create" && !contract::takes(command, "cid").unwrap_or(false);
        if !keyless && !matches!(command, "accounts.create" | "sessions.create") {
            input["cid"] = json!(cid());
        }
        (command, input)
    }

    /// Mostly a room that the person is in, seldom any.
    fn room_for(&mut self, at: usize) -> String {
        let me = &self.accounts[self.gadgets[at].person].id;
        let inside = |room: &&String| self.model.rooms.get(*room).is_some_and(|room| room.seats.contains_key(me));
        let mine: Vec<String> = self.rooms.iter().filter(inside).cloned().collect();
        if mine.is_empty() || self.dice.one_in(12) {
            return self.dice.pick(&self.rooms).clone();
        }
        self.dice.pick(&mine).clone()
    }

    /// Near the head, seldom anywhere.
    fn seq_in(&mut self, room: &str) -> u64 {
        let head = self.model.rooms.get(room).map_or(1, |room| room.head()).max(1);
        if self.dice.one_in(5) { 1 + self.dice.throw(head) } else { head.saturating_sub(self.dice.throw(6)).max(1) }
    }

    pub(super) fn arguments(&mut self, at: usize, command: &str) -> Value {
        let room = self.room_for(at);
        let seq = self.seq_in(&room);
        let text = *self.dice.pick(&TEXTS);
        let people: Vec<String> = self.accounts.iter().map(|account| account.id.clone()).collect();
        let other = self.dice.pick(&people).clone();
        let on = !self.dice.one_in(3);
        match command {
            "messages.send" if self.dice.one_in(6) => json!({"room": room, "text": text, "reply_to": seq}),
            "messages.send" => json!({"room": room, "text": text}),
            "messages.edit" => json!({"room": room, "seq": seq, "text": format!("{text} !{}", self.dice.throw(9_999))}),
            "messages.delete" if self.dice.one_in(3) => json!({"room": room, "seq": seq, "for": "me"}),
            "messages.delete" => json!({"room": room, "seq": seq}),
            "reads.set" => json!({"room": room, "seq": if on { seq } else { seq / 2 }}),
            "reactions.set" => json!({"room": room, "seq": seq, "emoji": self.dice.pick(&EMOJIS), "on": on}),
            "pins.set" | "saved.set" => json!({"room": room, "seq": seq, "on": on}),
            "drafts.set" => json!({"room": room, "text": if on { text } else { "" }}),
            "rooms.create" => self.new_room(),
            "rooms.join" => self.joining(room),
            "rooms.update" => self.updating(&room, text),
            "rooms.notify" if on => json!({"room": room, "level": self.dice.pick(&["all", "mentions", "nothing"])}),
            "rooms.notify" => json!({"room": room, "muted_until": "2999-12-31T23:59:00.000Z"}),
            "push.subscribe" => subscription(on),
            "members.kick" => json!({"room": room, "user": other}),
            "members.set_role" => {
                json!({"room": room, "user": other, "role": self.dice.pick(&["member", "moderator", "moderator", "owner"])})
            }
            "direct.open" if self.dice.one_in(3) => {
                json!({"users": [other, self.dice.pick(&people)], "subject": self.dice.pick(&["", "tea"])})
            }
            "direct.open" => json!({"users": [other]}),
            "profile.set" if on => json!({"status": text.replace('\n', " ")}),
            "profile.set" => json!({"display_name": format!("Somebody {}", self.dice.throw(9))}),
            "settings.set" => {
                json!({"values": {*self.dice.pick(&["scheme", "size"]): *self.dice.pick(&["", "dark", "light"])}})
            }
            "invitations.create" => json!({}),
            "invitations.revoke" => {
                let known = self.invitations.last().cloned();
                json!({"invitation": known.unwrap_or_else(|| "none".into())})
            }
            "rooms.leave" | "rooms.renew_code" | "rooms.delete" | "rooms.hide" => json!({"room": room}),
            _ => json!({}),
        }
    }

    fn new_room(&mut self) -> Value {
        let kind = *self.dice.pick(&["public", "private"]);
        json!({"name": format!("room {}", self.rooms.len()), "kind": kind, "topic": "at first"})
    }

    /// Any room by its id; whether somebody tells its code is decided later.
    fn joining(&mut self, room: String) -> Value {
        let room = if self.dice.one_in(4) { room } else { self.dice.pick(&self.rooms).clone() };
        json!({"room": room})
    }

    /// Somebody who is in a private room tells its code to whoever wants to join.
    async fn with_code(&mut self, input: Value) -> Outcome<Value> {
        let Some(room) = input["room"].as_str().and_then(|id| self.model.rooms.get(id)) else { return Ok(input) };
        let inside = self.accounts.iter().find(|account| room.seats.contains_key(&account.id));
        let (Some(inside), "private") = (inside, room.kind.as_str()) else { return Ok(input) };
        if self.dice.one_in(4) {
            return Ok(input);
        }
        let rest = self.server.rest(Some(&inside.token))?;
        let answer = rest.call(&self.table, "rooms.get", &json!({"room": input["room"]})).await?;
        let value = answer.map_err(|error| Failure(format!("rooms.get by {}: {error}", inside.username)))?;
        Ok(json!({"code": value["code"], "cid": input["cid"]}))
    }

    fn updating(&mut self, room: &str, text: &str) -> Value {
        let topic = format!("{} {}", text.replace('\n', " "), self.dice.throw(99));
        match self.dice.throw(5) {
            0 => json!({"room": room, "name": format!("called {}", self.dice.throw(99))}),
            1 => json!({"room": room, "kind": self.dice.pick(&["public", "private"])}),
            2 if self.model.rooms.get(room).is_some_and(|room| room.kind == "private") => {
                json!({"room": room, "history": self.dice.pick(&["all", "joined"])})
            }
            3 => json!({"room": room, "name": format!("called {}", self.dice.throw(99)), "topic": topic}),
            _ => json!({"room": room, "topic": topic}),
        }
    }

    /// Commands about accounts and sessions go straight to the server: they have no `cid` with which to be repeated.
    async fn account_deed(&mut self, at: usize, command: &str, input: Value) -> Outcome {
        let person = self.gadgets[at].person;
        let anybody = self.server.rest(None)?;
        let session = self.sessions.iter().position(|(whose, _)| *whose == person);
        match (command, session) {
            ("accounts.create", _) => {
                let wish = json!({"username": format!("new{}", self.newcomers.len()), "password": PASSWORD});
                let answer = anybody.call(&self.table, command, &wish).await?;
                if let Ok(value) = &answer {
                    self.newcomers.push(Account::from_answer(value)?);
                }
                self.answered(person, command, wish, answer)
                    .await?
                    .map_err(|error| Failure(format!("registering: {error}")))?;
            }
            ("sessions.create", _) => {
                let wish = json!({"username": self.accounts[person].username, "password": PASSWORD});
                let answer = anybody.call(&self.table, command, &wish).await?;
                let value = answer.map_err(|error| Failure(format!("signing in: {error}")))?;
                self.sessions.push((person, Account::from_answer(&value)?.token));
            }
            ("sessions.end" | "sessions.revoke", Some(place)) => {
                let (_, token) = self.sessions.remove(place);
                let there = anybody.signed_in(&token);
                let ended = match command {
                    "sessions.end" => there.call(&self.table, command, &input).await?,
                    _ => self.revokes(at, &there).await?,
                };
                check!(ended.is_ok(), "{command}: {ended:?}");
                let after = there.call(&self.table, "profile.get", &json!({})).await?;
                check!(code(&after) == "auth.required", "after {command} the session can still do this: {after:?}");
            }
            ("password.change", _) => {
                let Some(newcomer) = self.newcomers.last() else { return Ok(()) };
                let there = anybody.signed_in(&newcomer.token);
                let wish = json!({"current": PASSWORD, "new": PASSWORD, "cid": cid()});
                let answer = there.call(&self.table, command, &wish).await?;
                check!(answer.is_ok(), "{command}: {answer:?}");
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends another session of the person from their device.
    async fn revokes(&mut self, at: usize, there: &Rest) -> Outcome<Answer> {
        let listed = there.call(&self.table, "sessions.list", &json!({})).await?;
        let listed = listed.map_err(|error| Failure(format!("sessions.list: {error}")))?;
        let current = listed["sessions"].as_array().into_iter().flatten().find(|one| one["current"] == json!(true));
        let id = current.map_or(Value::Null, |session| session["id"].clone());
        let rest = self.server.rest(Some(&self.gadgets[at].device.account.token))?;
        rest.call(&self.table, "sessions.revoke", &json!({"session": id, "cid": cid()})).await
    }
}

/// Whether a command would end what the devices of the history live by, or make what has no `cid`.
pub(super) fn is_about_accounts(command: &str) -> bool {
    matches!(command, "accounts.create" | "password.change") || command.starts_with("sessions.")
}

fn code(answer: &Answer) -> &str {
    match answer {
        Ok(_) => "ok",
        Err(error) => error["code"].as_str().unwrap_or(""),
    }
}

/// Of a browser that is never reached: nobody listens there.
fn subscription(one: bool) -> Value {
    let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    let endpoint = format!("http://127.0.0.1:9/{}", u8::from(one));
    json!({"endpoint": endpoint, "p256dh": p256dh, "auth": "BTBZMqHH6r4Tts7J_aSIgg"})
}
