//! Where a conversation happens: the server, the people with their devices, and what the sentences refer to.

use super::step::{Act, Deed, Step};
use crate::contract::{self, Table};
use crate::device::{Device, Way};
use crate::people::{self, Account, PEOPLE};
use crate::rest::{Answer, Rest};
use crate::server::{Server, Setting, Stage};
use crate::socket::Transport;
use crate::{Failure, Outcome, check, fail, oracle};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A room that a conversation knows by a name.
#[derive(Clone, Default)]
pub(super) struct RoomNote {
    pub(super) id: String,
    pub(super) code: Option<String>,
    pub(super) former_code: Option<String>,
    /// The `seq` of each message that was said here: `#3` is the third, whatever lines stand between.
    pub(super) said: Vec<u64>,
}

/// The last command that was given with a `cid`.
pub(super) struct Given {
    pub(super) name: String,
    pub(super) arguments: Value,
    pub(super) way: Way,
    pub(super) value: Value,
}

pub(super) struct Scene {
    pub(super) way: Way,
    pub(super) table: Table,
    pub(super) setting: Setting,
    pub(super) empty: bool,
    pub(super) by_websocket: bool,
    pub(super) server: Option<Server>,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) passwords: BTreeMap<String, String>,
    pub(super) devices: BTreeMap<String, Device>,
    pub(super) rooms: BTreeMap<String, RoomNote>,
    /// The room that is spoken of when a sentence names none.
    pub(super) current: String,
    pub(super) given: Option<Given>,
    pub(super) refusals: Vec<Value>,
    /// The `gv` of a message that somebody remembers.
    pub(super) remembered: u64,
    pub(super) invitation: Value,
}

impl Scene {
    pub(super) fn new(way: Way, stage: Stage) -> Outcome<Scene> {
        Ok(Scene {
            way,
            table: contract::table()?,
            setting: Setting { stage, ..Setting::default() },
            empty: false,
            by_websocket: false,
            server: None,
            accounts: BTreeMap::new(),
            passwords: BTreeMap::new(),
            devices: BTreeMap::new(),
            rooms: BTreeMap::new(),
            current: String::new(),
            given: None,
            refusals: Vec::new(),
            remembered: 0,
            invitation: Value::Null,
        })
    }

    /// Plays one line.
    pub(super) async fn play(&mut self, step: &Step) -> Outcome {
        match &step.act {
            Act::Scenery(scenery) => self.scenery(scenery).await,
            Act::Does { who, room, deed } => {
                let room = room.clone().unwrap_or_else(|| self.current.clone());
                self.does(who, &room, deed).await
            }
            Act::Refused { code, detail, who, room, deed } => {
                let room = room.clone().unwrap_or_else(|| self.current.clone());
                self.is_refused(code, detail.as_ref(), who, &room, deed).await
            }
            Act::Sees { who, room, sight } => {
                let room = room.clone().unwrap_or_else(|| self.current.clone());
                self.sees(who, &room, sight).await
            }
        }
    }

    async fn does(&mut self, who: &str, room: &str, deed: &Deed) -> Outcome {
        let times = if let Deed::Post { times, .. } = deed { *times } else { 1 };
        for _ in 0..times {
            let arguments = self.arguments(who, room, deed).await?;
            match self.give(who, deed.command(), &arguments).await? {
                Ok(value) => self.answered(who, room, deed, &arguments, value).await?,
                Err(error) => fail!("refused: {error}"),
            }
        }
        Ok(())
    }

    async fn is_refused(
        &mut self,
        code: &str,
        detail: Option<&(String, String)>,
        who: &str,
        room: &str,
        deed: &Deed,
    ) -> Outcome {
        let arguments = self.arguments(who, room, deed).await?;
        let error = match self.give(who, deed.command(), &arguments).await? {
            Ok(value) => fail!("not refused, but answered with {value}"),
            Err(error) => error,
        };
        check!(error["code"] == json!(code), "refused with another code: {error}");
        if let Some((field, expected)) = detail {
            let pointer = format!("/{}", field.replace('.', "/"));
            let found = error.pointer(&pointer).map(|value| value.as_str().map_or(value.to_string(), str::to_string));
            check!(found.as_deref() == Some(expected), "`{field}` is not \"{expected}\" in {error}");
        }
        self.refusals.push(error);
        Ok(())
    }

    /// Gives a command; whoever has no connection, and whoever is not signed in, does it by REST.
    async fn give(&mut self, who: &str, name: &str, arguments: &Value) -> Outcome<Answer> {
        let unsigned = matches!(name, "accounts.create" | "sessions.create");
        let answer = if unsigned {
            self.rest().await?.call(&self.table, name, arguments).await?
        } else {
            let device = self.device(who)?;
            let way = if device.is_connected() { self.way } else { Way::Rest };
            device.call(&self.table, way, name, arguments).await?
        };
        if let (Ok(value), true) = (&answer, arguments.get("cid").is_some()) {
            let (name, arguments, value) = (name.to_string(), arguments.clone(), value.clone());
            self.given = Some(Given { name, arguments, way: self.way, value });
        }
        Ok(answer)
    }

