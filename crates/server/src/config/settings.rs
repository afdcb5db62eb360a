//! From a configuration to what the house, the doors and chat go by.

use super::{Config, ConfigError, PushSection};
use crate::doors::DoorSettings;
use crate::doors::proxies::Network;
use crate::serve::Admission;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// The largest message of a client over Socket.IO, in bytes: as much as a body over REST.
const MOST_PAYLOAD: usize = 256 * 1024;

/// Whether and how browsers are woken.
#[derive(Clone, Debug)]
pub struct Push {
    pub on: bool,
    pub private: bool,
    contact: String,
}

impl Push {
    /// How push services reach the operator of the server at that public address.
    pub fn contact(&self, public_url: &str) -> Option<String> {
        let public = Some(public_url).filter(|url| url.starts_with("https://"));
        Some(self.contact.as_str()).filter(|contact| !contact.is_empty()).or(public).map(str::to_owned)
    }
}

/// A configuration that was checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: String,
    pub folder: PathBuf,
    pub chat: chat::Settings,
    pub doors: DoorSettings,
    pub admission: Admission,
    pub push: Push,
    /// Where metrics are read without a token; empty: nowhere.
    pub metrics_listen: String,
    /// Empty until it is known where the server listens, unless it is configured.
    public_url: String,
}

impl Settings {
    /// Checks a configuration.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let server = &config.server;
        let public_url = server.public_url.trim_end_matches('/').to_owned();
        if !public_url.is_empty() && !is_http_origin(&public_url) {
            return Err(wrong("server.public_url", &server.public_url, "http://HOST or https://HOST, without a path"));
        }
        if let Some(origin) = server.allowed_origins.iter().find(|origin| !is_origin(origin)) {
            return Err(wrong("server.allowed_origins", origin, "an origin such as https://www.example.org"));
        }
        let proxy = |text: &String| {
            Network::parse(text).ok_or_else(|| wrong("server.trusted_proxies", text, "an address or ADDRESS/BITS"))
        };
        let trusted_proxies = server.trusted_proxies.iter().map(proxy).collect::<Result<Vec<_>, _>>()?;
        let days = config.accounts.session_days;
        if !(1..=3650).contains(&days) {
            return Err(wrong("accounts.session_days", &days.to_string(), "between 1 and 3650"));
        }
        let session_life = DAY * days;
        let bump_interval = config.sync.bump_interval;
        if !(1..=60_000).contains(&bump_interval) {
            return Err(wrong("sync.bump_interval", &bump_interval.to_string(), "between 1 and 60000 milliseconds"));
        }
        let cold_starts = config.sync.cold_starts;
        if !(1..=100_000).contains(&cold_starts) {
            return Err(wrong("sync.cold_starts", &cold_starts.to_string(), "between 1 and 100000 a second"));
        }
        let (keep_tombstones, rooms_per_user) = (config.sync.keep_tombstones, config.sync.rooms_per_user);
        if !(1..=36_500).contains(&keep_tombstones) {
            return Err(wrong("sync.keep_tombstones", &keep_tombstones.to_string(), "between 1 and 36500 days"));
        }
        if !(1..=100_000).contains(&rooms_per_user) {
            return Err(wrong("sync.rooms_per_user", &rooms_per_user.to_string(), "between 1 and 100000"));
        }
        let database = database(config)?;
        Ok(Self {
            listen: server.listen.clone(),
            folder: config.data.folder.clone().into(),
            chat: chat::Settings {
                registration: config.accounts.registration,
                limits: server.limits,
                session_life,
                bump_pace: Duration::from_millis(bump_interval.into()),
                cold_starts,
                keep_tombstones,
                rooms_per_user,
                database,
                nats: nats(config)?,
                ..chat::Settings::default()
            },
            doors: DoorSettings {
                allowed_origins: server.allowed_origins.clone(),
                trusted_proxies: trusted_proxies.clone(),
                session_life,
                metrics_token: config.metrics.token.clone(),
                socket: socket(config)?,
                ..DoorSettings::default()
            },
            admission: Admission {
                connections: at_most(server.limits, server.connections),
                per_address: at_most(server.limits, server.connections_per_address),
                trusted_proxies,
            },
            push: push(config)?,
            metrics_listen: config.metrics.listen.clone(),
            public_url,
        })
    }

    /// Takes in where the server listens: that is how people reach it, unless something else is configured.
    pub fn listening(&mut self, address: SocketAddr) {
        if self.public_url.is_empty() {
            let (host, port) = (address.ip(), address.port());
            self.public_url =
                if host.is_unspecified() { format!("http://localhost:{port}") } else { format!("http://{address}") };
        }
        self.chat.public_url.clone_from(&self.public_url);
        self.doors.public_url.clone_from(&self.public_url);
    }

    /// Where people reach the server, once it is known where it listens.
    pub fn address(&self) -> &str {
        &self.public_url
    }
}

