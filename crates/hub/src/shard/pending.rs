//! What one turn of a shard has collected, and how it goes to those who are on several of its topics.

use super::seat::At;
use crate::{Batch, Event, Topic};
use std::collections::HashMap;
use std::sync::Arc;

/// Events by topic, each with its place in the order of publication.
#[derive(Default)]
pub(super) struct Pending {
    topics: Vec<(Topic, Vec<Placed>)>,
    by_name: HashMap<Topic, usize>,
    count: usize,
}

type Placed = (usize, Arc<Event>);

impl Pending {
    pub(super) fn add(&mut self, topic: &Topic, event: &Arc<Event>) {
        let placed = (self.count, event.clone());
        self.count += 1;
        // Mostly one topic is busy: then it is the last one as well.
        if let Some((last, events)) = self.topics.last_mut()
            && last == topic
        {
            events.push(placed);
            return;
        }
        let topics = &mut self.topics;
        let index = *self.by_name.entry(topic.clone()).or_insert_with(|| {
            topics.push((topic.clone(), Vec::new()));
            topics.len() - 1
        });
        topics[index].1.push(placed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// The only topic and its events, if there is only one.
    pub(super) fn single(&self) -> Option<(&Topic, Batch)> {
        let [(topic, events)] = &self.topics[..] else { return None };
        Some((topic, batch(events.iter())))
    }

    /// Everybody who is to hear something, each once, with the numbers of their topics in rising order.
    pub(super) fn hearers(&self, on: &HashMap<Topic, Vec<At>>) -> Vec<(At, Vec<u32>)> {
        let mut pairs: Vec<(At, u32)> = Vec::new();
        for (number, (topic, _)) in self.topics.iter().enumerate() {
            let members = on.get(topic).map(Vec::as_slice).unwrap_or_default();
            pairs.extend(members.iter().map(|at| (*at, number as u32)));
        }
        pairs.sort_unstable();
        let hearers = pairs.chunk_by(|one, next| one.0 == next.0);
        hearers.map(|chunk| (chunk[0].0, chunk.iter().map(|(_, number)| *number).collect())).collect()
    }

    pub(super) fn batches(&self) -> Batches<'_> {
        Batches { pending: self, made: HashMap::new() }
    }
}

/// The batches of a turn, made once for each set of topics that somebody is on.
pub(super) struct Batches<'a> {
    pending: &'a Pending,
    made: HashMap<Vec<u32>, Batch>,
}

impl Batches<'_> {
    pub(super) fn of(&mut self, topics: &[u32]) -> &Batch {
        if !self.made.contains_key(topics) {
            let mut events: Vec<_> =
                topics.iter().flat_map(|number| &self.pending.topics[*number as usize].1).collect();
            events.sort_unstable_by_key(|(place, _)| *place);
            self.made.insert(topics.to_vec(), batch(events.into_iter()));
        }
        &self.made[topics]
    }
}

fn batch<'a>(events: impl Iterator<Item = &'a Placed>) -> Batch {
    Batch::new(events.map(|(_, event)| event.clone()).collect())
}
