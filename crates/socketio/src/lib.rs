//! Engine.IO v4 and Socket.IO v5 servers: packets, handshake, heartbeat, both transports, upgrade.
//!
//! [`Server::handle`] is the whole HTTP endpoint; [`Application`] is what runs behind it. Fan-out is
//! [`Socket::send`] with one [`Burst`] for all: the packet is encoded once, and written by whoever calls.
//!
//! A client whose first CONNECT is in MessagePack (npm `socket.io-msgpack-parser`) is spoken to in MessagePack; the
//! application sees JSON with attachments all the same, and a burst is made over once for all of them.
//!
//! The HTTP server in front must give the raw socket back after an upgrade for the figures to hold: serve with
//! `hyper::server::conn::http1` on `hyper_util::rt::TokioIo<tokio::net::TcpStream>`, `with_upgrades()`. Any other
//! stream works too (TLS, say), by way of the connection's task.
//!
//! ```
//! use std::sync::Arc;
//! use serde_json::value::RawValue;
//! use socketio::*;
//!
//! struct Echo;
//!
//! impl Application for Echo {
//!     fn connect<'a>(
//!         &'a self,
//!         socket: &'a Socket,
//!         _handshake: &'a Handshake,
//!         _auth: Option<&'a RawValue>,
//!     ) -> BoxFuture<'a, Result<State, ConnectError>> {
//!         Box::pin(async move {
//!             if socket.namespace() != "/" {
//!                 return Err(ConnectError::invalid_namespace());
//!             }
//!             Ok(Arc::new(()) as State)
//!         })
//!     }
//!
//!     fn connected(&self, socket: &Socket) {
//!         // From here on the socket can send: this is where it joins what it is to hear.
//!         let welcome = Burst::from(Packet::event("welcome", br#"{"to":"all"}"#));
//!         let _ = socket.send(&welcome);
//!     }
//!
//!     fn event<'a>(&'a self, _socket: &'a Socket, event: Incoming, ack: Option<Ack>) -> BoxFuture<'a, ()> {
//!         Box::pin(async move {
//!             if let Some(ack) = ack {
//!                 let _ = ack.send_json(event.arguments().json().as_bytes(), event.arguments().attachments());
//!             }
//!         })
//!     }
//!
//!     fn disconnected(&self, _socket: &Socket, _reason: Reason) {}
//! }
//!
//! # async fn example(request: http::Request<http_body_util::Full<bytes::Bytes>>, remote: std::net::IpAddr) {
//! let server = Server::new(Config::default(), Arc::new(Echo));
//! let response = server.handle(request, remote).await;
//! # let _ = response;
//! server.shut_down().await;
//! # }
//! ```

mod admission;
mod application;
mod config;
mod connection;
mod decode;
mod driver;
mod encode;
mod frame;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http_endpoint;
mod inbox;
mod intake;
mod jobs;
mod link;
mod msgpack;
mod outbox;
mod packet;
mod payload;
mod polling;
mod server;
mod sid;
mod socket;
mod stats;
mod timing;
mod upgrade;
pub mod websocket;
mod wheel;

#[cfg(test)]
mod tests;

pub use application::{
    Application, BoxFuture, ConnectError, EngineApplication, Handshake, Message, Reason, SendError, State,
};
pub use config::Config;
pub use connection::Peer;
pub use encode::{Burst, Packet};
pub use packet::{Arguments, Incoming};
pub use server::Server;
pub use socket::{Ack, EmitError, Socket};
pub use stats::Stats;

/// Locks for a moment: none of our locks is held across an await, a callback or another lock, so a panic cannot leave
/// one in a broken state.
fn lock<T: ?Sized>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
