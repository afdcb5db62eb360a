//! The configuration: one struct a section, a default for every key; defaults, then `parlour.toml`, then environment.

mod keys;
mod settings;
mod source;

#[cfg(test)]
mod tests;

pub use keys::example;
pub use settings::Settings;
pub use source::{FILE, load};

use chat::Registration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong with a configuration, as a sentence that names the key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// All sections. The comments on the keys are what `parlour check-config --example` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: ServerSection,
    pub data: DataSection,
    pub database: DatabaseSection,
    pub cluster: ClusterSection,
    pub accounts: AccountsSection,
    pub socket: SocketSection,
    pub sync: SyncSection,
    pub push: PushSection,
    pub metrics: MetricsSection,
    pub log: LogSection,
}

/// Where Parlour listens and how people reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ServerSection {
    /// ADDRESS:PORT to listen on; port 0 takes a free one.
    pub listen: String,
    /// Where people reach this server, such as "https://chat.example.org"; links begin with it, and with https the
    /// session cookie is sent over TLS only. Empty: http:// and the address that is listened on.
    pub public_url: String,
    /// Other origins whose pages may use the API, such as "https://www.example.org".
    pub allowed_origins: Vec<String>,
    /// Proxies in front whose X-Forwarded-For is believed: addresses, or networks such as "10.0.0.0/8".
    pub trusted_proxies: Vec<String>,
    /// Limits on how often and how much. Off is for load tests on loopback.
    pub limits: bool,
    /// The most connections that speak HTTP at once.
    pub connections: usize,
    /// The most of them from one address.
    pub connections_per_address: usize,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            public_url: String::new(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            limits: true,
            connections: 20_000,
            connections_per_address: 500,
        }
    }
}

/// Where everything is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct DataSection {
    /// The folder of the database, made if there is none. One process at a time.
    pub folder: String,
}

impl Default for DataSection {
    fn default() -> Self {
        Self { folder: "./data".into() }
    }
}

/// A PostgreSQL instead of the file in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct DatabaseSection {
    /// Such as "postgres://parlour:PASSWORD@db.example.org/parlour?sslmode=verify-full", of version 15 or later. Empty:
    /// SQLite in the data folder.
    pub url: String,
    /// Connections of this node for reading; one more writes. All nodes together have to fit into the server's
    /// max_connections.
    pub readers: usize,
    /// Seconds that a question to the database may take.
    pub question_time: u32,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self { url: String::new(), readers: 8, question_time: 5 }
    }
}

/// Several equal nodes on one PostgreSQL, that tell each other of what happens by NATS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ClusterSection {
    /// Servers of one NATS (2.9 or later), separated by commas, such as "nats://10.0.0.5:4222,nats://10.0.0.6:4222".
    /// With "tls://" instead they are reached over TLS; with "nats://USER:PASSWORD@" they hear who it is. Empty: this is
    /// the only node.
    pub nats: String,
    /// A file with authorities (PEM) to trust for TLS, beside those of the system; empty: none.
    pub nats_authorities: String,
    /// Files with a certificate of this node's own and its key (PEM), for servers that want one; empty: none.
    pub nats_certificate: String,
    pub nats_key: String,
}

/// Who may come in, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct AccountsSection {
    /// Who may register: "open" (everybody), "invitation" (whoever has one) or "closed".
    #[schemars(with = "String", extend("enum" = ["open", "invitation", "closed"]))]
    pub registration: Registration,
    /// How many days a session lives without being used.
    pub session_days: u32,
}

impl Default for AccountsSection {
    fn default() -> Self {
        Self { registration: Registration::Open, session_days: 90 }
    }
}

/// Live connections (Socket.IO).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct SocketSection {
    /// Seconds between two pings.
    pub ping_interval: u32,
    /// Seconds that a client may take to answer a ping.
    pub ping_timeout: u32,
    /// The most live connections at once.
    pub connections: usize,
    /// The most of them from one address.
    pub connections_per_address: usize,
    /// How many bytes may wait for a client that reads slowly, before it has to ask again from its cursor.
    pub outbox_bytes: usize,
}

impl Default for SocketSection {
    fn default() -> Self {
        let usual = socketio::Config::default();
        Self {
            ping_interval: usual.ping_interval.as_secs() as u32,
            ping_timeout: usual.ping_timeout.as_secs() as u32,
            connections: usual.max_connections,
            connections_per_address: usual.max_connections_per_address,
            outbox_bytes: usual.outbox_bytes,
        }
    }
}

/// How devices are kept in step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct SyncSection {
    /// Milliseconds between two notes that something happened in a room, to those who do not look at it.
    pub bump_interval: u32,
    /// For how many days it is known what is gone (rooms and places left or deleted, sessions ended): a device that was
    /// away for longer starts anew.
    pub keep_tombstones: u32,
    /// The most rooms that somebody can be in.
    pub rooms_per_user: usize,
    /// How many new devices may begin in a second; four times as many at once.
    pub cold_starts: u32,
}

impl Default for SyncSection {
    fn default() -> Self {
        Self { bump_interval: 5000, keep_tombstones: 400, rooms_per_user: 5000, cold_starts: 50 }
    }
}

/// Pushes: browsers of people who wish it are woken while no page of Parlour is open, by the services of their makers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct PushSection {
    /// Whether there are any. Then this server makes connections of its own, to push services.
    pub on: bool,
    /// How push services reach the operator, such as "mailto:you@example.org"; Apple's wants it. Empty: the public
    /// address, if that is https.
    pub contact: String,
    /// Whether pushes may go to addresses of this machine and of private networks, and to this machine without TLS:
    /// for a push service of your own, and for tests.
    pub private: bool,
}

impl Default for PushSection {
    fn default() -> Self {
        Self { on: true, contact: String::new(), private: false }
    }
}

/// Figures for Prometheus, at /metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct MetricsSection {
    /// ADDRESS:PORT where anybody may read them; empty: there is no such listener. Let only the operator reach it.
    pub listen: String,
    /// Who has this token may read them where Parlour listens; empty: nobody.
    pub token: String,
}

/// What is logged, to the standard error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct LogSection {
    /// "error", "warn", "info", "debug" or "trace", or by part: "info,server=debug". RUST_LOG goes before it.
    pub level: String,
    /// "text" or "json".
    pub format: LogFormat,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "info".into(), format: LogFormat::Text }
    }
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LogFormat {
    Text,
    Json,
}
