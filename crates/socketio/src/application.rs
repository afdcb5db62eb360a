//! What an application implements, and the values that it is handed.

use std::any::Any;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderMap;
use serde_json::value::RawValue;

use crate::{Ack, Incoming, Socket};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What an application keeps with a socket, see [`Socket::state`].
pub type State = Arc<dyn Any + Send + Sync>;

/// The handlers of a Socket.IO server.
///
/// For one connection the calls come in order and one at a time: the next starts when the last one's future is done.
/// A future that was started is always polled to its end, even if its connection closes meanwhile.
pub trait Application: Send + Sync + 'static {
    /// A CONNECT of the namespace [`Socket::namespace`]. `Err` is answered with CONNECT_ERROR; `Ok` is kept as
    /// [`Socket::state`]. The socket cannot send before [`Application::connected`].
    ///
    /// `auth` is a JSON object. The handshake's headers are forgotten after the first accepted CONNECT of a
    /// connection: a later namespace of the same connection sees none.
    fn connect<'a>(
        &'a self,
        socket: &'a Socket,
        handshake: &'a Handshake,
        auth: Option<&'a RawValue>,
    ) -> BoxFuture<'a, Result<State, ConnectError>>;

    /// The peer has been sent the answer to its accepted CONNECT: from here on the socket can send.
    fn connected(&self, socket: &Socket) {
        let _ = socket;
    }

    /// One EVENT; `ack` is there if the client wants an acknowledgement.
    fn event<'a>(&'a self, socket: &'a Socket, event: Incoming, ack: Option<Ack>) -> BoxFuture<'a, ()>;

    /// The socket has ended. Called exactly once for each socket that was [`connected`](Application::connected),
    /// after its last event.
    fn disconnected(&self, socket: &Socket, reason: Reason);
}

/// The request with which a connection began. It may hold secrets, so it cannot be printed.
pub struct Handshake {
    /// The request's headers; empty after the first accepted CONNECT.
    pub headers: HeaderMap,
    /// The request's query string as it came, without the question mark; empty after the first accepted CONNECT.
    pub query: String,
    /// The peer's address as the caller of [`Server::handle`](crate::Server::handle) gave it.
    pub remote: IpAddr,
}

/// Why a CONNECT is refused; sent to the client as `{"message": …, "data": …}`.
#[derive(Clone, Debug)]
pub struct ConnectError {
    /// Text for people.
    pub message: String,
    /// Further data for programs.
    pub data: Option<serde_json::Value>,
}

impl ConnectError {
    /// A refusal without data.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }

    /// A refusal with data.
    pub fn with_data(message: impl Into<String>, data: serde_json::Value) -> Self {
        Self { message: message.into(), data: Some(data) }
    }

    /// The usual refusal of a namespace that does not exist.
    pub fn invalid_namespace() -> Self {
        Self::new("Invalid namespace")
    }
}

/// Why a socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client left the namespace.
    ClientDisconnect,
    /// The application called [`Socket::disconnect`] or [`Socket::close`].
    ServerDisconnect,
    /// The client closed its connection, or the network did.
    TransportClose,
    /// The connection broke, or the client broke the rules of its transport.
    TransportError,
    /// The client did not answer a ping in time.
    PingTimeout,
    /// The client sent something that is no packet.
    ParseError,
    /// The connection was in no namespace for too long.
    ConnectTimeout,
    /// The client did not read its acknowledgements.
    Overflowed,
    /// The server is shutting down.
    ServerShutdown,
}

impl Reason {
    /// The reason in the words that Socket.IO uses for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientDisconnect => "client namespace disconnect",
            Self::ServerDisconnect => "server namespace disconnect",
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ParseError => "parse error",
            Self::ConnectTimeout => "connect timeout",
            Self::Overflowed => "overflowed",
            Self::ServerShutdown => "server shutting down",
        }
    }
}

/// Why something was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too much was waiting for this slow reader. All events that were waiting for it have been dropped, this one
    /// too; a small packet that is sent now gets through.
    #[error("the peer reads too slowly: its waiting events were dropped")]
    Overflowed,
    /// The socket has ended.
    #[error("the socket has ended")]
    Closed,
    /// The socket's CONNECT has not been answered yet.
    #[error("the socket is not connected yet")]
    NotConnected,
    /// The peer reads MessagePack, and the JSON has what cannot be said in it: half a surrogate pair, a number beyond
    /// `f64`, more than 127 levels, an attachment that is missing or is referred to twice.
    #[error("this cannot be written in the peer's encoding")]
    Unencodable,
}

/// A handler of bare Engine.IO messages, for servers that do not speak Socket.IO.
pub trait EngineApplication: Send + Sync + 'static {
    /// One message of a peer. Called by the connection's own task: it must not block.
    fn message(&self, peer: &crate::Peer, message: Message<'_>);
}

/// One message of Engine.IO or of WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}