/// The PostgreSQL, where one is configured.
fn database(config: &Config) -> Result<Option<chat::Postgres>, ConfigError> {
    let (database, nats) = (&config.database, &config.cluster.nats);
    if !(1..=1000).contains(&database.readers) {
        return Err(wrong("database.readers", &database.readers.to_string(), "between 1 and 1000"));
    }
    if !(1..=300).contains(&database.question_time) {
        return Err(wrong("database.question_time", &database.question_time.to_string(), "between 1 and 300 seconds"));
    }
    if database.url.is_empty() {
        let complaint = "“cluster.nats” is for several nodes on one PostgreSQL: set “database.url”, too.";
        return if nats.is_empty() { Ok(None) } else { Err(ConfigError(complaint.into())) };
    }
    // What is configured there may hold a password: it is not repeated.
    if !["postgres://", "postgresql://"].iter().any(|scheme| database.url.starts_with(scheme)) {
        return Err(ConfigError("“database.url” has to begin with postgres://.".into()));
    }
    let question_time = Duration::from_secs(database.question_time.into());
    Ok(Some(chat::Postgres { url: database.url.clone(), readers: database.readers, question_time }))
}

/// The NATS, where one is configured.
fn nats(config: &Config) -> Result<chat::Nats, ConfigError> {
    let cluster = &config.cluster;
    let file = |name: &String| (!name.is_empty()).then(|| PathBuf::from(name));
    let certificate = match (file(&cluster.nats_certificate), file(&cluster.nats_key)) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err(ConfigError("“cluster.nats_certificate” and “cluster.nats_key” go together.".into())),
    };
    let servers = cluster.nats.split(',').map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned);
    Ok(chat::Nats { servers: servers.collect(), authorities: file(&cluster.nats_authorities), certificate })
}

fn push(config: &Config) -> Result<Push, ConfigError> {
    let PushSection { on, contact, private } = config.push.clone();
    let address = contact.strip_prefix("mailto:").filter(|address| address.contains('@'));
    let fits = contact.is_empty() || address.is_some() || contact.starts_with("https://");
    if !fits || contact.len() > 200 || contact.contains(char::is_whitespace) {
        return Err(wrong("push.contact", &contact, "an address such as mailto:you@example.org, or https://…"));
    }
    Ok(Push { on, private, contact })
}

fn socket(config: &Config) -> Result<socketio::Config, ConfigError> {
    let (socket, limits) = (&config.socket, config.server.limits);
    let seconds = |name: &str, seconds: u32| match seconds {
        1..=3600 => Ok(Duration::from_secs(seconds.into())),
        _ => Err(wrong(&format!("socket.{name}"), &seconds.to_string(), "between 1 and 3600 seconds")),
    };
    if socket.outbox_bytes < 16 * 1024 {
        return Err(wrong("socket.outbox_bytes", &socket.outbox_bytes.to_string(), "at least 16384"));
    }
    Ok(socketio::Config {
        ping_interval: seconds("ping_interval", socket.ping_interval)?,
        ping_timeout: seconds("ping_timeout", socket.ping_timeout)?,
        max_payload: MOST_PAYLOAD,
        outbox_bytes: socket.outbox_bytes,
        max_connections: at_most(limits, socket.connections),
        max_connections_per_address: at_most(limits, socket.connections_per_address),
        ..socketio::Config::default()
    })
}

fn at_most(limits: bool, number: usize) -> usize {
    if limits { number } else { usize::MAX }
}

/// `scheme://host[:port]`.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@', '*', ' ']) && text.is_ascii()
    })
}

fn is_http_origin(text: &str) -> bool {
    is_origin(text) && (text.starts_with("http://") || text.starts_with("https://"))
}

fn wrong(key: &str, value: &str, expected: &str) -> ConfigError {
    ConfigError(format!("“{key}” is “{value}”, but it has to be {expected}."))
}
