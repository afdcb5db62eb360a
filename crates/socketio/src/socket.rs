//! One namespace of one connection, as the application sees it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::oneshot;

use crate::connection::Connection;
use crate::encode::{ack_frames, disconnect_frames, event_frames};
use crate::packet::Arguments;
use crate::sid::Sid;
use crate::{Burst, Reason, SendError, State, lock};

/// How many acknowledgements of one socket may be waited for.
const MAX_WAITING: usize = 1_024;

/// A client in a namespace. Cloning shares it; equal sockets are the same one.
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

/// What the fan-out looks at stands first, in one piece.
#[repr(C)]
struct Inner {
    connection: Arc<Connection>,
    phase: AtomicU8,
    id: Sid,
    /// None for the default namespace.
    namespace: Option<Box<str>>,
    state: OnceLock<State>,
    waiting: Mutex<Option<Box<Waiting>>>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    replies: HashMap<u64, oneshot::Sender<Arguments>>,
}

/// What a socket goes through, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    Connecting = 0,
    Connected = 1,
    /// The application has disconnected it; the connection's task has still to take note.
    Leaving = 2,
    Ended = 3,
}

impl Socket {
    pub(crate) fn new(connection: Arc<Connection>, id: Sid, namespace: &str) -> Self {
        Self(Arc::new(Inner {
            connection,
            id,
            namespace: (namespace != "/").then(|| namespace.into()),
            state: OnceLock::new(),
            phase: AtomicU8::new(Phase::Connecting as u8),
            waiting: Mutex::new(None),
        }))
    }

    /// The socket's public identifier, as its client knows it: 22 characters.
    pub fn id(&self) -> String {
        self.0.id.text()
    }

    /// The namespace: `/`, or `/name`.
    pub fn namespace(&self) -> &str {
        self.0.namespace.as_deref().unwrap_or("/")
    }

    /// What [`Application::connect`](crate::Application::connect) gave; none before it has.
    pub fn state(&self) -> Option<&State> {
        self.0.state.get()
    }

