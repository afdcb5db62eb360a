//! What happens to a connection while it is caught up: its events are kept, what it missed is said to it, and then
//! what was kept is let go.

use super::Shard;
use super::seat::{Hearing, Kept};
use crate::{Above, Batch, ConnectionId, Delivered, Event, Said, Topic};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Shard {
    pub(super) fn hold(&mut self, id: ConnectionId) {
        let Some(at) = self.seats.at(id) else { return };
        self.leave_all(at);
        if let Some(seat) = self.seats.get_mut(at)
            && !matches!(seat.hearing, Hearing::Ended)
        {
            seat.forget_meanwhile();
            seat.hearing = Hearing::Kept(Kept::default());
        }
    }

    /// Begins to keep back what it is to hear, on the topics that it is on; false if it hears nothing at all.
    pub(super) fn keep(&mut self, id: ConnectionId) -> bool {
        let Some(at) = self.seats.at(id) else { return false };
        let Some(seat) = self.seats.get_mut(at) else { return false };
        if !matches!(seat.hearing, Hearing::All) {
            return false;
        }
        seat.forget_meanwhile();
        seat.hearing = Hearing::Kept(Kept::default());
        true
    }

    pub(super) fn join(&mut self, id: ConnectionId, topics: Vec<Topic>, watch: Vec<Topic>) {
        let Some(at) = self.seats.at(id) else { return };
        let revoked = self.seats.get_mut(at).map(|seat| seat.revoked.clone()).unwrap_or_default();
        let granted = topics.into_iter().filter(|topic| !revoked.contains(topic));
        granted.for_each(|topic| self.put_on(at, topic));
        self.watch(id, watch);
    }

    pub(super) fn say(&mut self, id: ConnectionId, event: Arc<Event>, needs: &[Topic], as_of: u64) -> Said {
        let Some(at) = self.seats.at(id) else { return Said::Gone };
        let Some(seat) = self.seats.get_mut(at) else { return Said::Gone };
        if !matches!(seat.hearing, Hearing::Kept(_)) {
            return Said::Gone;
        }
        let is_cut = |topic: &Topic| seat.cut.iter().any(|(cut, g)| cut == topic && *g > as_of);
        let cut: Vec<_> = needs.iter().filter(|topic| is_cut(topic)).cloned().collect();
        if !cut.is_empty() {
            return Said::Cut(cut);
        }
        match seat.outlet.deliver(&Batch::new(vec![event])) {
            Delivered::Taken => {
                self.figures.deliveries.fetch_add(1, Ordering::Relaxed);
                Said::Taken
            }
            Delivered::Gone => Said::Gone,
            Delivered::Overflowed => {
                self.overflowed(at);
                Said::Gone
            }
        }
    }

    pub(super) fn release(&mut self, id: ConnectionId, above: &Above) {
        let Some(at) = self.seats.at(id) else { return };
        let Some(seat) = self.seats.get_mut(at) else { return };
        if !matches!(seat.hearing, Hearing::Kept(_)) {
            return;
        }
        let Hearing::Kept(kept) = std::mem::replace(&mut seat.hearing, Hearing::All) else { return };
        seat.forget_meanwhile();
        let kept = kept.events.into_iter().filter(|(topic, event)| above.lets(topic, event.stamp));
        let events: Vec<_> = kept.map(|(_, event)| event).collect();
        if !events.is_empty() {
            let deliveries = events.len() as u64;
            if seat.outlet.deliver(&Batch::new(events)) == Delivered::Overflowed {
                self.overflowed(at);
            }
            self.figures.deliveries.fetch_add(deliveries, Ordering::Relaxed);
        }
    }

    /// Whoever was being caught up will not be: nothing is kept any more, and it hears nothing until it is held again.
    pub(super) fn abandon(&mut self, id: ConnectionId) {
        let Some(at) = self.seats.at(id) else { return };
        if self.seats.get(at).is_some_and(|seat| matches!(seat.hearing, Hearing::Kept(_))) {
            self.leave_all(at);
            if let Some(seat) = self.seats.get_mut(at) {
                seat.forget_meanwhile();
                seat.hearing = Hearing::Nothing;
            }
        }
    }
}
