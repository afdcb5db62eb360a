//! The sequencer: groups of all nodes, in whatever order and however complete they arrive, told one after the other.

#[cfg(test)]
mod tests;

use super::needs::Needs;
use super::split::{Header, Part, Placed};
use super::{Publication, Span};
use crate::Topic;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long what is missing is waited for before it is read in the database.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);
/// The same where a subscription may have come too late for it.
const SHORT: Duration = Duration::from_millis(25);
/// What waits for its turn, at most. What does not fit is read in the database when its turn comes.
const MOST_GROUPS: usize = 8_192;
const MOST_BYTES: usize = 64 << 20;

/// Knows up to where everything was told, and what is there of what follows.
pub(super) struct Sequencer {
    told: u64,
    /// The highest `g` that was heard of.
    heard: u64,
    /// What has not been told, by its `g`.
    waiting: BTreeMap<u64, Waiting>,
    /// The `g` of those of `waiting` whose `before` is known.
    by_before: HashMap<u64, u64>,
    bytes: usize,
    /// What was told when it was last found that something is missing, and since when.
    stuck: Option<(u64, Instant)>,
}

/// What is there of a group.
struct Waiting {
    at: Instant,
    bytes: usize,
    before: Option<u64>,
    header: Option<Header>,
    parts: HashMap<Topic, Vec<Placed>>,
    whole: Option<Arc<[Publication]>>,
}

/// What became of a group that was read in the database.
#[derive(Debug)]
pub(super) enum Repaired {
    Ready(Arc<[Publication]>),
    /// It had been told.
    Known,
    /// Something before it is missing there as well.
    Hole,
}

impl Sequencer {
    pub(super) fn new(told: u64) -> Self {
        Self { told, heard: told, waiting: BTreeMap::new(), by_before: HashMap::new(), bytes: 0, stuck: None }
    }

    pub(super) fn told(&self) -> u64 {
        self.told
    }

    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// A node says that a group was committed.
    pub(super) fn header(&mut self, header: Header, now: Instant) {
        let bytes = header.for_all.iter().map(|(_, publication)| publication.bytes()).sum::<usize>();
        let bytes = bytes + header.topics.len() * 64;
        let (before, g) = (header.before, header.g);
        let Some(waiting) = self.wait_for(g, bytes, now) else { return };
        waiting.header = Some(header);
        self.place(before, g);
    }

    /// What happened on one topic in a group.
    pub(super) fn part(&mut self, part: Part, now: Instant) {
        let bytes = part.publications.iter().map(|(_, publication)| publication.bytes()).sum();
        let Some(waiting) = self.wait_for(part.g, bytes, now) else { return };
        waiting.parts.insert(part.topic, part.publications);
    }

    /// A group of this node's own, with everything in it.
    pub(super) fn whole(&mut self, span: Span, publications: Arc<[Publication]>, now: Instant) {
        let bytes = publications.iter().map(Publication::bytes).sum();
        let Some(waiting) = self.wait_for(span.g, bytes, now) else { return };
        waiting.whole = Some(publications);
        self.place(span.before, span.g);
    }

    /// A group as the database has it.
    pub(super) fn repaired(&mut self, span: Span, publications: Arc<[Publication]>) -> Repaired {
        if span.g <= self.told {
            return Repaired::Known;
        }
        if span.before > self.told {
            return Repaired::Hole;
        }
        self.move_to(span.g);
        Repaired::Ready(publications)
    }

    /// The next group, if it is there: as much of it as is needed.
    pub(super) fn next(&mut self, needs: &Needs) -> Option<Arc<[Publication]>> {
        let g = *self.by_before.get(&self.told)?;
        if self.waiting.get(&g)?.lacks(needs).is_some() {
            return None;
        }
        let waiting = self.take(g)?;
        self.move_to(g);
        Some(waiting.publications(needs))
    }

    /// When what is missing is to be looked for, if anything is.
    pub(super) fn due(&mut self, needs: &Needs, now: Instant) -> Option<Instant> {
        if self.heard <= self.told {
            self.stuck = None;
            return None;
        }
        let since = match self.stuck {
            Some((told, since)) if told == self.told => since,
            _ => now,
        };
        self.stuck = Some((self.told, since));
        let next = self.by_before.get(&self.told).and_then(|g| self.waiting.get(g));
        Some(since + next.and_then(|waiting| waiting.lacks(needs)).unwrap_or(PATIENCE))
    }

