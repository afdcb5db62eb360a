//! What a history is played with: a server, people with devices, and the model beside it.

use super::askers::Asking;
use super::troubles::Copy;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tests::contract::{self, Table};
use tests::device::{Device, Screen, Way};
use tests::dice::Dice;
use tests::gathering::{cid, connected};
use tests::model::{Model, Person};
use tests::people::{self, Account, PEOPLE};
use tests::proxy::Proxy;
use tests::replica::Replica;
use tests::rest::{Answer, Rest};
use tests::server::{Server, Setting, Stage};
use tests::socket::Transport;
use tests::{Failure, Outcome, check, fail};
use tokio::time::{Instant, sleep};

/// How long a device tries to come back to a server that is being started again.
const COMEBACK: Duration = Duration::from_secs(30);
/// How many lines of its story a failed history tells.
const STORY: usize = 60;

/// A device with its own way to the server.
pub(super) struct Gadget {
    pub(super) device: Device,
    pub(super) person: usize,
    pub(super) proxy: Proxy,
    /// What it would have after a crash.
    kept: Replica,
    /// How many changes the model knew when it was last told everything; nothing: it never was.
    pub(super) told_at: Option<usize>,
}

/// A command as it was given, and what it was answered.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) person: usize,
    pub(super) command: String,
    pub(super) input: Value,
    pub(super) answer: Value,
}

pub(super) struct World {
    pub(super) server: Server,
    pub(super) table: Table,
    pub(super) dice: Dice,
    pub(super) model: Model,
    pub(super) accounts: Vec<Account>,
    pub(super) gadgets: Vec<Gadget>,
    /// Rooms in the order in which they were made, also those that are gone.
    pub(super) rooms: Vec<String>,
    pub(super) given: Vec<Given>,
    /// Accounts made in this history.
    pub(super) newcomers: Vec<Account>,
    /// Sessions that were begun: whose, and the token.
    pub(super) sessions: Vec<(usize, String)>,
    pub(super) invitations: Vec<String>,
    pub(super) copy: Option<Copy>,
    /// Programs, each with its last request.
    pub(super) asking: Vec<Asking>,
    /// Commands, comings back, power cuts, restores.
    pub(super) counts: [u64; 4],
    /// The troubles are over.
    pub(super) calm: bool,
    story: Vec<String>,
}

impl World {
    pub(super) async fn new(seed: u64, stage: Stage) -> Outcome<World> {
        // Bumps are merged for a second, so that rest comes soon; now and then for a time in which much happens.
        let interval = if seed.is_multiple_of(4) { 5_000 } else { 1_000 };
        let push = "[push]\nprivate = true\n";
        let config = format!("[sync]\nbump_interval = {interval}\n{push}[metrics]\ntoken = \"look\"\n");
        let (server, accounts) = people::server(Setting { config, stage, ..Setting::default() }).await?;
        let mut model = Model::default();
        for (account, name) in accounts.iter().zip(PEOPLE) {
            let admin = name == PEOPLE[0];
            let person = Person { username: name.to_lowercase(), admin, ..Person::default() };
            model.people.insert(account.id.clone(), person);
        }
        let mut world = World {
            server,
            table: contract::table()?,
            dice: Dice::new(seed),
            model,
            accounts,
            gadgets: Vec::new(),
            rooms: Vec::new(),
            given: Vec::new(),
            newcomers: Vec::new(),
            sessions: Vec::new(),
            invitations: Vec::new(),
            copy: None,
            asking: Vec::new(),
            counts: [0; 4],
            calm: false,
            story: Vec::new(),
        };
        world.begin(seed).await?;
        Ok(world)
    }

