//! What a hub has to be told to be one of several nodes, and what nodes say to each other for the rules above the hub.

use crate::Topic;
use async_trait::async_trait;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;

/// A node's name: six characters, drawn when the process starts.
pub type NodeId = Arc<str>;

/// How a hub becomes one of several nodes.
pub struct Cluster {
    /// NATS servers as `nats://HOST:PORT`, `nats://USER:PASSWORD@HOST:PORT` or `tls://…`; any of them will do.
    pub servers: Vec<String>,
    pub credentials: Credentials,
    pub tls: Tls,
    /// Begins all subjects; the same for the nodes of one instance, and no others.
    pub prefix: String,
    /// The newest `g` in the database before any connection is taken in.
    pub told: u64,
    /// The topic of a user's own things: grants and revocations go where it goes.
    pub own: fn(&str) -> Topic,
    pub backlog: Arc<dyn Backlog>,
}

/// What the NATS servers want to see.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nothing, or what stands in the addresses.
    #[default]
    None,
    Token(String),
    Password {
        user: String,
        password: String,
    },
}

/// How the connection to NATS is kept private.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Without it the server decides.
    pub required: bool,
    /// Authorities to trust besides those of the system, in PEM.
    pub authorities: Option<PathBuf>,
    /// A certificate of this node's own and its key, in PEM.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// A hub cannot become a node as it was told.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("`{0}` cannot begin a subject: words of letters, digits, - and _, with dots between them")]
    Prefix(String),
    #[error("the address of a NATS server: {0}")]
    Servers(String),
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

/// The groups that were committed lately, as the database has them.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// The `g` of the newest commit.
    async fn newest(&self) -> Result<u64, String>;
    /// The groups after `g`, oldest first, at most so many.
    async fn since(&self, g: u64, most: usize) -> Result<Vec<Kept>, String>;
}

/// A group in the database.
#[derive(Clone, Debug)]
pub struct Kept {
    pub before: u64,
    pub g: u64,
    /// What [`crate::bus::wire::encode`] made.
    pub body: Bytes,
}

/// Why a node did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("there is no such node")]
    NoSuchNode,
    #[error("the bus is not there")]
    Away,
    #[error("it did not answer in time")]
    TimedOut,
    #[error("more than {0} bytes")]
    TooLong(usize),
    #[error("too many questions at once")]
    Busy,
    #[error("{0}")]
    Refused(String),
}

/// Answers what other nodes ask.
#[async_trait]
pub trait Answer: Send + Sync {
    /// The error is told to the node that asked.
    async fn answer(&self, node: NodeId, kind: &str, body: Bytes) -> Result<Bytes, String>;
}

/// What another node told all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTold {
    pub node: NodeId,
    pub kind: Arc<str>,
    pub body: Bytes,
}
