//! The connection to NATS: how it is made, and what goes out over it.

use super::Subjects;
use crate::bus::split::{Split, split};
use crate::bus::{Group, Publication};
use crate::{Cluster, ClusterError, Credentials, Figures, Tls, Topic};
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subject};
use bytes::Bytes;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// What waits to go out, at most. What does not fit is not sent: others find it in the database, or do without.
const MOST_WAITING: usize = 4_096;
const MOST_BYTES: usize = 64 << 20;
/// What a server is asked for a sign of life, and the most time for a connection to be made.
const PING: Duration = Duration::from_secs(1);
const CONNECTING: Duration = Duration::from_secs(3);
/// The longest pause between two attempts.
const PAUSE: Duration = Duration::from_secs(1);
/// Messages of one subscription that wait to be heard, at most.
const MOST_UNHEARD: usize = 16_384;
/// Of a message's most bytes, those that are not ours.
const BESIDE: usize = 1_024;

/// One for all tasks of the bus.
pub(super) struct Link {
    client: OnceLock<Client>,
    sender: mpsc::Sender<Outgoing>,
    waiting: Arc<AtomicUsize>,
    /// It has come up, for the first time or again.
    pub(super) up: Notify,
    /// It has been said that it is down.
    said: AtomicBool,
}

enum Outgoing {
    Group(Group),
    Message(Subject, Bytes),
}

impl Outgoing {
    fn bytes(&self) -> usize {
        match self {
            Self::Group(group) => group.publications.iter().map(Publication::bytes).sum(),
            Self::Message(_, bytes) => bytes.len(),
        }
    }
}

impl Link {
    pub(super) fn new() -> (Arc<Self>, Waiting) {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        let waiting = Arc::<AtomicUsize>::default();
        let up = Notify::new();
        let link = Self { client: OnceLock::new(), sender, waiting: waiting.clone(), up, said: AtomicBool::default() };
        (Arc::new(link), Waiting { receiver, bytes: waiting })
    }

    /// Begins to connect; does not wait for it.
    pub(super) async fn open(self: &Arc<Self>, cluster: &Cluster, name: String) -> Result<Client, ClusterError> {
        let servers = cluster.servers.iter().map(|server| server.parse::<ServerAddr>());
        let servers: Vec<_> = servers.collect::<Result<_, _>>().map_err(|e| ClusterError::Servers(e.to_string()))?;
        if servers.is_empty() {
            return Err(ClusterError::Servers("there is none".to_owned()));
        }
        let link = self.clone();
        let options = options(cluster, &servers)?.name(name).event_callback(move |event| {
            link.happened(&event);
            std::future::ready(())
        });
        let client = options.connect(servers).await.map_err(|e| ClusterError::Servers(e.to_string()))?;
        Ok(self.client.get_or_init(|| client).clone())
    }

    pub(super) fn is_up(&self) -> bool {
        self.client.get().is_some_and(|client| client.connection_state() == State::Connected)
    }

    /// The most bytes of a message of ours.
    pub(super) fn limit(&self) -> usize {
        self.client.get().map_or(1 << 20, Client::max_payload).saturating_sub(BESIDE)
    }

    pub(super) fn publish(&self, group: Group) -> bool {
        self.send(Outgoing::Group(group))
    }

    pub(super) fn say(&self, subject: &Subject, bytes: Bytes) -> bool {
        self.send(Outgoing::Message(subject.clone(), bytes))
    }

    fn send(&self, outgoing: Outgoing) -> bool {
        let bytes = outgoing.bytes();
        if !self.is_up() || self.waiting.load(Ordering::Relaxed) > MOST_BYTES {
            return false;
        }
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let sent = self.sender.try_send(outgoing).is_ok();
        if !sent {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        }
        sent
    }

