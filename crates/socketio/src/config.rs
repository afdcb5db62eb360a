//! The limits and times of a server.

use std::time::Duration;

/// Limits and times of a [`Server`](crate::Server). Every size is in bytes.
#[derive(Clone, Debug)]
pub struct Config {
    /// The path of the endpoint, with a slash at both ends. Requests may leave the last slash out.
    pub path: String,
    /// How long after the last heartbeat the server sends the next ping.
    pub ping_interval: Duration,
    /// How long a peer may take to answer a ping before its connection is closed.
    pub ping_timeout: Duration,
    /// How long a connection may exist without being in any namespace.
    pub connect_timeout: Duration,
    /// How long a probing WebSocket may take to complete the change of transport.
    pub upgrade_timeout: Duration,
    /// The largest message from a peer, on both transports; also bounds the attachments of one packet together,
    /// and what one connection may have waiting for its handlers.
    pub max_payload: usize,
    /// The largest message of a connection that has never been in a namespace.
    pub max_early_payload: usize,
    /// How many bytes may wait for one slow reader, beyond the one entry that is being written. Each entry counts
    /// for 64 bytes more than it has.
    pub outbox_bytes: usize,
    /// The most binary attachments that one packet may announce.
    pub max_attachments: usize,
    /// The most namespaces that one connection may be in.
    pub max_namespaces: usize,
    /// How many packets of one connection may wait for its handlers before reading pauses.
    pub max_queued_events: usize,
    /// The most connections in all; beyond that a handshake is answered with 503.
    pub max_connections: usize,
    /// The most connections of one IPv4 address or one IPv6 network of 64 bits; beyond that the answer is 429.
    pub max_connections_per_address: usize,
    /// What the id of every session begins with, of the characters `0-9a-z`: where several servers stand behind one
    /// address, whoever gets a request can tell whose session it belongs to.
    pub session_tag: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io/".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            upgrade_timeout: Duration::from_secs(10),
            max_payload: 1_000_000,
            max_early_payload: 16 * 1024,
            outbox_bytes: 256 * 1024,
            max_attachments: 16,
            max_namespaces: 8,
            max_queued_events: 32,
            max_connections: 100_000,
            max_connections_per_address: 1_000,
            session_tag: String::new(),
        }
    }
}
