//! The figures of a hub, counted as they happen, for whoever shows them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// What a hub counts.
#[derive(Debug)]
pub struct Figures {
    pub connections: AtomicUsize,
    /// Events handed to connections.
    pub deliveries: AtomicU64,
    /// Connections that read too slowly and were told to resync.
    pub overflows: AtomicU64,
    /// Seconds from the first to the last hand-over of one turn of a shard.
    pub fanout: Histogram,
    pub bus: BusFigures,
}

/// What the bus between nodes counts; all zero where there is one node.
#[derive(Debug, Default)]
pub struct BusFigures {
    /// Messages sent, and bytes of them.
    pub sent: AtomicU64,
    pub bytes_sent: AtomicU64,
    /// Groups of other nodes that were heard of, and bytes of all messages.
    pub heard: AtomicU64,
    pub bytes_heard: AtomicU64,
    /// Messages that nobody can read.
    pub garbled: AtomicU64,
    /// How often something was missing for too long and looked for in the database.
    pub holes: AtomicU64,
    /// Groups that were read there.
    pub repaired: AtomicU64,
    /// Nodes alive, this one among them.
    pub nodes: AtomicU64,
    /// Whether NATS is there, 0 or 1.
    pub connected: AtomicU64,
    /// How many commits are known of beyond what was told.
    pub lag: AtomicU64,
}

impl Default for Figures {
    fn default() -> Self {
        const SECONDS: &[f64] = &[0.000_01, 0.000_1, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];
        Self {
            connections: AtomicUsize::default(),
            deliveries: AtomicU64::default(),
            overflows: AtomicU64::default(),
            fanout: Histogram::new(SECONDS),
            bus: BusFigures::default(),
        }
    }
}

/// Counts of observations by size, in buckets that are the same for the life of the process.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One more than there are bounds: the last is for what is above them all.
    counts: Box<[AtomicU64]>,
    /// The sum of all observations, in millionths.
    millionths: AtomicU64,
}

impl Histogram {
    /// A histogram whose buckets end at `bounds`, in rising order.
    pub fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, millionths: AtomicU64::new(0) }
    }

    /// Counts one observation, not negative.
    pub fn observe(&self, value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.millionths.fetch_add((value * 1e6) as u64, Ordering::Relaxed);
    }

    /// Counts a duration, in seconds.
    pub fn observe_time(&self, time: Duration) {
        self.observe(time.as_secs_f64());
    }

    /// The sum of all observations.
    pub fn sum(&self) -> f64 {
        self.millionths.load(Ordering::Relaxed) as f64 / 1e6
    }

    /// Each bucket's upper bound and its own count (not those below it); the last bound is infinite.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        bounds.zip(self.counts.iter()).map(|(bound, count)| (bound, count.load(Ordering::Relaxed))).collect()
    }
}
