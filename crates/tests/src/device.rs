//! One connection of one person: REST and a socket with the same session, and the replica that the socket feeds.

use crate::contract::Table;
use crate::people::Account;
use crate::replica::Replica;
use crate::rest::{Answer, Rest};
use crate::socket::{Refused, Socket, Transport};
use crate::{Failure, Outcome, check, fail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How long "sees" waits.
pub const SEEING_LIMIT: Duration = Duration::from_secs(5);

/// By which way commands are given; ops are heard on the socket in any case.
#[derive(Clone, Copy, PartialEq)]
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

/// What a connection has heard.
#[derive(Default)]
pub struct Seen {
    pub replica: Replica,
    /// Who types where: by room and user.
    pub typing: BTreeMap<(String, String), bool>,
    pub presence: BTreeMap<String, String>,
    /// Every presence and typing ever heard: user and what it was.
    pub ever: BTreeSet<(String, String)>,
    /// Which connection is listened to: what an earlier one still had to say does not count.
    connection: u32,
}

impl Seen {
    fn hear(&mut self, event: &str, value: Value) {
        match event {
            "typing" => match (value["room"].as_str(), value["user"].as_str(), value["typing"].as_bool()) {
                (Some(room), Some(user), Some(typing)) => {
                    self.typing.insert((room.into(), user.into()), typing);
                    self.ever.insert((user.into(), "typing".into()));
                }
                _ => self.replica.faults.push(format!("typing of another shape: {value}")),
            },
            "presence" => match (value["user"].as_str(), value["presence"].as_str()) {
                (Some(user), Some(presence @ ("online" | "away" | "offline"))) => {
                    self.presence.insert(user.into(), presence.into());
                    self.ever.insert((user.into(), presence.into()));
                }
                _ => self.replica.faults.push(format!("presence of another shape: {value}")),
            },
            _ => self.replica.hear(event, value),
        }
    }
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
}

impl Device {
    /// A device that is not connected yet.
    pub fn new(name: &str, account: Account, rest: &Rest, transport: Transport) -> Device {
        let replica = Replica::new(&account.id);
        let rest = rest.signed_in(&account.token);
        let seen = Arc::new(Mutex::new(Seen { replica, ..Seen::default() }));
        Device { name: name.into(), account, rest, socket: None, seen, changed: watch::Sender::new(()), transport }
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
        seen.connection
    }

    /// Says hello from its cursor and waits until it holds everything.
    pub async fn hello(&self) -> Outcome {
        let cursor = self.seen().replica.cursor();
        self.hello_from(cursor).await
    }

    /// Says hello from `cursor`, with every room that it knows on screen.
    pub async fn hello_from(&self, mut cursor: Value) -> Outcome {
        self.seen().replica.cursor();
        let rooms: Vec<String> = self.seen().replica.memberships.keys().take(100).cloned().collect();
        cursor["watch"] = json!(rooms);
        let answer = self.socket()?.call("hello", &cursor).await?;
        let value = answer.map_err(|error| Failure(format!("{} says hello: {error}", self.name)))?;
        self.wait("done", |seen| seen.replica.settled()).await?;
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

    /// Puts all its rooms on screen, as `hello` does for those that were there before.
    pub async fn watch_all(&self) -> Outcome {
        let rooms: Vec<String> = self.seen().replica.memberships.keys().take(100).cloned().collect();
        let answer = self.socket()?.call("watch.set", &json!({"rooms": rooms})).await?;
        let value = answer.map_err(|error| Failure(format!("{} watches {rooms:?}: {error}", self.name)))?;
        let Some(online) = value["online"].as_object() else { fail!("watch.set answered {value}") };
        let mut seen = self.seen();
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

    /// Waits until what it has heard is as `right` says.
    ///
    /// # Errors
    /// It was not so after `SEEING_LIMIT`; the failure says `what` was waited for.
    pub async fn wait(&self, what: &str, mut right: impl FnMut(&Seen) -> bool) -> Outcome {
        let limit = Instant::now() + SEEING_LIMIT;
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
