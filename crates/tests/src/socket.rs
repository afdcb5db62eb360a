//! A small Socket.IO client of our own: default namespace, JSON only, no reconnection (tests decide when).

mod polling;
mod session;
mod websocket;

use crate::rest::Answer;
use crate::{Failure, Outcome, fail};
use serde_json::{Value, json};
use session::Session;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything takes on a busy machine; it only bounds how long a lost answer holds up the run.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// What carries the packets.
#[derive(Clone, Copy, PartialEq)]
pub enum Transport {
    WebSocket,
    Polling,
    /// Polling with a connection for each request: a load balancer that remembers nobody sends each elsewhere.
    Scattered,
}

/// Hears every event that the server emits: its name and its first argument.
pub type Ear = Box<dyn FnMut(&str, Value) + Send>;

/// Why there is no connection.
pub enum Refused {
    /// The server's CONNECT_ERROR: `{message, data: {code, message}}`.
    ByServer(Value),
    Otherwise(Failure),
}

/// A connection to the default namespace.
pub struct Socket {
    out: mpsc::Sender<String>,
    session: Arc<Session>,
    task: JoinHandle<()>,
}

impl Socket {
    /// Connects to `address` (`http://127.0.0.1:PORT`) with the `auth` of the handshake.
    pub async fn open(address: &str, auth: &Value, transport: Transport, ear: Ear) -> Result<Socket, Refused> {
        let session = Arc::new(Session::new(ear));
        let (out, packets) = mpsc::channel(256);
        let started = match transport {
            Transport::WebSocket => websocket::start(address, session.clone(), packets).await,
            Transport::Polling => polling::start(address, session.clone(), packets, false).await,
            Transport::Scattered => polling::start(address, session.clone(), packets, true).await,
        };
        let socket = Socket { out, session, task: started.map_err(Refused::Otherwise)? };
        socket.send(format!("40{auth}")).await.map_err(Refused::Otherwise)?;
        match timeout(ANSWER_LIMIT, socket.session.connected()).await {
            Ok(Ok(())) => Ok(socket),
            Ok(Err(refused)) => Err(refused),
            Err(_) => Err(Refused::Otherwise(Failure("CONNECT was not answered".into()))),
        }
    }

    /// Emits `event` with one argument and waits for its acknowledgement.
    pub async fn call(&self, event: &str, argument: &Value) -> Outcome<Answer> {
        let acknowledged = self.emit(event, argument).await?;
        match timeout(ANSWER_LIMIT, acknowledged).await {
            Ok(Ok(value)) => judge(value),
            Ok(Err(_)) => fail!("the connection ended before `{event}` was acknowledged"),
            Err(_) => fail!("`{event}` was not acknowledged"),
        }
    }

    /// Emits `event`; the receiver gets the acknowledgement's argument.
    pub async fn emit(&self, event: &str, argument: &Value) -> Outcome<tokio::sync::oneshot::Receiver<Value>> {
        let (id, acknowledged) = self.session.expect();
        self.send(format!("42{id}{}", json!([event, argument]))).await?;
        Ok(acknowledged)
    }

    /// Sends one Engine.IO packet as it is.
    pub async fn send(&self, packet: String) -> Outcome {
        match timeout(ANSWER_LIMIT, self.out.send(packet)).await {
            Ok(Ok(())) => Ok(()),
            _ => fail!("the connection is closed: {}", self.session.ending().unwrap_or_default()),
        }
    }

    /// Stops reading from the network until `resume`.
    pub fn pause(&self) {
        self.session.pause(true);
    }

    pub fn resume(&self) {
        self.session.pause(false);
    }

    /// Why the connection ended; nothing while it is open.
    pub fn ending(&self) -> Option<String> {
        self.session.ending()
    }

    /// Waits until the connection has ended, from either side.
    pub async fn ended(&self) -> String {
        self.session.ended().await
    }

    /// Says goodbye and closes, as a closed tab does.
    pub async fn close(mut self) {
        if self.send("41".into()).await.is_ok() {
            let (nothing, _) = mpsc::channel(1);
            drop(std::mem::replace(&mut self.out, nothing));
            // The task ends when it has written what was left; the server's answer is not needed.
            let _ = timeout(ANSWER_LIMIT, &mut self.task).await;
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn judge(value: Value) -> Outcome<Answer> {
    let members = value.as_object().map_or(0, serde_json::Map::len);
    match (&value["ok"], members) {
        (Value::Bool(true), 2) if value.get("value").is_some() => Ok(Ok(value["value"].clone())),
        (Value::Bool(false), 2) if value["error"]["code"].is_string() && value["error"]["message"].is_string() => {
            Ok(Err(value["error"].clone()))
        }
        _ => fail!("an acknowledgement of another shape: {value}"),
    }
}
