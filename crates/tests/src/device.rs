//! One connection of one person: REST and a socket with the same session, and the replica that the socket feeds.

mod seen;
mod tending;

pub use seen::Seen;

use crate::contract::Table;
use crate::dice::Dice;
use crate::people::Account;
use crate::replica::Replica;
use crate::rest::{Answer, Rest};
use crate::socket::{Refused, Socket, Transport};
use crate::{Failure, Outcome, check, fail};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How long "sees" waits.
pub const SEEING_LIMIT: Duration = Duration::from_secs(8);
/// How long a device may go on asking for what it lacks; it only bounds how long one that asks in vain holds up the run.
const RESTING_LIMIT: Duration = Duration::from_secs(60);

/// By which way commands are given; ops are heard on the socket in any case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Socket,
    Rest,
}

impl Way {
    pub fn other(self) -> Way {
        match self {
            Way::Socket => Way::Rest,
            Way::Rest => Way::Socket,
        }
    }
}

/// Which rooms a device has on its screen: their ops come whole.
#[derive(Clone, PartialEq)]
pub enum Screen {
    All,
    Only(BTreeSet<String>),
}

/// One connection of one person.
pub struct Device {
    pub name: String,
    pub account: Account,
    pub rest: Rest,
    socket: Option<Socket>,
    seen: Arc<Mutex<Seen>>,
    changed: watch::Sender<()>,
    transport: Transport,
    pub screen: Screen,
    /// Whether it says in `hello` what it holds of each room, and gets no more of the others than their heads.
    pub selective: bool,
    /// Whether it can read short memberships.
    pub short: bool,
}

impl Device {
    /// A device that is not connected yet.
    pub fn new(name: &str, account: Account, rest: &Rest, transport: Transport) -> Device {
        let replica = Replica::new(&account.id);
        let rest = rest.signed_in(&account.token);
        let seen = Arc::new(Mutex::new(Seen { replica, ..Seen::default() }));
        let changed = watch::Sender::new(());
        let (name, screen) = (name.into(), Screen::All);
        let (selective, short) = (false, false);
        Device { name, account, rest, socket: None, seen, changed, transport, screen, selective, short }
    }

    /// From now on ops are sometimes heard twice, or one after the next, which the network itself cannot do.
    pub fn plays_tricks(&self, seed: u64) {
        let mut seen = self.seen();
        seen.tricks = Some(Dice::new(seed));
        seen.replica.lenient = true;
    }

    /// No more tricks; what was held back is heard.
    pub fn plays_fair(&self) {
        let mut seen = self.seen();
        seen.tricks = None;
        if let Some(earlier) = seen.held_back.take() {
            seen.hear_plainly("op", earlier);
        }
    }

