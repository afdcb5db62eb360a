//! Whatever is lost, doubled or late on the way: everything is told once, in order, as far as it is needed.

use super::{MOST_GROUPS, Repaired, Sequencer};
use crate::bus::needs::Needs;
use crate::bus::split::{Header, Part, split};
use crate::bus::{Commit, Publication};
use crate::{Event, Topic};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

fn own(user: &str) -> Topic {
    format!("u:{user}").into()
}

const TOPICS: [&str; 6] = ["r:garden", "r:cellar", "r:attic", "u:ada", "u:bo", "*"];

fn event(topic: &str, number: u64) -> Publication {
    Publication::to_all(topic.into(), Arc::new(Event::new("op", number.to_string(), Some(number))))
}

/// A committed group, as the database has it and as it is sent.
#[derive(Clone, Debug)]
struct Committed {
    commit: Commit,
    publications: Arc<[Publication]>,
    messages: Vec<Sent>,
}

#[derive(Clone, Debug)]
enum Sent {
    Header(Header),
    Part(Part),
}

fn committed(commit: Commit, publications: Vec<Publication>, limit: usize) -> Committed {
    let split = split(&publications, Some(commit), own, limit);
    let header = split.header.map(|header| Sent::Header(Header::decode(header.into()).unwrap()));
    let parts = split.parts.into_iter().map(|(_, part)| Sent::Part(Part::decode(part.into()).unwrap()));
    Committed { commit, publications: publications.into(), messages: parts.chain(header).collect() }
}

/// What happens in one group: on which topics, and how much `g` it takes.
fn steps() -> impl Strategy<Value = Vec<(usize, u64)>> {
    vec((0..TOPICS.len() + 3, 1..4_u64), 0..6)
}

fn log(groups: &[Vec<(usize, u64)>], limit: usize) -> Vec<Committed> {
    let mut g = 0;
    let groups = groups.iter().map(|steps| {
        let before = g;
        let mut publications = Vec::new();
        for (what, more) in steps {
            g += more;
            publications.push(match TOPICS.get(*what) {
                Some(topic) => event(topic, g),
                None if *what == TOPICS.len() => Publication::End { session: g.to_string().into() },
                None if *what == TOPICS.len() + 1 => Publication::Grant { user: "ada".into(), topic: "r:attic".into() },
                None => Publication::Revoke { user: "bo".into(), topics: vec!["r:garden".into()], g: 0 },
            });
        }
        g = g.max(before + 1);
        committed(Commit { before, g }, publications, limit)
    });
    groups.collect()
}

/// What a node tells is written down as far as it has a right to expect it.
struct Node {
    sequencer: Sequencer,
    needs: Needs,
    now: Instant,
    told: Vec<String>,
}

impl Node {
    fn new(topics: &[&str]) -> Self {
        let mut needs = Needs::new(own);
        let now = Instant::now();
        topics.iter().for_each(|topic| needs.hold(&(*topic).into(), now));
        Self { sequencer: Sequencer::new(0), needs, now: now + Duration::from_secs(60), told: Vec::new() }
    }

    fn hear(&mut self, message: Sent) {
        match message {
            Sent::Header(header) => self.sequencer.header(header, self.now),
            Sent::Part(part) if self.needs.has(&part.topic) => self.sequencer.part(part, self.now),
            Sent::Part(_) => {}
        }
        self.go_on();
    }

    fn go_on(&mut self) {
        while let Some(group) = self.sequencer.next(&self.needs) {
            self.tell(&group);
        }
    }

    fn tell(&mut self, group: &[Publication]) {
        self.told.extend(group.iter().filter_map(|publication| shown(publication, &mut self.needs, self.now)));
    }

    /// Reads what is missing in the database until nothing is.
    fn repair(&mut self, log: &[Committed]) {
        while self.sequencer.due(&self.needs, self.now).is_some() {
            let told = self.sequencer.told();
            let Some(next) = log.iter().find(|group| group.commit.g > told) else { break };
            match self.sequencer.repaired(next.commit, next.publications.clone()) {
                Repaired::Ready(group) => self.tell(&group),
                other => panic!("the database has no holes: {other:?}"),
            }
            self.go_on();
        }
    }
}

/// What somebody on this node may notice of a publication; a grant makes its topic needed.
fn shown(publication: &Publication, needs: &mut Needs, now: Instant) -> Option<String> {
    match publication {
        Publication::Event { topic, event, .. } => {
            needs.has(topic).then(|| format!("{topic} {}", String::from_utf8_lossy(&event.body)))
        }
        Publication::Grant { user, topic } if needs.has(&own(user)) => {
            needs.expect(topic, now);
            Some(format!("{user} is put on {topic}"))
        }
        Publication::Revoke { user, .. } if needs.has(&own(user)) => Some(format!("{user} is taken off")),
        Publication::End { session } => Some(format!("{session} ends")),
        _ => None,
    }
}

