//! Which topics this node needs, since connections of it are on them or about to be.

use crate::Topic;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// How long a topic is needed after the last connection left it: who reloads a page is back in a moment, and a shard may
/// still have to take what puts a connection on it.
const LINGER: Duration = Duration::from_secs(30);
/// A subscription may not have been there yet when something was published so soon after it was asked for.
const YOUNG: Duration = Duration::from_secs(2);

/// The topics, and what has to be subscribed to and left.
pub(super) struct Needs {
    topics: HashMap<Topic, Need>,
    /// Topics that nobody held at a time, each once, by when they are to be looked at.
    idle: VecDeque<(Instant, Topic)>,
    begun: Vec<Topic>,
    /// The topic of a user's own things.
    own: fn(&str) -> Topic,
}

struct Need {
    /// Shards with connections on it, and joins under way.
    holders: usize,
    since: Instant,
    /// Not left before.
    until: Instant,
    /// It is among `idle`.
    idle: bool,
}

impl Needs {
    pub(super) fn new(own: fn(&str) -> Topic) -> Self {
        Self { topics: HashMap::new(), idle: VecDeque::new(), begun: Vec::new(), own }
    }

    pub(super) fn own(&self, user: &str) -> Topic {
        (self.own)(user)
    }

    pub(super) fn has(&self, topic: &Topic) -> bool {
        self.topics.contains_key(topic)
    }

    /// Whether a part published at `at` may have come before the subscription was there.
    pub(super) fn is_young(&self, topic: &Topic, at: Instant) -> bool {
        self.topics.get(topic).is_none_or(|need| at < need.since + YOUNG)
    }

    pub(super) fn hold(&mut self, topic: &Topic, now: Instant) {
        self.need(topic, now).holders += 1;
    }

    pub(super) fn let_go(&mut self, topic: &Topic, now: Instant) {
        let Some(need) = self.topics.get_mut(topic) else { return };
        need.holders = need.holders.saturating_sub(1);
        self.linger(topic, now);
    }

    /// Needed for a while, until a shard has taken what it is needed for.
    pub(super) fn expect(&mut self, topic: &Topic, now: Instant) {
        self.need(topic, now);
        self.linger(topic, now);
    }

    fn need(&mut self, topic: &Topic, now: Instant) -> &mut Need {
        self.topics.entry(topic.clone()).or_insert_with(|| {
            self.begun.push(topic.clone());
            Need { holders: 0, since: now, until: now, idle: false }
        })
    }

    fn linger(&mut self, topic: &Topic, now: Instant) {
        let Some(need) = self.topics.get_mut(topic) else { return };
        need.until = now + LINGER;
        if need.holders == 0 && !need.idle {
            need.idle = true;
            self.idle.push_back((need.until, topic.clone()));
        }
    }

    /// What is newly needed since this was last asked.
    pub(super) fn take_begun(&mut self) -> Vec<Topic> {
        std::mem::take(&mut self.begun)
    }

    /// What is needed no longer.
    pub(super) fn take_ended(&mut self, now: Instant) -> Vec<Topic> {
        let mut ended = Vec::new();
        while self.idle.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, topic)) = self.idle.pop_front() else { break };
            let Some(need) = self.topics.get_mut(&topic) else { continue };
            need.idle = false;
            if need.holders > 0 {
                continue;
            }
            if need.until <= now {
                self.topics.remove(&topic);
                ended.push(topic);
            } else {
                need.idle = true;
                self.idle.push_back((need.until, topic));
            }
        }
        ended
    }
}