    /// The database knows of nothing after `newest`, as of a moment after `asked`: what was heard before and goes beyond it
    /// was never committed.
    pub(super) fn believe(&mut self, newest: u64, asked: Instant) {
        let lies: Vec<u64> =
            self.waiting.range(newest.saturating_add(1)..).filter(|(_, w)| w.at < asked).map(|(g, _)| *g).collect();
        for g in lies {
            self.take(g);
        }
        let last = self.waiting.last_key_value().map_or(0, |(g, _)| *g);
        self.heard = last.max(newest).max(self.told);
    }

    /// Gives up what is missing up to `g`.
    pub(super) fn move_to(&mut self, g: u64) {
        self.told = self.told.max(g);
        self.heard = self.heard.max(self.told);
        while let Some((first, _)) = self.waiting.first_key_value()
            && *first <= self.told
        {
            let first = *first;
            self.take(first);
        }
    }

    /// The entry of a group that has not been told, with room for so many bytes more.
    fn wait_for(&mut self, g: u64, bytes: usize, now: Instant) -> Option<&mut Waiting> {
        if g <= self.told {
            return None;
        }
        self.heard = self.heard.max(g);
        // The farthest from its turn makes room.
        while self.bytes + bytes > MOST_BYTES || self.waiting.len() >= MOST_GROUPS {
            let (last, _) = self.waiting.last_key_value()?;
            if *last <= g {
                break;
            }
            let last = *last;
            self.take(last);
        }
        let fits = self.bytes + bytes <= MOST_BYTES && self.waiting.len() < MOST_GROUPS;
        if !fits && self.waiting.first_key_value().is_some_and(|(first, _)| *first < g) {
            return None;
        }
        self.bytes += bytes;
        let waiting = self.waiting.entry(g).or_insert_with(|| Waiting::new(now));
        waiting.bytes += bytes;
        Some(waiting)
    }

    fn take(&mut self, g: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&g)?;
        self.bytes -= waiting.bytes;
        self.unplace(waiting.before, g);
        Some(waiting)
    }

    /// `g` follows on `before`.
    fn place(&mut self, before: u64, g: u64) {
        let Some(waiting) = self.waiting.get_mut(&g) else { return };
        let other = waiting.before.replace(before);
        self.unplace(other, g);
        self.by_before.insert(before, g);
    }

    fn unplace(&mut self, before: Option<u64>, g: u64) {
        if let Some(before) = before
            && self.by_before.get(&before) == Some(&g)
        {
            self.by_before.remove(&before);
        }
    }
}

impl Waiting {
    fn new(at: Instant) -> Self {
        Self { at, bytes: 0, before: None, header: None, parts: HashMap::new(), whole: None }
    }

    /// Nothing if all is there that is needed; else how long it may be waited for.
    fn lacks(&self, needs: &Needs) -> Option<Duration> {
        if self.whole.is_some() {
            return None;
        }
        let Some(header) = &self.header else { return Some(PATIENCE) };
        if header.unsent {
            return Some(Duration::ZERO);
        }
        let missing = header.topics.iter().filter(|listed| needs.has(&listed.topic));
        let missing = missing.filter(|listed| self.parts.get(&listed.topic).map_or(0, Vec::len) != listed.count);
        let lacks = missing.map(|listed| match listed.sent {
            false => Duration::ZERO,
            true if needs.is_young(&listed.topic, self.at) => SHORT,
            true => PATIENCE,
        });
        let granted = self.here(header, needs).any(|(_, publication)| match publication {
            // It is put on the topic in the middle of the group, so nobody here has subscribed to it.
            Publication::Grant { user, topic } => {
                needs.has(&needs.own(user))
                    && !needs.has(topic)
                    && header.topics.iter().any(|listed| listed.topic == *topic)
            }
            _ => false,
        });
        lacks.chain(granted.then_some(Duration::ZERO)).min()
    }

    fn here<'a>(&'a self, header: &'a Header, needs: &'a Needs) -> impl Iterator<Item = &'a Placed> {
        let needed = self.parts.iter().filter(|(topic, _)| needs.has(topic));
        header.for_all.iter().chain(needed.flat_map(|(_, publications)| publications))
    }

    fn publications(self, needs: &Needs) -> Arc<[Publication]> {
        if let Some(whole) = self.whole {
            return whole;
        }
        let Some(header) = &self.header else { return Arc::new([]) };
        let mut placed: Vec<&Placed> = self.here(header, needs).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.dedup_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, publication)| publication.clone()).collect()
    }
}