    /// What it has heard so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_connected(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.ending().is_none())
    }

    /// The open socket.
    pub fn socket(&self) -> Outcome<&Socket> {
        match &self.socket {
            Some(socket) => Ok(socket),
            None => fail!("{} is not connected", self.name),
        }
    }

    /// Connects to `address` without saying hello.
    pub async fn connect(&mut self, address: &str) -> Result<(), Refused> {
        let (seen, changed) = (self.seen.clone(), self.changed.clone());
        let connection = self.next_connection();
        let ear = Box::new(move |event: &str, value: Value| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.connection == connection {
                seen.hear(event, value);
            }
            drop(seen);
            changed.send_replace(());
        });
        let auth = json!({"token": self.account.token});
        self.socket = Some(Socket::open(address, &auth, self.transport, ear).await?);
        Ok(())
    }

    fn next_connection(&self) -> u32 {
        let mut seen = self.seen();
        seen.connection += 1;
        seen.replica.connected();
        seen.held_back = None;
        seen.connection
    }

    /// The rooms on its screen that it knows to be in.
    fn on_screen(&self) -> Vec<String> {
        self.screen_of(&self.seen())
    }

    fn screen_of(&self, seen: &Seen) -> Vec<String> {
        let rooms = seen.replica.rooms.keys();
        match &self.screen {
            Screen::All => rooms.take(100).cloned().collect(),
            Screen::Only(chosen) => rooms.filter(|room| chosen.contains(*room)).take(100).cloned().collect(),
        }
    }

    /// Whether it watches other rooms than it should.
    fn moved(&self, seen: &Seen) -> bool {
        seen.replica.settled() && !self.screen_of(seen).iter().eq(seen.replica.watched.iter())
    }

    /// Says hello from its cursor and waits until it holds everything.
    pub async fn hello(&self) -> Outcome {
        let rooms = self.on_screen();
        let cursor = match self.selective {
            true => self.seen().replica.cursor_with_held(&rooms),
            false => self.seen().replica.cursor(),
        };
        self.hello_from(cursor).await
    }

    /// Says hello from `cursor`, with the rooms on its screen, and waits until it holds everything.
    pub async fn hello_from(&self, mut cursor: Value) -> Outcome {
        cursor["watch"] = json!(self.on_screen());
        if self.short {
            cursor["short"] = json!(true);
        }
        self.hello_with(&cursor).await
    }

    /// Says hello with these fields and waits until it holds everything.
    pub async fn hello_with(&self, wish: &Value) -> Outcome {
        self.seen().replica.begin_hello(wish);
        let answer = self.socket()?.call("hello", wish).await?;
        let value = answer.map_err(|error| Failure(format!("{} says hello: {error}", self.name)))?;
        let limit = Instant::now() + SEEING_LIMIT;
        self.hear("done", limit, &mut |seen| seen.replica.settled()).await?;
        let seen = self.seen();
        check!(
            value["epoch"] == seen.replica.epoch && value["g"].as_u64() <= Some(seen.replica.g),
            "{}: hello was answered with {value}, done said {} and {}",
            self.name,
            seen.replica.epoch,
            seen.replica.g
        );
        Ok(())
    }

    /// Puts the rooms of its screen there, with what it holds of each, so that nothing is missing afterwards.
    pub async fn watch_screen(&self) -> Outcome {
        let rooms = self.on_screen();
        let held = self.seen().replica.held(rooms.iter());
        self.seen().replica.begin_watch(&rooms);
        let answer = self.socket()?.call("watch.set", &json!({"rooms": rooms, "held": held})).await?;
        let value = answer.map_err(|error| Failure(format!("{} watches {rooms:?}: {error}", self.name)))?;
        let Some(online) = value["online"].as_object() else { fail!("watch.set answered {value}") };
        let mut seen = self.seen();
        seen.replica.watching(&rooms);
        for (user, presence) in online {
            // What was pushed meanwhile is newer.
            seen.presence.entry(user.clone()).or_insert_with(|| presence.as_str().unwrap_or("").to_string());
        }
        Ok(())
    }

    /// Gives a command by `way`; those that concern the connection itself always go by the socket.
    pub async fn call(&self, table: &Table, way: Way, name: &str, arguments: &Value) -> Outcome<Answer> {
        let of_connection = matches!(name, "watch.set" | "presence.set");
        let done = match way {
            Way::Rest if !of_connection => self.rest.call(table, name, arguments).await,
            _ => self.socket()?.call(name, arguments).await,
        };
        done.map_err(|failure| failure.during(format!("{} gives {name}", self.name)))
    }

    /// Waits until what it has heard is as `right` says, asking for what it lacks meanwhile.
    ///
    /// # Errors
    /// It was not so after `SEEING_LIMIT`; the failure says `what` was waited for.
    pub async fn wait(&self, what: &str, mut right: impl FnMut(&Seen) -> bool) -> Outcome {
        let limit = Instant::now() + SEEING_LIMIT;
        loop {
            if right(&self.seen()) {
                return Ok(());
            }
            let lacks = self.is_connected() && self.seen().replica.has_begun() && self.tend().await?;
            if !lacks {
                let mut wanting = |seen: &Seen| right(seen) || !seen.replica.wants().is_empty() || self.moved(seen);
                self.hear(what, limit, &mut wanting).await?;
            }
        }
    }

    /// Asks for what it lacks until it lacks nothing, if it is connected and has said hello.
    ///
    /// # Errors
    /// It lacked something after `RESTING_LIMIT` as well; the failure says what.
    pub async fn rest(&self) -> Outcome {
        let limit = Instant::now() + RESTING_LIMIT;
        while self.is_connected() && self.seen().replica.has_begun() && self.tend().await? {
            let seen = self.seen();
            let (wants, watched) = (seen.replica.wants(), &seen.replica.watched);
            check!(Instant::now() < limit, "{} asks for ever: it wants {wants:?} and watches {watched:?}", self.name);
        }
        Ok(())
    }

    /// Waits until what it has heard is as `right` says, without doing anything.
    async fn hear(&self, what: &str, limit: Instant, right: &mut impl FnMut(&Seen) -> bool) -> Outcome {
        let mut changed = self.changed.subscribe();
        loop {
            if right(&self.seen()) {
                return Ok(());
            }
            if timeout_at(limit, changed.changed()).await.is_err() {
                let ending = self.socket.as_ref().and_then(Socket::ending);
                fail!("{} does not see {what}{}", self.name, ending.map_or(String::new(), |e| format!(" ({e})")));
            }
        }
    }

    /// Waits until everything that was sent to this connection before now has been heard.
    pub async fn fence(&self) -> Outcome {
        self.socket()?.call("profile.get", &json!({})).await?.map(drop).map_err(|error| Failure(error.to_string()))
    }

    /// Closes the connection as a closed tab does.
    pub async fn close(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.close().await;
        }
    }

    /// Drops the connection without a goodbye.
    pub fn cut(&mut self) {
        self.next_connection();
        self.socket = None;
    }

    /// Waits until the server has ended the connection.
    pub async fn cut_off(&self) -> Outcome<String> {
        let ended = timeout_at(Instant::now() + SEEING_LIMIT, self.socket()?.ended()).await;
        ended.map_err(|_| Failure(format!("{} is still connected", self.name)))
    }
}