    /// Who gives commands by socket has a WebSocket; who gives them by REST hears by polling.
    pub(super) fn transport(&self) -> Transport {
        if self.way == Way::Socket || self.by_websocket { Transport::WebSocket } else { Transport::Polling }
    }

    /// The server, started now if it was not yet.
    pub(super) async fn server(&mut self) -> Outcome<&mut Server> {
        if self.server.is_none() {
            let setting = self.setting.clone();
            if self.empty {
                self.server = Some(Server::empty(setting).await?);
            } else {
                let (server, accounts) = people::server(setting).await?;
                self.accounts = PEOPLE.iter().map(|name| name.to_string()).zip(accounts).collect();
                self.server = Some(server);
            }
        }
        self.server.as_mut().ok_or_else(|| Failure("there is no server".into()))
    }

    pub(super) async fn address(&mut self) -> Outcome<String> {
        Ok(self.server().await?.address().to_string())
    }

    /// REST without a session.
    pub(super) async fn rest(&mut self) -> Outcome<Rest> {
        self.server().await?.rest(None)
    }

    pub(super) fn device(&self, name: &str) -> Outcome<&Device> {
        self.devices.get(name).ok_or_else(|| Failure(format!("{name} has not come in: [{name}]")))
    }

    pub(super) fn device_mut(&mut self, name: &str) -> Outcome<&mut Device> {
        self.devices.get_mut(name).ok_or_else(|| Failure(format!("{name} has not come in: [{name}]")))
    }

    /// All connected devices of the person whose device `who` is.
    pub(super) fn devices_of(&self, who: &str) -> Vec<&Device> {
        let person = person(who);
        let mine = self
            .devices
            .iter()
            .filter(|(name, device)| name.split('\'').next() == Some(person) && device.is_connected());
        mine.map(|(_, device)| device).collect()
    }

    /// The id of the room called `name`; a name that nobody made is no room's id.
    pub(super) fn room_id(&self, name: &str) -> String {
        self.rooms.get(name).map_or_else(|| format!("no-{name}"), |note| note.id.clone())
    }

    /// The `seq` of the `count`th message said in the room called `name`; one beyond the end if there are not so many.
    pub(super) fn seq(&self, name: &str, count: u64) -> u64 {
        let said = self.rooms.get(name).map(|note| note.said.as_slice()).unwrap_or_default();
        let index = usize::try_from(count).unwrap_or(usize::MAX).wrapping_sub(1);
        said.get(index).copied().unwrap_or(1_000_000 + count)
    }

    /// The id of a person.
    pub(super) fn user_id(&self, who: &str) -> String {
        self.accounts.get(person(who)).map_or_else(|| format!("no-{who}"), |account| account.id.clone())
    }

    /// The room's `id` and `code` out of a room value, kept under `name`.
    pub(super) fn note_room(&mut self, name: &str, value: &Value) -> Outcome {
        let Some(id) = value["id"].as_str() else { fail!("a room without id: {value}") };
        let note = self.rooms.entry(name.to_string()).or_default();
        note.id = id.to_string();
        if let Some(code) = value["code"].as_str()
            && note.code.as_deref() != Some(code)
        {
            note.former_code = note.code.replace(code.to_string());
        }
        Ok(())
    }

    /// After the last line: every connected device agrees with the server, which then ends in good order.
    pub(super) async fn finish(&mut self) -> Outcome {
        let address = self.address().await?;
        for device in self.devices.values().filter(|device| device.is_connected()) {
            let agreed = oracle::agree(device, &self.table, &address).await;
            agreed.map_err(|failure| Failure(format!("{failure}{}", self.log())))?;
        }
        for device in self.devices.values() {
            let faults = device.seen().replica.faults.join("\n    ");
            check!(faults.is_empty(), "what {} heard breaks the protocol:\n    {faults}", device.name);
        }
        Ok(())
    }

    /// What the server wrote of warnings and errors, for a report.
    pub(super) fn log(&self) -> String {
        let log = self.server.as_ref().map(Server::log).unwrap_or_default();
        let grave: Vec<&str> =
            log.lines().filter(|line| ["WARN", "ERROR", "panicked"].iter().any(|word| line.contains(word))).collect();
        if grave.is_empty() {
            String::new()
        } else {
            format!("\n    the server wrote:\n      {}", grave.join("\n      "))
        }
    }
}

/// The person whose device `who` is.
pub(super) fn person(who: &str) -> &str {
    who.split('\'').next().unwrap_or(who)
}
