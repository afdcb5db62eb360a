//! What was sent, acknowledged and seen: the counts of one client, or of all together.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

/// The highest `seq` that is kept track of; a run that passes it is far longer than any that is read.
const HIGHEST: u64 = 50_000_000;

/// Which message it is, by whom: what a `cid` is to the server, this is to the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) client: u32,
    pub(super) message: u32,
}

impl Key {
    /// From a text `CLIENT MESSAGE MICROSECONDS padding`; lines by others have none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(Self { client: words.next()?.parse().ok()?, message: words.next()?.parse().ok()? })
    }

    /// When the message was meant to be sent, from the start of the run.
    pub(super) fn time(text: &str) -> Option<Duration> {
        text.split(' ').nth(2)?.parse().ok().map(Duration::from_micros)
    }
}

/// What one client knows of a `seq` of its room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    No,
    /// A line that the load did not send.
    Other,
    Message(Key),
}

/// The counts of one client; merged, those of all.
pub(super) struct Tally {
    room: usize,
    seen: Vec<Seen>,
    /// No `seq` below this is unseen.
    whole: usize,
    /// By room and `seq`: what was acknowledged as what.
    acknowledged: BTreeMap<(usize, u64), Key>,
    /// The highest `seq` that a client was told of which does not look at its room; `None` for those that look.
    heard: Option<u64>,
    /// Clients that do not look at their room and were never told where it ended up.
    pub(super) behind: u64,
    /// Each member's room and what it saw there.
    views: Vec<(usize, Vec<Seen>)>,
    pub(super) acknowledged_within: u64,
    pub(super) seen_within: u64,
    pub(super) doubled: u64,
    pub(super) chain_gaps: u64,
    pub(super) resyncs: u64,
    pub(super) unanswered: u64,
    /// Refusals by their code, and connections that ended by what was said.
    pub(super) errors: BTreeMap<String, u64>,
}

impl Tally {
    /// The tally of one client in that room; the one that others are merged into has no view of its own.
    pub(super) fn new(room: usize) -> Self {
        Self {
            room,
            seen: Vec::new(),
            whole: 0,
            acknowledged: BTreeMap::new(),
            heard: None,
            behind: 0,
            views: Vec::new(),
            acknowledged_within: 0,
            seen_within: 0,
            doubled: 0,
            chain_gaps: 0,
            resyncs: 0,
            unanswered: 0,
            errors: BTreeMap::new(),
        }
    }

    /// The tally of a client that does not look at its room.
    pub(super) fn away(room: usize) -> Self {
        Self { heard: Some(0), ..Self::new(room) }
    }

    /// The room has a message with this number.
    pub(super) fn heard_of(&mut self, seq: u64) {
        if let Some(heard) = &mut self.heard {
            *heard = seq.max(*heard);
        }
    }

    /// Whether this client knows what it has to know of a room up to `head`.
    pub(super) fn is_up_to(&mut self, head: u64) -> bool {
        match self.heard {
            Some(heard) => heard >= head,
            None => self.saw_all_up_to(head),
        }
    }

    /// The room ended at `head`.
    pub(super) fn close(&mut self, head: u64) {
        self.behind = u64::from(self.heard.is_some_and(|heard| heard < head));
    }

    pub(super) fn acknowledged(&mut self, seq: u64, key: Key, within: bool) {
        if self.acknowledged.insert((self.room, seq), key).is_some() {
            // Two commands, one place: one of them is not there.
            self.doubled += 1;
        }
        self.acknowledged_within += u64::from(within);
    }

    /// A delivery. `again` says that the chain had passed it: allowed by the protocol, but a delivery too many.
    pub(super) fn saw(&mut self, seq: u64, key: Key, again: bool, within: bool) {
        self.heard_of(seq);
        let Some(place) = self.place(seq) else { return };
        if again || *place != Seen::No {
            self.doubled += 1;
            return;
        }
        *place = Seen::Message(key);
        self.seen_within += u64::from(within);
    }

    /// A message that came with a greeting instead of by itself; that may repeat what is known.
    pub(super) fn caught_up(&mut self, seq: u64, key: Option<Key>) {
        if let Some(place @ Seen::No) = self.place(seq) {
            *place = key.map_or(Seen::Other, Seen::Message);
        }
    }

    /// The highest `seq` of which this client knows.
    pub(super) fn highest(&self) -> u64 {
        self.seen.len().saturating_sub(1) as u64
    }

    fn place(&mut self, seq: u64) -> Option<&mut Seen> {
        let at = usize::try_from(seq).ok().filter(|_| seq <= HIGHEST)?;
        if self.seen.len() <= at {
            self.seen.resize(at + 1, Seen::No);
        }
        self.seen.get_mut(at)
    }

    /// Whether every message that this client could see up to `head` was seen.
    pub(super) fn saw_all_up_to(&mut self, head: u64) -> bool {
        // Lines from before the client came (creation, joins) are not pushed, so the first seen message is the start.
        if self.whole == 0 {
            match self.seen.iter().position(|seen| *seen != Seen::No) {
                Some(first) => self.whole = first,
                None => return head == 0,
            }
        }
        let unseen = self.seen[self.whole..].iter().position(|seen| *seen == Seen::No);
        self.whole = unseen.map_or(self.seen.len(), |unseen| self.whole + unseen);
        self.whole as u64 > head
    }

    pub(super) fn refused(&mut self, code: &str) {
        *self.errors.entry(code.to_owned()).or_default() += 1;
    }

    pub(super) fn closed(&mut self, why: &str) {
        *self.errors.entry(format!("connection: {why}")).or_default() += 1;
    }

    pub(super) fn merge(&mut self, member: Self) {
        for (place, key) in member.acknowledged {
            self.doubled += u64::from(self.acknowledged.insert(place, key).is_some());
        }
        if member.heard.is_none() {
            self.views.push((member.room, member.seen));
        }
        self.behind += member.behind;
        self.acknowledged_within += member.acknowledged_within;
        self.seen_within += member.seen_within;
        self.doubled += member.doubled;
        self.chain_gaps += member.chain_gaps;
        self.resyncs += member.resyncs;
        self.unanswered += member.unanswered;
        for (error, count) in member.errors {
            *self.errors.entry(error).or_default() += count;
        }
    }

    /// What was acknowledged in a room, in order.
    pub(super) fn acknowledged_in(&self, room: usize) -> impl Iterator<Item = (u64, Key)> {
        self.acknowledged.range((room, 0)..=(room, u64::MAX)).map(|((_, seq), key)| (*seq, *key))
    }

    /// Over all views: acknowledged messages that a client of the room did not see, or saw as another.
    pub(super) fn unseen(&self) -> u64 {
        let not_seen = |(room, view): &(usize, Vec<Seen>)| {
            let missed = self.acknowledged_in(*room).filter(|(seq, key)| {
                let seen = usize::try_from(*seq).ok().and_then(|at| view.get(at)).copied().unwrap_or(Seen::No);
                seen != Seen::Other && seen != Seen::Message(*key)
            });
            missed.count() as u64
        };
        self.views.iter().map(not_seen).sum()
    }
}
