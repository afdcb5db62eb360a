//! Those on one topic: its watchers, its bystanders, and the newest value that waits for the bystanders.

use super::seat::At;
use crate::Event;
use crate::bus::Reach;
use std::sync::Arc;
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Members {
    watchers: Vec<At>,
    bystanders: Vec<At>,
    /// Before this moment no further value goes to the bystanders.
    pub(super) next: Option<Instant>,
    /// The newest value that has not gone to them.
    pub(super) waiting: Option<Arc<Event>>,
}

impl Members {
    /// Those whom `reach` names.
    pub(super) fn lists(&self, reach: Reach) -> [&[At]; 2] {
        match reach {
            Reach::All => [&self.watchers, &self.bystanders],
            Reach::Watchers => [&self.watchers, &[]],
            Reach::Bystanders => [&[], &self.bystanders],
        }
    }

    pub(super) fn reached(&self, reach: Reach) -> impl Iterator<Item = At> {
        self.lists(reach).into_iter().flatten().copied()
    }

    pub(super) fn has_bystanders(&self) -> bool {
        !self.bystanders.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.watchers.is_empty() && self.bystanders.is_empty()
    }

    pub(super) fn add(&mut self, at: At, watching: bool) {
        let list = if watching { &mut self.watchers } else { &mut self.bystanders };
        list.push(at);
    }

    pub(super) fn remove(&mut self, at: At, watching: bool) {
        let list = if watching { &mut self.watchers } else { &mut self.bystanders };
        if let Some(place) = list.iter().position(|member| *member == at) {
            list.swap_remove(place);
        }
    }
}