    /// The state as its own type; `None` before the CONNECT is accepted, or if it is of another type.
    pub fn state_as<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.state().cloned()?.downcast().ok()
    }

    /// Whether events can be sent: from the answer to CONNECT until the socket or its connection ends.
    pub fn is_connected(&self) -> bool {
        self.phase() == Phase::Connected && self.0.connection.closed().is_none()
    }

    /// Sends an event with one argument.
    pub fn emit(&self, name: &str, argument: &(impl Serialize + ?Sized)) -> Result<(), EmitError> {
        let argument = serde_json::to_vec(argument)?;
        self.emit_json(name, &argument, &[])?;
        Ok(())
    }

    /// Sends an event whose arguments are JSON values separated by commas, with binary attachments that they name as
    /// `{"_placeholder":true,"num":N}`.
    pub fn emit_json(&self, name: &str, arguments: &[u8], attachments: &[Bytes]) -> Result<(), SendError> {
        self.check()?;
        self.0.connection.send_packet(&event_frames(self.namespace(), None, name, arguments, attachments), false)
    }

    /// Sends packets that were encoded for this socket's namespace. May be called from any thread and does not wait:
    /// what the kernel takes is written before it returns, the rest is queued.
    pub fn send(&self, burst: &Burst) -> Result<(), SendError> {
        self.check()?;
        self.0.connection.send_burst(burst)
    }

    /// Looks at what [`Socket::send`] is going to need. Who sends to many does this for a few of them first: the
    /// processor then fetches what it needs of all these from memory at the same time, not of one after the other.
    pub fn approach(&self) {
        std::hint::black_box((self.phase(), self.0.connection.packed.load(Ordering::Relaxed)));
    }

    /// Sends an event with one argument and waits for the client's acknowledgement.
    pub async fn emit_with_ack(
        &self,
        name: &str,
        argument: &(impl Serialize + ?Sized),
        timeout: Duration,
    ) -> Result<Arguments, EmitError> {
        self.check()?;
        let argument = serde_json::to_vec(argument)?;
        let (sender, reply) = oneshot::channel();
        let waiting = WaitingReply { id: self.expect_reply(sender).ok_or(EmitError::TooMany)?, socket: self };
        let frames = event_frames(self.namespace(), Some(waiting.id), name, &argument, &[]);
        self.0.connection.send_packet(&frames, false)?;
        match tokio::time::timeout(timeout, reply).await {
            Ok(Ok(arguments)) => Ok(arguments),
            Ok(Err(_)) => Err(EmitError::Send(SendError::Closed)),
            Err(_) => Err(EmitError::Timeout),
        }
    }

    /// Tells the client that it is disconnected from this namespace. Its library does not come back by itself.
    pub fn disconnect(&self) {
        let (leaving, connected) = (Phase::Leaving as u8, Phase::Connected as u8);
        if self.0.phase.compare_exchange(connected, leaving, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        // An error means that the connection has ended anyway.
        let _ = self.0.connection.send_packet(&disconnect_frames(self.namespace()), true);
        self.0.connection.leaving.store(true, Ordering::Release);
        self.0.connection.waker.wake();
    }

    /// Closes the connection with all its namespaces after what waits is sent. The client's library reconnects.
    pub fn close(&self) {
        self.0.connection.close(Reason::ServerDisconnect, Some(1000));
    }

    /// Resolves once nothing waits to be sent on the connection, or the connection has closed.
    pub async fn flushed(&self) {
        std::future::poll_fn(|context| self.0.connection.outbox().poll_flushed(context)).await;
    }

    fn check(&self) -> Result<(), SendError> {
        match self.phase() {
            Phase::Connecting => Err(SendError::NotConnected),
            Phase::Connected => Ok(()),
            Phase::Leaving | Phase::Ended => Err(SendError::Closed),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.0.phase.load(Ordering::Acquire) {
            0 => Phase::Connecting,
            1 => Phase::Connected,
            2 => Phase::Leaving,
            _ => Phase::Ended,
        }
    }

    pub(crate) fn accepted(&self, state: State) {
        let _ = self.0.state.set(state);
        self.0.phase.store(Phase::Connected as u8, Ordering::Release);
    }

    /// Nothing more is sent, and nobody waits for acknowledgements any more.
    pub(crate) fn ended(&self) {
        self.0.phase.store(Phase::Ended as u8, Ordering::Release);
        *lock(&self.0.waiting) = None;
    }

    fn expect_reply(&self, sender: oneshot::Sender<Arguments>) -> Option<u64> {
        let mut waiting = lock(&self.0.waiting);
        let waiting = waiting.get_or_insert_default();
        if waiting.replies.len() >= MAX_WAITING {
            return None;
        }
        let id = waiting.next;
        waiting.next += 1;
        waiting.replies.insert(id, sender);
        Some(id)
    }

    /// The client has acknowledged something; what nobody waits for is ignored.
    pub(crate) fn replied(&self, id: u64, arguments: Arguments) {
        let sender = lock(&self.0.waiting).as_mut().and_then(|waiting| waiting.replies.remove(&id));
        if let Some(sender) = sender {
            let _ = sender.send(arguments);
        }
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Socket {}

impl std::fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Socket").field("id", &self.id()).field("namespace", &self.namespace()).finish()
    }
}

/// Forgets an acknowledgement that nobody waits for any more.
struct WaitingReply<'a> {
    id: u64,
    socket: &'a Socket,
}

impl Drop for WaitingReply<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.socket.0.waiting);
        if let Some(replies) = waiting.as_mut().map(|waiting| &mut waiting.replies) {
            replies.remove(&self.id);
            if replies.is_empty() {
                replies.shrink_to_fit();
            }
        }
    }
}

/// Why an event was not sent, or not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// It could not be sent, or the socket has ended while it was waited for.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The argument cannot be written as JSON.
    #[error("the argument cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The client has not answered in time.
    #[error("the client did not acknowledge in time")]
    Timeout,
    /// 1,024 acknowledgements of this socket are waited for already.
    #[error("too many acknowledgements are waited for")]
    TooMany,
}

/// The client waits for an acknowledgement of its event. It is given once; dropping it gives none.
#[derive(Debug)]
pub struct Ack {
    socket: Socket,
    id: u64,
}

impl Ack {
    pub(crate) fn new(socket: Socket, id: u64) -> Self {
        Self { socket, id }
    }

    /// Acknowledges with one argument.
    pub fn send(self, argument: &(impl Serialize + ?Sized)) -> Result<(), EmitError> {
        let argument = serde_json::to_vec(argument)?;
        self.send_json(&argument, &[])?;
        Ok(())
    }

    /// Acknowledges with JSON values separated by commas, and binary attachments that they name. It is not dropped
    /// when events are: a client that does not read its acknowledgements is disconnected.
    pub fn send_json(self, arguments: &[u8], attachments: &[Bytes]) -> Result<(), SendError> {
        self.socket.check()?;
        let frames = ack_frames(self.socket.namespace(), self.id, arguments, attachments);
        self.socket.0.connection.send_packet(&frames, true)
    }
}
