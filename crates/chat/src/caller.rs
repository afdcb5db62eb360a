//! Who calls: a signed-in actor or nobody yet, by a connection or by a single request.

use crate::{Chat, Refusal};
use hub::{ConnectionId, Mood, Outlet};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A signed-in session and its user.
#[derive(Clone, Debug)]
pub struct Identity {
    pub user: Arc<str>,
    pub session: Arc<str>,
    pub admin: bool,
}

/// A live connection of a session: where its events go.
pub struct Connection {
    pub(crate) id: ConnectionId,
    pub identity: Identity,
    pub(crate) outlet: Arc<dyn Outlet>,
    /// None once it has gone.
    mood: Mutex<Option<Mood>>,
    /// Its session has ended by its own command: the next one is not carried out, however soon it comes.
    signed_out: AtomicBool,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, identity: Identity, outlet: Arc<dyn Outlet>) -> Arc<Self> {
        Arc::new(Self {
            id,
            identity,
            outlet,
            mood: Mutex::new(Some(Mood::Online)),
            signed_out: AtomicBool::new(false),
        })
    }

    pub(crate) fn sign_out(&self) {
        self.signed_out.store(true, Ordering::Release);
    }

    pub(crate) fn is_signed_out(&self) -> bool {
        self.signed_out.load(Ordering::Acquire)
    }

    /// Takes the new mood in and returns the one before; none if the connection has gone.
    pub(crate) fn set_mood(&self, mood: Mood) -> Option<Mood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(|now| std::mem::replace(now, mood))
    }

    /// The last mood of a connection that goes; none if it has gone before.
    pub(crate) fn take_mood(&self) -> Option<Mood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a door knows of a command's caller.
#[derive(Clone)]
pub struct Caller {
    pub identity: Option<Identity>,
    pub connection: Option<Arc<Connection>>,
    /// Where the request came from, as limits go by it.
    pub address: IpAddr,
    /// What the caller's program calls itself (`User-Agent`).
    pub program: String,
}

/// A signed-in caller.
#[derive(Clone)]
pub struct Actor {
    pub user: Arc<str>,
    pub session: Arc<str>,
    pub admin: bool,
    pub connection: Option<Arc<Connection>>,
    /// A digest of the command's input: what a `cid` stands for.
    pub(crate) input: i64,
}

impl Actor {
    /// The origin of a write by this actor.
    pub(crate) fn origin(&self, command: &'static str, cid: Option<crate::cid::Cid>) -> store::Origin {
        store::Origin {
            user: Some(self.user.to_string()),
            cid: cid.map(|cid| store::Cid { id: cid.0, input: self.input }),
            command,
            at: crate::clock::now(),
            answer: None,
        }
    }
}

/// How a command's function takes its caller.
pub trait FromCaller: Sized {
    /// `input` is the command's JSON.
    fn from_caller(caller: Caller, input: &[u8]) -> Result<Self, Refusal>;
}

impl FromCaller for Caller {
    fn from_caller(caller: Caller, _: &[u8]) -> Result<Self, Refusal> {
        Ok(caller)
    }
}

impl FromCaller for Actor {
    fn from_caller(caller: Caller, input: &[u8]) -> Result<Self, Refusal> {
        let Some(Identity { user, session, admin }) = caller.identity else { return Err(Refusal::SignInRequired) };
        Ok(Self { user, session, admin, connection: caller.connection, input: digest(input) })
    }
}

/// The same for the same fields in whatever order and spacing, absent or null: doors and clients write them differently.
/// The `cid` itself is no part of what is asked.
fn digest(input: &[u8]) -> i64 {
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(input).unwrap_or_default();
    fields.retain(|name, value| name != "cid" && !value.is_null());
    let digest = Sha256::digest(serde_json::Value::Object(fields).to_string().as_bytes());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

impl Chat {
    /// Takes in a connection of a signed-in session. It hears nothing before `hello`.
    pub async fn connect(&self, identity: Identity, outlet: Arc<dyn Outlet>) -> Arc<Connection> {
        let attach =
            hub::Attach { user: identity.user.clone(), session: identity.session.clone(), outlet: outlet.clone() };
        let id = self.hub.attach(attach).await;
        let connection = Connection::new(id, identity, outlet);
        self.presence_came(&connection).await;
        connection
    }

    /// Forgets a connection that has closed. Doing it twice does nothing.
    pub async fn disconnect(&self, connection: &Connection) {
        if let Some(mood) = connection.take_mood() {
            self.hub.detach(connection.id).await;
            self.presence_went(connection, mood);
        }
    }
}
