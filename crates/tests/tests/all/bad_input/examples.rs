//! A right call of every command, and those who may not make it.

use super::joined;
use super::openapi::Spec;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use tests::device::{Device, Way};
use tests::gathering::{Gathering, cid};
use tests::people::PASSWORD;
use tests::rest::{Answer, Rest};
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Outcome, check, fail};

const ADA: usize = 0;
const BO: usize = 1;
const CLEO: usize = 2;
const IRIS: usize = 4;

/// Ada's public room, in which Bo is a member and Cleo is not, and her private one.
pub(super) struct Fixture {
    pub(super) gathering: Gathering,
    private: String,
    devices: Vec<Device>,
    /// Refusals of a field that name another.
    misnamed: Mutex<Vec<String>>,
}

impl Fixture {
    pub(super) async fn new() -> Outcome<Fixture> {
        let gathering =
            Gathering::of(2, Setting { config: "[push]\nprivate = true\n".into(), ..Setting::default() }).await?;
        let wish = json!({"cid": cid(), "name": "cellar", "kind": "private"});
        let private = gathering.value(ADA, "rooms.create", &wish).await?["id"].as_str().unwrap_or_default().to_string();
        for room in [&gathering.room, &private] {
            let wish = json!({"room": room, "cid": cid(), "text": "the only message"});
            gathering.value(ADA, "messages.send", &wish).await?;
        }
        let mut devices = Vec::new();
        for person in 0..gathering.accounts.len() {
            devices.push(gathering.device(person, Transport::WebSocket).await?);
        }
        Ok(Fixture { gathering, private, devices, misnamed: Mutex::default() })
    }

    /// A call of the command that would be carried out, with every field that matters.
    pub(super) fn right(&self, command: &str) -> Outcome<Value> {
        let room = &self.gathering.room;
        let bo = &self.gathering.accounts[BO].id;
        Ok(match command {
            "accounts.create" => json!({"username": "newcomer", "password": PASSWORD}),
            "sessions.create" => json!({"username": "dan", "password": PASSWORD}),
            "sessions.list" | "sessions.end" | "profile.get" | "settings.get" | "invitations.list" | "reads.list" => {
                json!({})
            }
            "sessions.revoke" => json!({"session": "no-such-thing"}),
            "password.change" => json!({"current": "not the password", "new": "a new and better password"}),
            "profile.set" => json!({"cid": cid()}),
            "settings.set" => json!({"values": {"scheme": "dark"}}),
            "users.list" | "rooms.list" | "hello" => json!({}),
            "users.get" => json!({"user": bo}),
            "invitations.create" => json!({}),
            "invitations.revoke" => json!({"invitation": "no-such-thing"}),
            "rooms.create" => json!({"cid": cid(), "name": "field", "kind": "public"}),
            "rooms.get" | "rooms.members" | "rooms.leave" | "rooms.renew_code" | "rooms.delete" | "rooms.hide"
            | "messages.history" | "rooms.join" => json!({"room": room}),
            "rooms.notify" => json!({"room": room, "level": "mentions"}),
            "rooms.update" => json!({"room": room, "topic": "a topic"}),
            "members.kick" => json!({"room": room, "user": bo}),
            "members.set_role" => json!({"room": room, "user": bo, "role": "member"}),
            "direct.open" => json!({"users": [bo]}),
            "messages.send" => json!({"room": room, "cid": cid(), "text": "hello"}),
            "messages.preview" => json!({"text": "**hello**"}),
            "messages.edit" => json!({"room": room, "seq": self.seq(), "text": "hello"}),
            "messages.delete" | "messages.get" | "messages.revisions" | "reads.set" => {
                json!({"room": room, "seq": self.seq()})
            }
            "reactions.set" => json!({"room": room, "seq": self.seq(), "emoji": "👍", "on": true}),
            "pins.set" | "saved.set" => json!({"room": room, "seq": self.seq(), "on": true}),
            "pins.list" => json!({"room": room}),
            "saved.list" => json!({}),
            "drafts.set" => json!({"room": room, "text": "hel"}),
            "push.key" | "push.unsubscribe" => json!({}),
            "push.subscribe" => json!({
                "endpoint": "http://127.0.0.1:9/x",
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            }),
            "typing.set" => json!({"room": room, "typing": false}),
            "presence.set" => json!({"presence": "online"}),
            "sync.check" => json!({"blocks": {}}),
            "watch.set" => json!({"rooms": [room]}),
            other => fail!("there is no example for `{other}`: add one to bad_input/examples.rs"),
        })
    }

    /// The message stands after the lines of those who joined.
    fn seq(&self) -> u64 {
        let seen = self.devices[ADA].seen();
        seen.replica.rooms.get(&self.gathering.room).and_then(|room| room["head"].as_u64()).unwrap_or(1)
    }

