//! What clients see of the server, told with raw sockets that share no code with it.

// A test that fails says so by panicking.
#![allow(clippy::unwrap_used)]

mod address;
mod client;
mod engine;
mod events;
mod flow;
mod host;
mod hostile;
mod msgpack;
mod polling;
mod upgrade;