fn wanted(log: &[Committed], topics: &[&str]) -> Vec<String> {
    let mut node = Node::new(topics);
    log.iter().for_each(|group| node.tell(&group.publications));
    node.told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn everything_needed_is_told_once_and_in_order(
        groups in vec(steps(), 1..30),
        needed in proptest::sample::subsequence(TOPICS.to_vec(), 0..=TOPICS.len()),
        limit in prop_oneof![Just(1 << 20), 20..120_usize],
        fate in vec((0..100_u32, any::<u32>()), 0..400),
        whole in vec(any::<bool>(), 30),
    ) {
        let log = log(&groups, limit);
        let mut node = Node::new(&needed);
        let mut messages: Vec<(u32, Sent)> = Vec::new();
        let mut fate = fate.into_iter();
        for message in log.iter().flat_map(|group| &group.messages) {
            let (luck, order) = fate.next().unwrap_or((99, u32::MAX / 2));
            // A quarter is lost, a quarter is doubled.
            (luck >= 25).then(|| messages.push((order, message.clone())));
            (luck >= 75).then(|| messages.push((order.rotate_left(16), message.clone())));
        }
        messages.sort_by_key(|(order, _)| *order);
        for (at, group) in log.iter().enumerate().filter(|(at, _)| whole[*at] && at % 3 == 0) {
            // This node's own commits, which it knows whole, somewhere among the others.
            let (commit, publications) = (group.commit, group.publications.clone());
            node.sequencer.whole(commit, publications, node.now);
            node.go_on();
            messages.drain(..(at * 2).min(messages.len())).for_each(|(_, message)| node.hear(message));
        }
        messages.into_iter().for_each(|(_, message)| node.hear(message));
        node.repair(&log);
        // What was never heard of is found by looking into the database.
        let newest = log.last().map_or(0, |group| group.commit.g);
        node.sequencer.believe(newest, node.now);
        node.repair(&log);
        prop_assert_eq!(node.sequencer.told(), newest);
        prop_assert_eq!(&node.told, &wanted(&log, &needed));
        prop_assert!(node.sequencer.waiting.is_empty() && node.sequencer.by_before.is_empty());
        prop_assert_eq!(node.sequencer.bytes, 0);
    }

    #[test]
    fn in_order_and_complete_nothing_is_waited_for(
        groups in vec(steps(), 1..20),
        needed in proptest::sample::subsequence(TOPICS.to_vec(), 0..=TOPICS.len()),
    ) {
        let log = log(&groups, 1 << 20);
        let mut node = Node::new(&needed);
        for group in &log {
            group.messages.iter().for_each(|message| node.hear(message.clone()));
            // Unless somebody here was just put on the topic: then it is not subscribed to yet.
            if needed.contains(&"r:attic") || !needed.contains(&"u:ada") {
                prop_assert_eq!(node.sequencer.told(), group.commit.g);
            }
        }
    }
}

#[test]
fn a_part_that_was_never_sent_is_not_waited_for() {
    let mut node = Node::new(&["r:garden"]);
    let long = Publication::to_all("r:garden".into(), Arc::new(Event::new("op", vec![b'x'; 500], Some(1))));
    let group = committed(Commit { before: 0, g: 1 }, vec![long, event("r:cellar", 1)], 200);
    assert_eq!(group.messages.len(), 2, "the header and the cellar's part");
    group.messages.iter().for_each(|message| node.hear(message.clone()));
    assert_eq!(node.sequencer.due(&node.needs, node.now), Some(node.now));
    node.repair(&[group]);
    assert_eq!(node.told.len(), 1);
    let mut elsewhere = Node::new(&["r:cellar"]);
    let mut group = committed(Commit { before: 0, g: 1 }, vec![event("r:cellar", 1)], 200);
    group.messages.drain(..).for_each(|message| elsewhere.hear(message));
    assert_eq!(elsewhere.told, ["r:cellar 1"]);
}

#[test]
fn what_was_never_committed_is_forgotten() {
    let mut node = Node::new(&["r:garden"]);
    let lie = committed(Commit { before: 70, g: 90 }, vec![event("r:garden", 90)], 1 << 20);
    lie.messages.into_iter().for_each(|message| node.hear(message));
    assert!(node.sequencer.due(&node.needs, node.now).is_some());
    node.now += Duration::from_millis(1);
    let late = committed(Commit { before: 0, g: 1 }, vec![event("r:garden", 1)], 1 << 20);
    node.sequencer.believe(0, node.now);
    assert_eq!(node.sequencer.due(&node.needs, node.now), None);
    late.messages.into_iter().for_each(|message| node.hear(message));
    assert_eq!(node.told, ["r:garden 1"]);
}

#[test]
fn what_cannot_be_told_yet_has_a_bound_and_the_nearest_is_kept() {
    let mut node = Node::new(&["r:garden"]);
    let most = MOST_GROUPS as u64;
    for g in (2..most + 500).rev() {
        let header = Header { before: g - 1, g, ..Header::default() };
        node.hear(Sent::Header(header));
        assert!(node.sequencer.waiting.len() <= MOST_GROUPS);
    }
    node.hear(Sent::Header(Header { before: 0, g: 1, ..Header::default() }));
    assert_eq!(node.sequencer.told(), most, "what had room is told");
    assert!(node.sequencer.due(&node.needs, node.now).is_some(), "and the rest is missed");
}
