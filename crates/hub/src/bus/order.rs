//! The order over all nodes: takes what nodes say, and hands the shards one group after the other.

use super::needs::Needs;
use super::sequencer::{PATIENCE, Repaired, Sequencer};
use super::split::{Header, Part};
use super::{Commit, Group, Interest, Publication};
use crate::shard::Inbox;
use crate::{Figures, Topic};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// Held for look-ups and for handing over, never across anything that waits.
pub(crate) struct Order {
    state: Mutex<State>,
    shards: Vec<Inbox>,
    told: watch::Sender<u64>,
    /// Something is missing.
    pub(super) stuck: Notify,
    /// Somebody waits for what was not told in time.
    pub(super) asked: Notify,
    /// Other topics are needed than before.
    pub(super) topics: Notify,
    figures: Arc<Figures>,
}

struct State {
    sequencer: Sequencer,
    needs: Needs,
    /// When something was told.
    moved: Instant,
}

impl Order {
    /// Everything up to `told` counts as told. `own` is the topic of a user's own things.
    pub(crate) fn new(told: u64, own: fn(&str) -> Topic, shards: Vec<Inbox>, figures: Arc<Figures>) -> Self {
        let state = State { sequencer: Sequencer::new(told), needs: Needs::new(own), moved: Instant::now() };
        Self {
            state: Mutex::new(state),
            shards,
            told: watch::Sender::new(told),
            stuck: Notify::new(),
            asked: Notify::new(),
            topics: Notify::new(),
            figures,
        }
    }

    /// A group of this node.
    pub(super) fn publish(&self, group: Group) {
        match group.commit {
            None => self.hand_over(&group.publications),
            Some(commit) => self.change(|sequencer, now| sequencer.whole(commit, group.publications, now)),
        }
    }

    /// A header that came from another node.
    pub(super) fn header(&self, header: Header) {
        if header.g == 0 {
            return self.hand_over(&header.for_all.into_iter().map(|(_, publication)| publication).collect());
        }
        self.figures.bus.heard.fetch_add(1, Ordering::Relaxed);
        self.change(|sequencer, now| sequencer.header(header, now));
    }

    /// The publications of one topic, from another node.
    pub(super) fn part(&self, part: Part) {
        if part.g == 0 {
            return self.hand_over(&part.publications.into_iter().map(|(_, publication)| publication).collect());
        }
        self.change(|sequencer, now| sequencer.part(part, now));
    }

    /// A group as the database has it; false if something before it is missing there.
    pub(super) fn repair(&self, commit: Commit, publications: Arc<[Publication]>) -> bool {
        let mut state = self.lock();
        match state.sequencer.repaired(commit, publications) {
            Repaired::Known => true,
            Repaired::Hole => false,
            Repaired::Ready(ready) => {
                self.figures.bus.repaired.fetch_add(1, Ordering::Relaxed);
                self.tell(&mut state, ready);
                self.go_on(state);
                true
            }
        }
    }

    /// What lies before `g` cannot be told any more: every connection starts over from its cursor.
    pub(super) fn start_over(&self, g: u64) {
        let mut state = self.lock();
        state.sequencer.move_to(g);
        self.shards.iter().for_each(Inbox::drop_lines);
        self.go_on(state);
    }

    /// The database is an older one than what was told: from here on it counts, and every connection starts over.
    pub(super) fn go_back(&self, newest: u64) {
        let mut state = self.lock();
        state.sequencer = Sequencer::new(newest);
        self.shards.iter().for_each(Inbox::drop_lines);
        drop(state);
        self.told.send_replace(newest);
    }

    /// The database knows of nothing after `newest`, as of a moment after `asked`. Returns up to where everything was told.
    pub(super) fn believe(&self, newest: u64, asked: Instant) -> u64 {
        let mut state = self.lock();
        state.sequencer.believe(newest, asked);
        let told = state.sequencer.told();
        self.figures.bus.lag.store(newest.saturating_sub(told), Ordering::Relaxed);
        told
    }

    /// When what is missing is to be looked for, if anything is.
    pub(super) fn due(&self) -> Option<Instant> {
        let State { sequencer, needs, .. } = &mut *self.lock();
        sequencer.due(needs, Instant::now())
    }

    /// Up to where everything was told, and when something last was.
    pub(super) fn reached(&self) -> (u64, Instant) {
        let state = self.lock();
        (state.sequencer.told(), state.moved)
    }

    /// Resolves once everything up to `g` was handed to the shards.
    pub(super) async fn told(&self, g: u64) {
        let mut told = self.told.subscribe();
        while *told.borrow_and_update() < g {
            if timeout(PATIENCE, told.changed()).await.is_err() {
                self.asked.notify_one();
            }
        }
    }

    /// The topics that are needed since this was last asked, and those that are no longer.
    pub(super) fn take_topics(&self) -> (Vec<Topic>, Vec<Topic>) {
        let mut state = self.lock();
        let ended = state.needs.take_ended(Instant::now());
        (state.needs.take_begun(), ended)
    }

    pub(super) fn hand_over(&self, group: &Arc<[Publication]>) {
        self.shards.iter().for_each(|shard| shard.publish(group.clone()));
    }

    fn change(&self, change: impl FnOnce(&mut Sequencer, Instant)) {
        let mut state = self.lock();
        change(&mut state.sequencer, Instant::now());
        self.go_on(state);
    }

    /// Tells whatever has its turn.
    fn go_on(&self, mut state: MutexGuard<'_, State>) {
        while let Some(ready) = {
            let State { sequencer, needs, .. } = &mut *state;
            sequencer.next(needs)
        } {
            self.tell(&mut state, ready);
        }
        let (told, heard) = (state.sequencer.told(), state.sequencer.heard());
        drop(state);
        self.told.send_if_modified(|before| {
            let more = told > *before;
            *before = told.max(*before);
            more
        });
        self.figures.bus.lag.store(heard - told, Ordering::Relaxed);
        if heard > told {
            self.stuck.notify_one();
        }
    }

    fn tell(&self, state: &mut State, ready: Arc<[Publication]>) {
        let now = Instant::now();
        state.moved = now;
        let mut begun = false;
        for publication in &*ready {
            // What follows is needed before any shard has put somebody on the topic.
            if let Publication::Grant { user, topic } = publication
                && state.needs.has(&state.needs.own(user))
            {
                state.needs.expect(topic, now);
                begun = true;
            }
        }
        if begun {
            self.topics.notify_one();
        }
        self.hand_over(&ready);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic between two statements would be a mistake in the sequencer; what is missing is then read again.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn need(&self, change: impl FnOnce(&mut Needs, Instant)) {
        change(&mut self.lock().needs, Instant::now());
        self.topics.notify_one();
    }
}

impl Interest for Order {
    fn coming(&self, user: &str) {
        self.need(|needs, now| needs.expect(&needs.own(user), now));
    }

    fn came(&self, user: &str) {
        self.need(|needs, now| needs.hold(&needs.own(user), now));
    }

    fn went(&self, user: &str) {
        self.need(|needs, now| needs.let_go(&needs.own(user), now));
    }

    fn hold(&self, topic: &Topic) {
        self.need(|needs, now| needs.hold(topic, now));
    }

    fn let_go(&self, topic: &Topic) {
        self.need(|needs, now| needs.let_go(topic, now));
    }
}