    fn happened(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.said.store(false, Ordering::Relaxed);
                tracing::info!("the bus to other nodes is there");
                self.up.notify_one();
            }
            Event::Disconnected | Event::ClientError(_) | Event::Closed => {
                if !self.said.swap(true, Ordering::Relaxed) {
                    tracing::warn!("the bus to other nodes is not there ({event}); serving without it");
                }
            }
            other => tracing::warn!("the bus to other nodes: {other}"),
        }
    }
}

fn options(cluster: &Cluster, servers: &[ServerAddr]) -> Result<ConnectOptions, ClusterError> {
    let mut options = ConnectOptions::new()
        .retry_on_initial_connect()
        .no_echo()
        .ping_interval(PING)
        .connection_timeout(CONNECTING)
        .subscription_capacity(MOST_UNHEARD)
        .reconnect_delay_callback(|attempts| PAUSE.min(Duration::from_millis(50) * attempts.min(20) as u32));
    let shown = match &cluster.credentials {
        Credentials::None => in_address(servers),
        other => other.clone(),
    };
    options = showing(options, shown);
    with_tls(options, &cluster.tls)
}

pub(super) fn showing(options: ConnectOptions, credentials: Credentials) -> ConnectOptions {
    match credentials {
        Credentials::None => options,
        Credentials::Token(token) => options.token(token),
        Credentials::Password { user, password } => options.user_and_password(user, password),
    }
}

/// What the first address that has any shows: `USER:PASSWORD@`, or `TOKEN@`. The client shows nothing of it by itself.
pub(super) fn in_address(servers: &[ServerAddr]) -> Credentials {
    let found = servers.iter().find_map(|server| Some((server.username()?, server.password())));
    match found {
        None => Credentials::None,
        Some((token, None)) => Credentials::Token(plain(token)),
        Some((user, Some(password))) => Credentials::Password { user: plain(user), password: plain(password) },
    }
}

/// A part of an address with `%40` and the like as what they stand for.
fn plain(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn with_tls(mut options: ConnectOptions, tls: &Tls) -> Result<ConnectOptions, ClusterError> {
    options = options.require_tls(tls.required);
    if let Some(file) = &tls.authorities {
        readable(file)?;
        options = options.add_root_certificates(file.clone());
    }
    if let Some((certificate, key)) = &tls.certificate {
        readable(certificate)?;
        readable(key)?;
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

fn readable(file: &std::path::Path) -> Result<(), ClusterError> {
    std::fs::File::open(file).map(drop).map_err(|error| ClusterError::File(file.to_owned(), error))
}

/// What waits to go out.
pub(super) struct Waiting {
    receiver: mpsc::Receiver<Outgoing>,
    bytes: Arc<AtomicUsize>,
}

impl Waiting {
    /// Sends what comes, in the order in which it comes.
    pub(super) async fn send(
        mut self,
        link: Arc<Link>,
        client: Client,
        subjects: Arc<Subjects>,
        own: fn(&str) -> Topic,
        figures: Arc<Figures>,
    ) {
        while let Some(outgoing) = self.receiver.recv().await {
            self.bytes.fetch_sub(outgoing.bytes(), Ordering::Relaxed);
            let messages = match outgoing {
                Outgoing::Message(subject, bytes) => vec![(subject, bytes)],
                Outgoing::Group(Group { commit, publications }) => {
                    let Split { header, parts } = split(&publications, commit, own, link.limit());
                    let header = header.map(|header| (subjects.groups.clone(), Bytes::from(header)));
                    let parts = parts.into_iter().map(|(topic, part)| (subjects.topic(&topic), Bytes::from(part)));
                    // The parts first: when the header comes there is nothing left to wait for.
                    parts.chain(header).collect()
                }
            };
            for (subject, bytes) in messages {
                if link.is_up() {
                    figures.bus.sent.fetch_add(1, Ordering::Relaxed);
                    figures.bus.bytes_sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    // What the client refuses is too long, and then the header has said so or nobody needs it.
                    let _ = client.publish(subject, bytes).await;
                }
            }
        }
    }
}
