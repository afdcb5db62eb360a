//! The doors: everything that can be reached over HTTP, as one router, and what the doors share.

pub(crate) mod credentials;
mod ending;
mod handbook;
mod headers;
pub(crate) mod input;
pub(crate) mod metrics;
pub(crate) mod origins;
mod page;
mod passing;
mod problems;
pub(crate) mod proxies;
mod remains;
mod rest;
mod socketio;

#[cfg(test)]
mod tests;

use ::socketio::{Config, Server};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::middleware::from_fn;
use axum::routing::{any, get};
use chat::{Chat, Refusal};
use credentials::SessionCookie;
use http::StatusCode;
use http::request::Parts;
use origins::Origins;
use proxies::Network;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// What the doors go by.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// Where people reach this server: `scheme://host[:port]`, without a slash at the end.
    pub public_url: String,
    /// Other origins whose pages may use the API.
    pub allowed_origins: Vec<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How long a browser keeps the session cookie.
    pub session_life: Duration,
    /// Who has it may read `/metrics`; empty: nobody.
    pub metrics_token: String,
    /// Limits and times of Socket.IO.
    pub socket: Config,
}

impl Default for DoorSettings {
    fn default() -> Self {
        let chat = chat::Settings::default();
        Self {
            public_url: chat.public_url,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            session_life: chat.session_life,
            metrics_token: String::new(),
            socket: Config::default(),
        }
    }
}

/// The peer's address of a connection, put into a request's extensions by whoever serves.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The doors of one Parlour.
pub struct Doors {
    chat: Chat,
    origins: Origins,
    cookie: SessionCookie,
    trusted_proxies: Vec<Network>,
    allowed_origins: Vec<String>,
    metrics_token: String,
    socketio: Server,
    /// The largest body of a polling request, in bytes, and how long one may wait for something to say.
    most_payload: usize,
    longest_poll: Duration,
    rests: passing::Rests,
}

impl Doors {
    /// Doors to `chat`. To be called within a tokio runtime.
    pub fn new(chat: Chat, settings: DoorSettings) -> Arc<Self> {
        let origins = Origins::new(&settings.public_url, &settings.allowed_origins);
        let cookie = SessionCookie::new(&settings.public_url, settings.session_life);
        let door = socketio::Door::new(chat.clone(), cookie);
        let mut socket = settings.socket;
        if let Some(node) = chat.node() {
            node.clone_into(&mut socket.session_tag);
        }
        let (most_payload, longest_poll) = (socket.max_payload, socket.ping_interval + socket.ping_timeout);
        let doors = Arc::new(Self {
            socketio: Server::new(socket, Arc::new(door)),
            chat,
            origins,
            cookie,
            trusted_proxies: settings.trusted_proxies,
            allowed_origins: settings.allowed_origins,
            metrics_token: settings.metrics_token,
            most_payload,
            longest_poll,
            rests: passing::Rests::default(),
        });
        let answering = Arc::downgrade(&doors);
        doors.chat.answer_nodes(move |asked| {
            let doors = answering.upgrade();
            Box::pin(async move { passing::answer(&*doors?, asked).await })
        });
        doors
    }

    /// Everything that can be reached over HTTP.
    pub fn router(self: &Arc<Self>) -> Router {
        let (socket, live) = (self.clone(), self.clone());
        let endpoint = any(async move |request| socketio::handle(socket, request).await);
        let router = Router::new()
            .nest("/api/v1", rest::routes(self))
            .route("/socket.io", endpoint.clone())
            .route("/socket.io/", endpoint)
            .route("/health/live", get(async || "alive\n"))
            .route("/health/ready", get(async move || live.ready().await))
            .merge(metrics::guarded(self, &self.metrics_token))
            .merge(handbook::routes())
            .merge(page::routes(self))
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn(remains::look_after));
        headers::add(router, &self.allowed_origins)
    }

    /// Closes all Socket.IO connections so that their clients come back by themselves; takes a few seconds at most.
    pub async fn shut_down(&self) {
        self.socketio.shut_down().await;
    }

    /// Ready: the data can be read.
    async fn ready(&self) -> (StatusCode, &'static str) {
        match self.chat.authenticate("").await {
            Ok(_) => (StatusCode::OK, "ready\n"),
            Err(Refusal::Unavailable) => (StatusCode::SERVICE_UNAVAILABLE, "the data cannot be read right now\n"),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the data cannot be read\n"),
        }
    }

    /// The address that a request counts for.
    fn client(&self, parts: &Parts) -> IpAddr {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
        let peer = peer.or_else(|| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()));
        proxies::client(&self.trusted_proxies, peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), &parts.headers)
    }
}
