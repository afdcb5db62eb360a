//! One timer for all connections: a ring of slots, each with the connections that are due at one tick.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::lock;
use crate::server::Shared;
use crate::sid::Sid;

/// Slots of the ring. What is due later than they reach is looked at again when they have gone round.
const SLOTS: u64 = 512;

pub(crate) struct Wheel {
    tick: Duration,
    slots: Mutex<Slots>,
}

struct Slots {
    /// The tick that is handled next.
    next: u64,
    /// Names and not connections: those that have gone leave nothing behind that is worth mentioning.
    ring: Vec<Vec<Sid>>,
}

impl Wheel {
    /// A ring whose ticks are fine enough for the shortest of the times.
    pub(crate) fn new(shortest: Duration) -> Self {
        let tick = (shortest / 50).clamp(Duration::from_millis(5), Duration::from_millis(100));
        let ring = (0..SLOTS).map(|_| Vec::new()).collect();
        Self { tick, slots: Mutex::new(Slots { next: 0, ring }) }
    }

    pub(crate) fn tick(&self) -> Duration {
        self.tick
    }

    /// The tick at which something that is due at `at` (milliseconds since the start) is handled: never too early.
    pub(crate) fn tick_of(&self, at: u64) -> u64 {
        at.div_ceil(self.tick.as_millis() as u64)
    }

    /// Has a connection looked at in the given tick; the tick that it will be, which may be earlier.
    pub(crate) fn insert(&self, connection: Sid, tick: u64) -> u64 {
        let mut slots = lock(&self.slots);
        let tick = tick.clamp(slots.next, slots.next + SLOTS - 1);
        slots.ring[(tick % SLOTS) as usize].push(connection);
        tick
    }

    fn take(&self) -> (u64, Vec<Sid>) {
        let mut slots = lock(&self.slots);
        let tick = slots.next;
        slots.next += 1;
        (tick, std::mem::take(&mut slots.ring[(tick % SLOTS) as usize]))
    }

    fn is_due(&self, now: u64) -> bool {
        lock(&self.slots).next * self.tick.as_millis() as u64 <= now
    }
}

/// Handles the ticks of a server until it is dropped.
pub(crate) async fn turn(shared: Weak<Shared>, tick: Duration) {
    let mut interval = tokio::time::interval(tick);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        turn_once(&shared);
    }
}

fn turn_once(shared: &Arc<Shared>) {
    while shared.wheel.is_due(shared.now()) {
        let (tick, due) = shared.wheel.take();
        for sid in due {
            if let Some(connection) = shared.find(sid) {
                connection.tick(tick);
            }
        }
    }
}