    async fn begin(&mut self, seed: u64) -> Outcome {
        for person in 0..PEOPLE.len() {
            for number in 0..1 + self.dice.throw(2) {
                self.new_gadget(person, seed ^ (person as u64 + 1) << 32 ^ (number + 1) << 48).await?;
            }
        }
        for kind in ["public", "public", "private"] {
            let input = json!({"name": format!("room {}", self.rooms.len()), "kind": kind, "cid": cid()});
            let person = self.dice.throw(5) as usize;
            let gadget = self.gadget_of(person);
            check!(self.give(gadget, "rooms.create", input).await?.is_ok(), "no room");
        }
        for person in 0..PEOPLE.len() {
            let (gadget, room) = (self.gadget_of(person), self.rooms[0].clone());
            let joined = self.give(gadget, "rooms.join", json!({"room": room, "cid": cid()})).await?;
            check!(joined.is_ok(), "nobody can join: {joined:?}");
        }
        Ok(())
    }

    /// A new device of a person: it may say what it holds of each room, or take everything; it may have a few rooms on
    /// its screen, or all.
    pub(super) async fn new_gadget(&mut self, person: usize, seed: u64) -> Outcome {
        let proxy = Proxy::to(self.server.address(), seed).await?;
        let account = self.accounts[person].clone();
        let rest = Rest::new(proxy.address(), None)?;
        let transport = if self.dice.one_in(4) { Transport::Polling } else { Transport::WebSocket };
        let name = format!("{}'s device {}", account.username, self.gadgets.len());
        let mut device = Device::new(&name, account, &rest, transport);
        device.selective = !self.dice.one_in(3);
        device.short = self.dice.one_in(2);
        if self.dice.one_in(2) {
            device.screen = Screen::Only(BTreeSet::new());
        }
        if self.dice.one_in(3) {
            device.plays_tricks(self.dice.throw(u64::from(u32::MAX)));
        }
        let kept = Replica::new(&device.account.id);
        self.gadgets.push(Gadget { device, person, proxy, kept, told_at: None });
        let at = self.gadgets.len() - 1;
        self.come_back(at).await
    }

    /// Some device of a person.
    pub(super) fn gadget_of(&mut self, person: usize) -> usize {
        let own: Vec<usize> = (0..self.gadgets.len()).filter(|at| self.gadgets[*at].person == person).collect();
        *self.dice.pick(&own)
    }

    pub(super) fn tell(&mut self, line: String) {
        if self.story.len() == STORY {
            self.story.remove(0);
        }
        self.story.push(line);
    }

    /// What happened last, for a report.
    pub(super) fn story(&self) -> String {
        let log = self.server.log();
        let grave = log.lines().filter(|line| ["WARN", "ERROR", "panicked"].iter().any(|word| line.contains(word)));
        let grave: Vec<&str> = grave.take(10).collect();
        format!("\n  {}\n  the server wrote: {}\n  then", self.story.join("\n  "), grave.join("\n  "))
    }

    /// Gives a command until it is answered, and compares the answer with the model's.
    pub(super) async fn give(&mut self, gadget: usize, command: &str, input: Value) -> Outcome<Answer> {
        let answer = self.insist(gadget, command, &input).await?;
        self.answered(self.gadgets[gadget].person, command, input, answer).await
    }

    pub(super) async fn answered(
        &mut self,
        person: usize,
        command: &str,
        input: Value,
        answer: Answer,
    ) -> Outcome<Answer> {
        let who = self.accounts[person].id.clone();
        self.counts[0] += 1;
        let value = answer.clone().unwrap_or_default();
        let said = match &answer {
            Ok(_) => "ok".to_string(),
            Err(error) => error["code"].as_str().unwrap_or("?").to_string(),
        };
        self.tell(format!("{} {command} {input}: {said}", self.accounts[person].username));
        let right = match self.model.act(&who, command, &input, &value) {
            Ok(()) => "ok",
            Err(code) => code,
        };
        check!(right == said, "{command} {input}: answered {said}, the model says {right}");
        if let (Some(id), true) = (value["id"].as_str(), matches!(command, "rooms.create" | "direct.open"))
            && !self.rooms.iter().any(|room| room == id)
        {
            self.rooms.push(id.to_string());
        }
        if answer.is_ok() && input.get("cid").is_some() {
            let command = command.to_string();
            self.given.push(Given { person, command, input: input.clone(), answer: value });
        }
        if let Some(room) = input["room"].as_str() {
            self.find_owner(room).await?;
        }
        Ok(answer)
    }

