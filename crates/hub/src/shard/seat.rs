//! One connection's place on a shard.

use crate::{Attach, Batch, Delivered, Event, Outlet, Topic};
use std::sync::Arc;

/// What a connection is given to hear.
pub(super) enum Hearing {
    /// It has not said hello, or missed something since.
    Nothing,
    /// It is being caught up: kept until it is released.
    Kept(Vec<Arc<Event>>),
    All,
}

/// The most events kept for a connection that is being caught up, and their most bytes; beyond either it starts anew.
const MOST_KEPT: usize = 4096;
const MOST_KEPT_BYTES: usize = 4 << 20;

pub(super) struct Seat {
    pub(super) user: Arc<str>,
    pub(super) session: Arc<str>,
    pub(super) outlet: Arc<dyn Outlet>,
    pub(super) topics: Vec<Topic>,
    /// Those of `topics` that came by watching.
    pub(super) watched: Vec<Topic>,
    /// Topics revoked while it is being caught up: a join decided before must not bring them back.
    pub(super) revoked: Vec<Topic>,
    pub(super) hearing: Hearing,
}

impl Seat {
    pub(super) fn new(attach: Attach) -> Self {
        let Attach { user, session, outlet } = attach;
        Self {
            user,
            session,
            outlet,
            topics: Vec::new(),
            watched: Vec::new(),
            revoked: Vec::new(),
            hearing: Hearing::Nothing,
        }
    }

    pub(super) fn hear(&mut self, batch: &Batch) -> Delivered {
        match &mut self.hearing {
            Hearing::Nothing => Delivered::Taken,
            Hearing::All => self.outlet.deliver(batch),
            Hearing::Kept(kept) => {
                kept.extend(batch.events.iter().cloned());
                let bytes: usize = kept.iter().map(|event| event.body.len()).sum();
                if kept.len() > MOST_KEPT || bytes > MOST_KEPT_BYTES { Delivered::Overflowed } else { Delivered::Taken }
            }
        }
    }
}
