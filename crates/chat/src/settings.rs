//! Settings of the rules; the house reads them from its configuration.

pub(crate) mod own;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Who may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    #[default]
    Open,
    /// Whoever has an invitation.
    Invitation,
    /// Nobody but the first administrator, by the link of the first start.
    Closed,
}

/// A PostgreSQL that holds the data.
#[derive(Clone, PartialEq, Eq)]
pub struct Postgres {
    /// `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=…]`.
    pub url: String,
    /// Connections for reading.
    pub readers: usize,
    pub question_time: Duration,
}

/// Without the password.
impl fmt::Debug for Postgres {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}", place(&self.url))
    }
}

/// A NATS, and how it is reached.
#[derive(Clone, Default)]
pub struct Nats {
    /// `nats://[USER:PASSWORD@]HOST:PORT`, or `tls://…`.
    pub servers: Vec<String>,
    /// Authorities (PEM) to trust beside those of the system.
    pub authorities: Option<PathBuf>,
    /// A certificate of our own and its key (PEM).
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Without the passwords.
impl fmt::Debug for Nats {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_list().entries(self.servers.iter().map(|server| place(server))).finish()
    }
}

/// An address without who goes there.
pub(crate) fn place(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, place)| place)
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub registration: Registration,
    /// Where people reach this server, without a slash at the end; invitation links begin with it.
    pub public_url: String,
    /// Off for load tests only.
    pub limits: bool,
    /// How long a session lives without being used.
    pub session_life: Duration,
    /// How long somebody whose last connection closed is still shown as online: a reload takes less.
    pub departure: Duration,
    /// How long those who do not watch a room are left alone after each bump of it.
    pub bump_pace: Duration,
    /// For how many days it is known what is gone; a cursor that is older starts over.
    pub keep_tombstones: u32,
    /// How many new devices may begin in a second, where limits are on.
    pub cold_starts: u32,
    /// The most rooms that a user can be in.
    pub rooms_per_user: usize,
    /// None: SQLite in the data folder.
    pub database: Option<Postgres>,
    /// By which the nodes on one PostgreSQL tell each other what happens; without servers: this is the only node.
    pub nats: Nats,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            public_url: "http://localhost:8080".into(),
            limits: true,
            session_life: Duration::from_secs(90 * 24 * 3600),
            departure: Duration::from_millis(700),
            bump_pace: Duration::from_secs(5),
            keep_tombstones: 400,
            cold_starts: 50,
            rooms_per_user: 5000,
            database: None,
            nats: Nats::default(),
        }
    }
}