    /// After an owner has left the server chooses another among those who come next in rank.
    async fn find_owner(&mut self, room: &str) -> Outcome {
        if !self.model.lacks_owner(room) {
            return Ok(());
        }
        let inside = self.accounts.iter().find(|account| self.model.rooms[room].seats.contains_key(&account.id));
        let Some(inside) = inside else { return Ok(()) };
        let rest = self.server.rest(Some(&inside.token))?;
        let answer = rest.call(&self.table, "rooms.members", &json!({"room": room, "limit": 200})).await?;
        let members = answer.map_err(|error| Failure(format!("rooms.members: {error}")))?;
        let owners: Vec<&str> = members["members"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|member| member["role"] == "owner")
            .filter_map(|member| member["user"].as_str())
            .collect();
        match owners.as_slice() {
            [owner] => check!(self.model.takes_over(room, owner), "{owner} took over {room}: others came before"),
            other => fail!("{room} has the owners {other:?}"),
        }
        Ok(())
    }

    /// Gives a command until it is answered: without an answer nobody knows whether it was done.
    pub(super) async fn insist(&mut self, gadget: usize, command: &str, input: &Value) -> Outcome<Answer> {
        let mut way = if self.dice.one_in(3) { Way::Rest } else { Way::Socket };
        let limit = Instant::now() + COMEBACK;
        loop {
            let device = &self.gadgets[gadget].device;
            if !device.is_connected() {
                way = Way::Rest;
            }
            let failure = match device.call(&self.table, way, command, input).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            check!(Instant::now() < limit, "{command} {input} is not answered: {failure}");
            if self.dice.one_in(2) {
                self.come_back(gadget).await?;
            }
            way = way.other();
        }
    }

    /// Connects as soon as there is a server that can be reached, and catches up.
    pub(super) async fn come_back(&mut self, at: usize) -> Outcome {
        let limit = Instant::now() + COMEBACK;
        let mut failed = 0;
        let gadget = &mut self.gadgets[at];
        loop {
            gadget.device.cut();
            let came = match connected(gadget.device.connect(gadget.proxy.address()).await) {
                Ok(()) => gadget.device.hello().await,
                Err(failure) => Err(failure),
            };
            match came {
                Ok(()) => break,
                Err(failure) if Instant::now() > limit => return Err(failure.during("coming back")),
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
            failed += 1;
            // Whoever is cut off again and again is spared for once.
            gadget.proxy.trouble(failed < 4 && !self.calm);
        }
        gadget.proxy.trouble(!self.calm);
        gadget.told_at = Some(self.model.log.len());
        self.counts[1] += 1;
        Ok(())
    }

    /// What a device holds is kept, so that it is there after a crash.
    pub(super) fn keep(&mut self, at: usize) {
        let gadget = &mut self.gadgets[at];
        gadget.kept = gadget.device.seen().replica.clone();
    }

    /// A device crashes: it has what it kept last.
    pub(super) async fn crash(&mut self, at: usize) -> Outcome {
        let gadget = &mut self.gadgets[at];
        gadget.device.cut();
        let faults = std::mem::take(&mut gadget.device.seen().replica.faults);
        let mut kept = gadget.kept.clone();
        (kept.faults, kept.lenient) = (faults, gadget.device.seen().replica.lenient);
        gadget.device.seen().replica = kept;
        // What it was told after that counts again.
        gadget.told_at = None;
        self.come_back(at).await?;
        self.gadgets[at].told_at = None;
        Ok(())
    }
}
