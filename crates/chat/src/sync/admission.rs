//! Admission: how many catch-ups are read at once and may wait for that, how often new devices begin, and how many bytes
//! all that is being told may take.

use super::GapEvent;
use super::catching_up::Piece;
use crate::Refusal;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many catch-ups are read at once: fewer than the store has connections for reading, so that other questions are
/// answered beside them.
const AT_ONCE: usize = 3;
/// How many may wait for that.
const MOST_WAITING: usize = 512;
/// What is being told to all connections together, at most, in units of bytes.
const UNIT: usize = 64 << 10;
const MOST_UNITS: usize = 4096;

/// Who may catch up now.
pub(crate) struct Admission {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    cold: Option<DefaultDirectRateLimiter>,
    memory: Arc<Semaphore>,
}

/// A turn at reading; over when it is dropped.
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// Memory for what is being told; given back when it is dropped.
pub(super) struct Held {
    _permits: OwnedSemaphorePermit,
}

impl Admission {
    /// `cold` new devices may begin in a second, and four times as many at once; as many as like to where it is none.
    pub(crate) fn new(cold: Option<u32>) -> Self {
        let quota = cold.and_then(|rate| NonZeroU32::new(rate).zip(NonZeroU32::new(rate.saturating_mul(4))));
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
            cold: quota.map(|(rate, burst)| RateLimiter::direct(Quota::per_second(rate).allow_burst(burst))),
            memory: Arc::new(Semaphore::new(MOST_UNITS)),
        }
    }

    /// Waits for a turn, unless too many do. `cold`: a new device, which needs everything.
    pub(super) async fn enter(&self, cold: bool) -> Result<Turn, Refusal> {
        if let Some(limiter) = self.cold.as_ref().filter(|_| cold) {
            limiter.check().map_err(|wait| {
                let wait = wait.wait_time_from(DefaultClock::default().now());
                Refusal::SyncBusy { retry_after: wait.as_secs() + 1 }
            })?;
        }
        let waiting = Waiting::among(&self.waiting)?;
        let permit = self.turns.clone().acquire_owned().await.map_err(|_| Refusal::Unavailable)?;
        drop(waiting);
        Ok(Turn { _permit: permit })
    }

    /// Takes the memory of what is about to be told.
    pub(super) fn keep(&self, pieces: &[Piece], gaps: &[GapEvent]) -> Result<Held, Refusal> {
        let ops: usize = pieces.iter().map(|piece| piece.json.len()).sum();
        let tails: usize = gaps.iter().flat_map(|gap| &gap.tail).map(|message| message.text.len() + 256).sum();
        let units = ((ops + tails) / UNIT + 1).min(MOST_UNITS) as u32;
        let permits = self.memory.clone().try_acquire_many_owned(units);
        permits.map(|permits| Held { _permits: permits }).map_err(|_| Refusal::SyncBusy { retry_after: 5 })
    }
}

/// One who waits, also when it gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Result<Self, Refusal> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Refusal::SyncBusy { retry_after: 2 });
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
