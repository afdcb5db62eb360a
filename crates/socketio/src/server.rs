//! The server: everything that its connections share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Body;
use tokio::sync::Notify;

use crate::admission::{Admission, Full as NoRoom};
use crate::connection::Connection;
use crate::sid::Sid;
use crate::stats::{Counters, add};
use crate::wheel::{Wheel, turn};
use crate::{Application, Config, EngineApplication, Reason, Stats, http_endpoint, lock};

/// How long [`Server::shut_down`] waits for connections to end.
const FAREWELL: Duration = Duration::from_secs(4);

/// A Socket.IO server behind one HTTP endpoint. Cloning shares it.
#[derive(Clone)]
pub struct Server(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) layer: Layer,
    pub(crate) wheel: Wheel,
    pub(crate) stats: Counters,
    sessions: Mutex<HashMap<Sid, Arc<Connection>>>,
    admission: Admission,
    started: Instant,
    closing: AtomicBool,
    /// Notified when a connection has gone.
    left: Notify,
}

/// What runs on Engine.IO.
pub(crate) enum Layer {
    SocketIo(Arc<dyn Application>),
    Engine(Arc<dyn EngineApplication>),
}

impl Server {
    /// A server for Socket.IO. Spawns the task that keeps its times: to be called within a tokio runtime.
    pub fn new(config: Config, application: Arc<dyn Application>) -> Self {
        Self::with_layer(config, Layer::SocketIo(application))
    }

    /// A server for bare Engine.IO. To be called within a tokio runtime.
    pub fn new_engine(config: Config, application: Arc<dyn EngineApplication>) -> Self {
        Self::with_layer(config, Layer::Engine(application))
    }

    fn with_layer(config: Config, layer: Layer) -> Self {
        let wheel = Wheel::new(config.ping_interval.min(config.ping_timeout).min(config.connect_timeout));
        let tick = wheel.tick();
        let shared = Arc::new(Shared {
            config,
            layer,
            wheel,
            stats: Counters::default(),
            sessions: Mutex::default(),
            admission: Admission::default(),
            started: Instant::now(),
            closing: AtomicBool::new(false),
            left: Notify::new(),
        });
        tokio::spawn(turn(Arc::downgrade(&shared), tick));
        Self(shared)
    }

    /// Answers one HTTP request to the endpoint: handshake, polling, upgrade to WebSocket. `remote` is the address by
    /// which connections are limited. Origins are not looked at: that is for the caller to do before.
    ///
    /// A request for packets is answered when there are some; it must not be cut short, since dropping the returned
    /// future closes the session (that is how a client that went away is noticed).
    pub async fn handle<B>(&self, request: Request<B>, remote: IpAddr) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Send,
    {
        http_endpoint::handle(&self.0, request, remote).await
    }

    /// Closes all connections so that the clients' libraries come back by themselves, and waits until they are gone;
    /// at most a few seconds. From the start of it, no new connections are accepted.
    pub async fn shut_down(&self) {
        self.0.closing.store(true, Ordering::Release);
        let connections: Vec<_> = lock(&self.0.sessions).values().cloned().collect();
        for connection in connections {
            connection.close(Reason::ServerShutdown, Some(1001));
        }
        let gone = async {
            loop {
                let left = self.0.left.notified();
                if self.0.admission.is_empty() {
                    return;
                }
                left.await;
            }
        };
        if tokio::time::timeout(FAREWELL, gone).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }

    /// What the server has done so far.
    pub fn stats(&self) -> Stats {
        self.0.stats.read()
    }
}

impl Shared {
    /// Milliseconds since the server's start.
    pub(crate) fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    pub(crate) fn is_engine_only(&self) -> bool {
        matches!(self.layer, Layer::Engine(_))
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Takes a place for a connection; [`Shared::leave`] gives it back.
    pub(crate) fn enter(&self, remote: IpAddr) -> Result<(), NoRoom> {
        let config = &self.config;
        self.admission.enter(remote, config.max_connections, config.max_connections_per_address).inspect_err(|_| {
            add(&self.stats.refused, 1);
        })
    }

    pub(crate) fn leave(&self, remote: IpAddr) {
        self.admission.leave(remote);
        self.left.notify_waiters();
    }

    /// Makes a connection one that can be found; until it is, nothing watches its times.
    pub(crate) fn remember(&self, connection: &Arc<Connection>) {
        lock(&self.sessions).insert(connection.sid, connection.clone());
        connection.schedule();
        // Whoever shuts down may have looked through the sessions just before.
        if self.is_closing() {
            connection.close(Reason::ServerShutdown, Some(1001));
        }
    }

    /// The session of a request; it may have been closed.
    pub(crate) fn session(&self, sid: &str) -> Option<Arc<Connection>> {
        self.find(Sid::parse(sid.strip_prefix(self.config.session_tag.as_str())?)?)
    }

    pub(crate) fn find(&self, sid: Sid) -> Option<Arc<Connection>> {
        lock(&self.sessions).get(&sid).cloned()
    }

    pub(crate) fn forget(&self, sid: Sid) {
        let mut sessions = lock(&self.sessions);
        sessions.remove(&sid);
        if sessions.len() * 8 < sessions.capacity() {
            let length = sessions.len();
            sessions.shrink_to(length * 2);
        }
    }
}

/// A place in the server that is given back unless it is kept.
pub(crate) struct Place<'a> {
    shared: &'a Shared,
    remote: Option<IpAddr>,
}

impl<'a> Place<'a> {
    pub(crate) fn new(shared: &'a Shared, remote: IpAddr) -> Self {
        Self { shared, remote: Some(remote) }
    }

    /// The connection's task gives the place back.
    pub(crate) fn keep(mut self) {
        self.remote = None;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(remote) = self.remote {
            self.shared.leave(remote);
        }
    }
}
