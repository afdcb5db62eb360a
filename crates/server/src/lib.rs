//! The house: doors (REST, Socket.IO), configuration, command line, the web client.
//!
//! An axum application mounts Parlour with [`router`], or with [`Doors`] if it wants to end its connections well.

pub mod command_line;
pub mod config;
mod doctor;
mod doors;
mod house;
mod log;
mod push;
mod serve;

pub use doors::proxies::Network;
pub use doors::{DoorSettings, Doors, Peer};

/// Why a command of the command line failed, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// All of Parlour that can be reached over HTTP: the API, Socket.IO, the page. To be called within a tokio runtime, and
/// mounted at the root. The clients' addresses come from [`Peer`] or from `axum::extract::ConnectInfo<SocketAddr>` in
/// the requests' extensions.
pub fn router(chat: chat::Chat, settings: DoorSettings) -> axum::Router {
    Doors::new(chat, settings).router()
}
