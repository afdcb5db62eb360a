//! Counters of a server.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a server has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections by long polling that are open now.
    pub polling: usize,
    /// Connections by WebSocket that are open now.
    pub websocket: usize,
    /// Bytes that came from clients, on both transports, HTTP heads aside.
    pub bytes_in: u64,
    /// Bytes that went to clients, on both transports, HTTP heads aside.
    pub bytes_out: u64,
    /// Connections that were closed because a ping was not answered.
    pub heartbeat_timeouts: u64,
    /// How often events that waited for a slow reader were dropped.
    pub overflows: u64,
    /// Connections that changed from polling to WebSocket.
    pub upgrades: u64,
    /// Handshakes that were refused because of a limit.
    pub refused: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) polling: AtomicUsize,
    pub(crate) websocket: AtomicUsize,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) heartbeat_timeouts: AtomicU64,
    pub(crate) overflows: AtomicU64,
    pub(crate) upgrades: AtomicU64,
    pub(crate) refused: AtomicU64,
}

impl Counters {
    /// The gauge of open connections of a transport.
    pub(crate) fn open(&self, polling: bool) -> &AtomicUsize {
        if polling { &self.polling } else { &self.websocket }
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            polling: self.polling.load(Ordering::Relaxed),
            websocket: self.websocket.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            heartbeat_timeouts: self.heartbeat_timeouts.load(Ordering::Relaxed),
            overflows: self.overflows.load(Ordering::Relaxed),
            upgrades: self.upgrades.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

/// Adds to a counter.
pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}
