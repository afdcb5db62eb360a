//! Gossip: tells the other nodes who is here and that this node lives, and takes what they say.

use super::Subjects;
use super::link::Link;
use super::nodes::{Do, Nodes, Said, What};
use crate::bus::wire::Garbled;
use crate::presence::{Entry, Presence, Told};
use crate::{Figures, NodeId};
use bytes::Bytes;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// How often a node says that it lives.
const BEAT: Duration = Duration::from_secs(1);
/// How often it is looked for nodes that do not.
const LOOK: Duration = Duration::from_millis(250);
/// What changes within this time is told together; the first at once.
const GATHERED: Duration = Duration::from_millis(50);
/// Our table is not told again before.
const TABLE: Duration = Duration::from_millis(500);
/// The most people in one message.
const MOST: usize = 5_000;
/// How long a goodbye has to leave.
const LEAVING: Duration = Duration::from_millis(50);

pub(super) struct Gossip {
    pub(super) me: NodeId,
    presence: Arc<Presence>,
    link: Arc<Link>,
    subjects: Arc<Subjects>,
    figures: Arc<Figures>,
    /// Locked for one message.
    nodes: Mutex<Nodes>,
    /// The number of what was said last.
    number: AtomicU64,
    /// Somebody wants our table.
    wanted: Notify,
    left: AtomicBool,
}

impl Gossip {
    pub(super) fn new(
        me: NodeId,
        presence: Arc<Presence>,
        link: Arc<Link>,
        subjects: Arc<Subjects>,
        figures: Arc<Figures>,
    ) -> Self {
        Self {
            nodes: Mutex::new(Nodes::new(me.clone())),
            me,
            presence,
            link,
            subjects,
            figures,
            number: AtomicU64::new(0),
            wanted: Notify::new(),
            left: AtomicBool::new(false),
        }
    }

    /// The other nodes.
    pub(super) fn alive(&self) -> Vec<NodeId> {
        self.lock().alive()
    }

    /// Takes what another node said.
    pub(super) fn hear(&self, bytes: Bytes) -> Result<(), Garbled> {
        let said = Said::decode(bytes)?;
        let todo = self.lock().hear(said, Instant::now());
        for task in todo {
            match task {
                Do::Note(node, told) => self.presence.told(&node, told),
                Do::Ask(node) => self.say(What::Ask(Some(node))),
                Do::Answer => self.wanted.notify_one(),
            }
        }
        Ok(())
    }

    pub(super) async fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
        self.say(What::Bye);
        sleep(LEAVING).await;
    }

    /// Drops those of whom nothing is heard.
    fn look(&self) {
        let (silent, alive) = {
            let mut nodes = self.lock();
            (nodes.take_silent(Instant::now()), nodes.alive().len())
        };
        for node in silent {
            tracing::warn!("nothing is heard of node {node} any more; its people are gone");
            self.presence.told(&node, Told::Gone);
        }
        self.figures.bus.nodes.store(alive as u64 + 1, Ordering::Relaxed);
    }

    fn tell_changes(&self) {
        for entries in self.presence.take_changes().chunks(MOST) {
            self.say_next(What::Changes(entries.to_vec()));
        }
    }

    fn tell_table(&self) {
        let table = self.presence.table();
        let chunks: Vec<&[Entry]> = if table.is_empty() { vec![&[]] } else { table.chunks(MOST).collect() };
        let last = chunks.len() - 1;
        for (at, entries) in chunks.into_iter().enumerate() {
            self.say_next(What::Table { first: at == 0, last: at == last, entries: entries.to_vec() });
        }
    }

    /// Says something that must not be missed. If it cannot be sent its number shows so.
    fn say_next(&self, what: What) {
        self.number.fetch_add(1, Ordering::Relaxed);
        self.say(what);
    }

    fn say(&self, what: What) {
        let said = Said { node: self.me.clone(), number: self.number.load(Ordering::Relaxed), what };
        self.link.say(&self.subjects.presence, said.encode());
    }

    fn lock(&self) -> MutexGuard<'_, Nodes> {
        // Each message is taken whole or, after a panic, in part: the next number that is amiss asks for everything.
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what is to be said, for as long as the process lives.
pub(super) async fn run(gossip: Arc<Gossip>) {
    let mut beat = interval(BEAT);
    let mut look = interval(LOOK);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut table_at = Instant::now();
    let mut asked = false;
    while !gossip.left.load(Ordering::Relaxed) {
        tokio::select! {
            _ = beat.tick() => gossip.say(What::Beat),
            _ = look.tick() => gossip.look(),
            () = gossip.link.up.notified() => {
                gossip.say(What::Beat);
                gossip.say(What::Ask(None));
            }
            () = gossip.wanted.notified() => asked = true,
            () = gossip.presence.changed.notified() => {
                gossip.tell_changes();
                sleep(GATHERED).await;
            }
        }
        if asked && table_at <= Instant::now() {
            asked = false;
            table_at = Instant::now() + TABLE;
            gossip.tell_table();
        }
    }
}
