//! What one turn of a shard has collected, and how it goes to those who are reached in several ways.

use super::members::Members;
use super::seat::At;
use crate::bus::Reach;
use crate::{Batch, Event, Topic};
use std::collections::HashMap;
use std::sync::Arc;

/// Events by whom they reach, each with its place in the order of publication.
#[derive(Default)]
pub(super) struct Pending {
    targets: Vec<(Target, Vec<Placed>)>,
    by_name: HashMap<Target, usize>,
    count: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Target {
    On(Topic, Reach),
    Seat(At),
}

/// An event that was published on `topic`, whatever other topic brought it here.
#[derive(Clone)]
struct Placed {
    place: usize,
    topic: Topic,
    event: Arc<Event>,
}

impl Pending {
    pub(super) fn add(&mut self, topic: &Topic, reach: Reach, event: &Arc<Event>) {
        self.count += 1;
        let placed = Placed { place: self.count, topic: topic.clone(), event: event.clone() };
        // Mostly one topic is busy: then it is the last one as well.
        if let Some((Target::On(last, same), events)) = self.targets.last_mut()
            && (&*last, *same) == (topic, reach)
        {
            events.push(placed);
            return;
        }
        self.put(Target::On(topic.clone(), reach), placed);
    }

    /// The event that was added last, published on `topic`, for one connection more.
    pub(super) fn add_also(&mut self, at: At, topic: &Topic, event: &Arc<Event>) {
        self.put(Target::Seat(at), Placed { place: self.count, topic: topic.clone(), event: event.clone() });
    }

    fn put(&mut self, target: Target, placed: Placed) {
        let targets = &mut self.targets;
        let index = *self.by_name.entry(target.clone()).or_insert_with(|| {
            targets.push((target, Vec::new()));
            targets.len() - 1
        });
        targets[index].1.push(placed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The only topic and its events, if there is nothing else.
    pub(super) fn single(&self) -> Option<(&Topic, Reach, Batch)> {
        let [(Target::On(topic, reach), events)] = &self.targets[..] else { return None };
        Some((topic, *reach, Batch::new(events.iter().map(|placed| placed.event.clone()).collect())))
    }

    /// Everybody who is to hear something, each once, with the numbers of their targets in rising order.
    pub(super) fn hearers(&self, on: &HashMap<Topic, Members>) -> Vec<(At, Vec<u32>)> {
        let mut pairs: Vec<(At, u32)> = Vec::new();
        for ((target, _), number) in self.targets.iter().zip(0..) {
            match target {
                Target::On(topic, reach) => {
                    let reached = on.get(topic).into_iter().flat_map(|members| members.reached(*reach));
                    pairs.extend(reached.map(|at| (at, number)));
                }
                Target::Seat(at) => pairs.push((*at, number)),
            }
        }
        pairs.sort_unstable();
        let hearers = pairs.chunk_by(|one, next| one.0 == next.0);
        hearers.map(|chunk| (chunk[0].0, chunk.iter().map(|(_, number)| *number).collect())).collect()
    }

    pub(super) fn batches(&self) -> Batches<'_> {
        Batches { pending: self, made: HashMap::new() }
    }
}

/// The batches of a turn, made once for each set of targets that somebody belongs to.
pub(super) struct Batches<'a> {
    pending: &'a Pending,
    made: HashMap<Vec<u32>, (Batch, Vec<Topic>)>,
}

impl Batches<'_> {
    /// The batch, and the topic on which each of its events was published.
    pub(super) fn of(&mut self, targets: &[u32]) -> (&Batch, &[Topic]) {
        if !self.made.contains_key(targets) {
            let all = targets.iter().flat_map(|number| &self.pending.targets[*number as usize].1);
            let mut events: Vec<_> = all.collect();
            events.sort_unstable_by_key(|placed| placed.place);
            events.dedup_by_key(|placed| placed.place);
            let batch = Batch::new(events.iter().map(|placed| placed.event.clone()).collect());
            let topics = events.iter().map(|placed| placed.topic.clone()).collect();
            self.made.insert(targets.to_vec(), (batch, topics));
        }
        let (batch, topics) = &self.made[targets];
        (batch, topics)
    }
}