    /// The code with which a call by whoever may make it is refused, or `ok`. A refusal of the input must name `field`.
    pub(super) async fn code(&self, spec: &Spec, way: Way, input: &Value, field: Option<&str>) -> Outcome<String> {
        let answer = self.call(self.whoever_may(spec), spec, way, input).await?;
        if let (Err(error), Some(field)) = (&answer, field)
            && error["code"].as_str().is_some_and(|code| code.starts_with("invalid."))
        {
            let named = error["field"].as_str().unwrap_or_default();
            if named != field && !named.starts_with(&format!("{field}[")) {
                let mut misnamed = self.misnamed.lock().unwrap_or_else(PoisonError::into_inner);
                misnamed.push(format!("{} with a bad `{field}` by {}: {error}", spec.name, name(way)));
            }
        }
        Ok(code(answer))
    }

    fn whoever_may(&self, spec: &Spec) -> usize {
        if spec.name.starts_with("invitations.") { IRIS } else { ADA }
    }

    async fn call(&self, person: usize, spec: &Spec, way: Way, input: &Value) -> Outcome<Answer> {
        let table = &self.gathering.table;
        match way {
            Way::Rest => self.devices[person].rest.call(table, &spec.name, input).await,
            Way::Socket => self.devices[person].socket()?.call(&spec.name, input).await,
        }
    }

    /// What a call without a session comes to; by socket there is no connection without one.
    pub(super) async fn signed_out(&self, spec: &Spec, right: &Value) -> Outcome<String> {
        if matches!(spec.name.as_str(), "accounts.create" | "sessions.create") {
            return Ok("–".into());
        }
        let nobody = Rest::new(self.gathering.server.address(), None)?;
        Ok(code(nobody.call(&self.gathering.table, &spec.name, right).await?))
    }

    /// What somebody who is in neither room is answered, for the public and for the private one.
    pub(super) async fn outsider(&self, spec: &Spec, right: &Value) -> Outcome<String> {
        if right.get("room").is_none() {
            return Ok("–".into());
        }
        let mut codes = Vec::new();
        for room in [&self.gathering.room, &self.private] {
            if room == &self.gathering.room && spec.name == "rooms.join" {
                codes.push("ok".to_string());
                continue;
            }
            let mut input = right.clone();
            input["room"] = json!(room);
            let mut found = Vec::new();
            for way in [Way::Socket, Way::Rest] {
                found.push(code(self.call(CLEO, spec, way, &input).await?));
            }
            codes.push(joined(&found));
        }
        Ok(codes.join(", "))
    }

    /// What a mere member is answered, or for invitations whoever is no administrator.
    pub(super) async fn not_allowed(&self, spec: &Spec, right: &Value) -> Outcome<String> {
        let mut input = right.clone();
        let person = match spec.name.as_str() {
            "rooms.update" | "rooms.renew_code" | "rooms.delete" | "messages.edit" | "messages.delete" => BO,
            "members.kick" | "members.set_role" => {
                input["user"] = json!(self.gathering.accounts[ADA].id);
                BO
            }
            name if name.starts_with("invitations.") => ADA,
            _ => return Ok("–".into()),
        };
        let mut found = Vec::new();
        for way in [Way::Socket, Way::Rest] {
            found.push(code(self.call(person, spec, way, &input).await?));
        }
        Ok(joined(&found))
    }

    /// Every refusal named the field that was wrong, and after all of them everything is as before.
    pub(super) async fn nothing_was_done(&self) -> Outcome {
        let misnamed = self.misnamed.lock().unwrap_or_else(PoisonError::into_inner).join("\n  ");
        check!(misnamed.is_empty(), "the wrong field is named:\n  {misnamed}");
        let history = self.gathering.history(ADA).await?;
        let texts: Vec<&Value> = history.iter().filter(|message| message["kind"] == "text").collect();
        check!(texts.len() == 1 && texts[0]["text"] == "the only message", "the history has become {texts:?}");
        let rest = Rest::new(self.gathering.server.address(), None)?;
        let wish = self.right("accounts.create")?;
        let registered = rest.call(&self.gathering.table, "accounts.create", &wish).await?;
        check!(registered.is_ok(), "a name that was only ever refused is not free: {registered:?}");
        Ok(())
    }
}

fn code(answer: Answer) -> String {
    match answer {
        Ok(_) => "ok".into(),
        Err(error) => error["code"].as_str().unwrap_or("no code").into(),
    }
}

fn name(way: Way) -> &'static str {
    if way == Way::Socket { "socket" } else { "REST" }
}
