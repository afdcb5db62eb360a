//! Who hears what, in which order: the hub from outside, with outlets that write down what they are given.

#![expect(clippy::unwrap_used, reason = "a poisoned lock fails the test, as it should")]

use hub::bus::{Publication, Reach};
use hub::{
    Above, Attach, Batch, ConnectionId, Delivered, Event, Histogram, Hub, Mood, Outlet, Presence, Said, Seen, Topic,
};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Takes events until `room` is used up, then reports an overflow, as a socket's outbox does.
#[derive(Default)]
struct Recorder {
    heard: Mutex<Vec<String>>,
    batches: AtomicUsize,
    room: Option<usize>,
    ended: AtomicUsize,
    dropped: AtomicUsize,
}

impl Outlet for Recorder {
    fn deliver(&self, batch: &Batch) -> Delivered {
        let mut heard = self.heard.lock().unwrap();
        let resync = batch.events.iter().any(|event| event.name == "resync");
        if !resync && self.room.is_some_and(|room| heard.len() + batch.events.len() > room) {
            return Delivered::Overflowed;
        }
        self.batches.fetch_add(1, Ordering::Relaxed);
        heard
            .extend(batch.events.iter().map(|event| format!("{}{}", event.name, String::from_utf8_lossy(&event.body))));
        Delivered::Taken
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn drop_line(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

struct House {
    hub: Arc<Hub>,
}

fn topic(name: &str) -> Topic {
    name.into()
}

fn event(topic_name: &str, number: u64) -> Publication {
    Publication::to_all(topic(topic_name), op(number))
}

fn op(number: u64) -> Arc<Event> {
    Arc::new(Event::new("op", number.to_string(), Some(number)))
}

fn to_watchers(topic_name: &str, number: u64) -> Publication {
    Publication::to_watchers(topic(topic_name), op(number))
}

fn latest(topic_name: &str, number: u64) -> Publication {
    let event = Event::new("latest", number.to_string(), Some(number));
    Publication::Latest { topic: topic(topic_name), event: Arc::new(event) }
}

/// How long the bystanders in these tests are left alone.
const PACE: Duration = Duration::from_secs(5);

impl House {
    fn new(shards: usize) -> Self {
        Self { hub: Hub::local(shards, Event::new("resync", "{}", None), PACE) }
    }

    async fn attach(&self, user: &str, session: &str, room: Option<usize>) -> (ConnectionId, Arc<Recorder>) {
        let outlet = Arc::new(Recorder { room, ..Recorder::default() });
        let attach = Attach { user: user.into(), session: session.into(), outlet: outlet.clone() };
        (self.hub.attach(attach).await, outlet)
    }

    /// Attached, caught up to 0 and on the topics.
    async fn listening(&self, user: &str, topics: &[&str]) -> (ConnectionId, Arc<Recorder>) {
        let (id, outlet) = self.attach(user, user, None).await;
        self.hub.hold(id).await;
        self.hub.join(id, topics.iter().map(|name| topic(name)).collect(), vec![]).await;
        self.hub.release(id, Above::All(0)).await;
        (id, outlet)
    }

    /// Returns when every shard has done what it was told before.
    async fn settle(&self) {
        self.hub.users_on(&topic("nobody is here")).await;
    }

    async fn heard(&self, outlet: &Recorder) -> Vec<String> {
        self.settle().await;
        outlet.heard.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_group_reaches_every_shard_in_order_and_only_those_on_the_topic() {
    let house = House::new(3);
    let mut insiders = Vec::new();
    for n in 0..7 {
        insiders.push(house.listening(&format!("u{n}"), &["garden"]).await.1);
    }
    let (_, outsider) = house.listening("eve", &["cellar"]).await;
    house.hub.publish((1..=5).map(|n| event("garden", n)).collect());
    for insider in &insiders {
        assert_eq!(house.heard(insider).await, ["op1", "op2", "op3", "op4", "op5"]);
        assert_eq!(insider.batches.load(Ordering::Relaxed), 1, "a group leaves as one batch");
    }
    assert!(house.heard(&outsider).await.is_empty());
}

#[tokio::test]
async fn whoever_is_on_several_topics_hears_them_in_the_order_of_publication() {
    let house = House::new(2);
    let (_, both) = house.listening("ada", &["garden", "cellar"]).await;
    let (_, also) = house.listening("bo", &["cellar", "garden"]).await;
    let (_, one) = house.listening("cy", &["cellar"]).await;
    let group = ["garden", "cellar", "nowhere", "garden", "cellar", "garden"];
    house.hub.publish(group.iter().zip(1..).map(|(name, number)| event(name, number)).collect());
    assert_eq!(house.heard(&both).await, ["op1", "op2", "op4", "op5", "op6"]);
    assert_eq!(house.heard(&also).await, ["op1", "op2", "op4", "op5", "op6"]);
    assert_eq!(house.heard(&one).await, ["op2", "op5"]);
    assert_eq!(both.batches.load(Ordering::Relaxed), 1, "however many topics, one batch");
}

#[tokio::test]
async fn nothing_is_heard_before_hello_and_what_was_committed_meanwhile_follows_it() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "s", None).await;
    house.hub.publish(vec![Publication::Grant { user: "ada".into(), topic: topic("garden") }, event("garden", 1)]);
    assert!(house.heard(&outlet).await.is_empty());
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden")], vec![]).await;
    house.hub.publish(vec![event("garden", 2), event("garden", 3)]);
    assert!(house.heard(&outlet).await.is_empty(), "kept while it is being caught up");
    house.hub.release(id, Above::All(2)).await;
    house.hub.publish(vec![event("garden", 4)]);
    assert_eq!(house.heard(&outlet).await, ["op3", "op4"], "what the catch-up held already is not repeated");
}

#[tokio::test]
async fn a_permission_taken_away_while_catching_up_does_not_come_back() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "s", None).await;
    house.hub.hold(id).await;
    house.hub.publish(vec![Publication::Revoke { user: "ada".into(), topics: vec![topic("garden")], g: 7 }]);
    house.hub.join(id, vec![topic("garden"), topic("cellar")], vec![]).await;
    house.hub.release(id, Above::All(0)).await;
    house.hub.publish(vec![event("garden", 1), event("cellar", 2)]);
    assert_eq!(house.heard(&outlet).await, ["op2"]);
    house.hub.publish(vec![Publication::Grant { user: "ada".into(), topic: topic("garden") }, event("garden", 3)]);
    assert_eq!(house.heard(&outlet).await, ["op2", "op3"]);
}

#[tokio::test]
async fn grants_and_revocations_take_effect_between_the_events_around_them() {
    let house = House::new(2);
    let (_, one) = house.listening("ada", &[]).await;
    let (_, two) = house.listening("ada", &[]).await;
    house.hub.publish(vec![
        event("garden", 1),
        Publication::Grant { user: "ada".into(), topic: topic("garden") },
        event("garden", 2),
        Publication::Revoke { user: "ada".into(), topics: vec![topic("garden")], g: 7 },
        event("garden", 3),
    ]);
    assert_eq!(house.heard(&one).await, ["op2"]);
    assert_eq!(house.heard(&two).await, ["op2"]);
}

#[tokio::test]
async fn only_those_on_a_topic_can_watch_it_and_a_revocation_ends_the_watching() {
    let house = House::new(1);
    let (ada, adas) = house.listening("ada", &["garden"]).await;
    let (eve, eves) = house.listening("eve", &[]).await;
    for id in [ada, eve] {
        house.hub.watch(id, vec![topic("garden")]).await;
    }
    house.hub.publish(vec![to_watchers("garden", 1)]);
    assert_eq!(house.heard(&adas).await, ["op1"]);
    assert!(house.heard(&eves).await.is_empty());
    house.hub.watch(ada, vec![]).await;
    house.hub.publish(vec![to_watchers("garden", 2), event("garden", 3)]);
    house.hub.watch(ada, vec![topic("garden")]).await;
    house.hub.publish(vec![
        to_watchers("garden", 4),
        Publication::Revoke { user: "ada".into(), topics: vec![topic("garden")], g: 7 },
        to_watchers("garden", 5),
        Publication::Grant { user: "ada".into(), topic: topic("garden") },
        to_watchers("garden", 6),
        event("garden", 7),
    ]);
    assert_eq!(house.heard(&adas).await, ["op1", "op3", "op4", "op7"]);
}

#[tokio::test]
async fn a_topic_that_is_to_be_watched_and_comes_while_catching_up_is_watched() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "s", None).await;
    let granted = || Publication::Grant { user: "ada".into(), topic: topic("garden") };
    let revoked = || Publication::Revoke { user: "ada".into(), topics: vec![topic("garden")], g: 7 };
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("cellar")], vec![topic("garden"), topic("cellar")]).await;
    house.hub.publish(vec![granted(), to_watchers("garden", 1), revoked(), granted(), to_watchers("garden", 2)]);
    house.hub.release(id, Above::All(0)).await;
    house.hub.publish(vec![to_watchers("cellar", 3), to_watchers("garden", 4)]);
    assert_eq!(house.heard(&outlet).await, ["op2", "op3", "op4"]);
    house.hub.publish(vec![revoked(), granted(), to_watchers("garden", 5)]);
    assert_eq!(house.heard(&outlet).await.last().map(String::as_str), Some("op4"), "what was wished has ended by then");
}

#[tokio::test]
async fn an_event_that_reaches_somebody_in_two_ways_is_heard_once() {
    let house = House::new(1);
    let (watcher, watchers) = house.listening("ada", &["garden", "ada"]).await;
    house.hub.watch(watcher, vec![topic("garden")]).await;
    let (_, bystander) = house.listening("bo", &["garden", "bo"]).await;
    let (_, stranger) = house.listening("cy", &["cy"]).await;
    let also = ["ada", "bo", "cy", "bo"].map(topic).to_vec();
    let to_several = |topic, number| {
        let also = also.clone();
        Publication::Event { topic, reach: Reach::Watchers, also, event: op(number) }
    };
    house.hub.publish(vec![
        to_watchers("garden", 1),
        to_several(topic("garden"), 2),
        to_watchers("garden", 3),
        to_several(topic("nowhere"), 4),
    ]);
    assert_eq!(house.heard(&watchers).await, ["op1", "op2", "op3"]);
    assert_eq!(house.heard(&bystander).await, ["op2"]);
    assert!(house.heard(&stranger).await.is_empty(), "who is not on the topic has no right to it");
}

#[tokio::test(start_paused = true)]
async fn bystanders_hear_the_newest_value_at_once_and_then_now_and_then() {
    let house = House::new(1);
    let (watcher, watchers) = house.listening("ada", &["garden"]).await;
    house.hub.watch(watcher, vec![topic("garden")]).await;
    let (_, bystander) = house.listening("bo", &["garden", "cellar"]).await;
    house.hub.publish(vec![to_watchers("garden", 1), latest("garden", 1)]);
    assert_eq!(house.heard(&bystander).await, ["latest1"]);
    for n in 2..=50 {
        house.hub.publish(vec![to_watchers("garden", n), latest("garden", n)]);
    }
    house.hub.publish(vec![latest("cellar", 7)]);
    assert_eq!(house.heard(&bystander).await, ["latest1", "latest7"], "one topic does not wait for another");
    tokio::time::sleep(PACE).await;
    assert_eq!(house.heard(&bystander).await, ["latest1", "latest7", "latest50"], "the newest, once");
    house.hub.publish(vec![latest("garden", 51)]);
    assert_eq!(house.heard(&bystander).await.len(), 3, "the pace holds after a value that had waited");
    tokio::time::sleep(PACE * 2).await;
    house.hub.publish(vec![latest("garden", 52)]);
    assert_eq!(house.heard(&bystander).await[3..], ["latest51", "latest52"]);
    assert_eq!(house.heard(&watchers).await.len(), 50, "whoever watches hears the things themselves");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_waits_is_not_heard_by_whom_the_topic_was_taken_from() {
    let house = House::new(1);
    let (_, outlet) = house.listening("ada", &["garden"]).await;
    house.listening("bo", &["garden"]).await;
    house.hub.publish(vec![latest("garden", 1), latest("garden", 2)]);
    house.hub.publish(vec![Publication::Revoke { user: "ada".into(), topics: vec![topic("garden")], g: 7 }]);
    tokio::time::sleep(PACE * 2).await;
    assert_eq!(house.heard(&outlet).await, ["latest1"]);
}

#[tokio::test]
async fn a_topic_is_caught_up_with_while_the_others_lose_nothing() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "ada", None).await;
    assert!(!house.hub.keep(id).await, "it has not said hello");
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden"), topic("cellar")], vec![topic("cellar")]).await;
    house.hub.release(id, Above::All(0)).await;
    assert!(house.hub.keep(id).await);
    house.hub.watch(id, vec![topic("garden"), topic("cellar")]).await;
    house.hub.publish(vec![to_watchers("garden", 1), to_watchers("cellar", 2), to_watchers("garden", 3)]);
    assert!(house.heard(&outlet).await.is_empty());
    let said = house.hub.say(id, Event::new("chunk", "1-2", None), vec![topic("garden")], 2).await;
    assert_eq!(said, Said::Taken);
    house.hub.release(id, Above::Topics(vec![(topic("garden"), 2)])).await;
    assert_eq!(house.heard(&outlet).await, ["chunk1-2", "op2", "op3"]);
}

#[tokio::test]
async fn what_was_read_before_a_revocation_is_not_said_after_it() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "ada", None).await;
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden"), topic("cellar")], vec![]).await;
    let say_as_of = |name: &'static str, needs: &[&str], as_of| {
        let needs = needs.iter().map(|name| topic(name)).collect();
        house.hub.say(id, Event::new(name, "", None), needs, as_of)
    };
    let say = |name, needs| say_as_of(name, needs, 6);
    assert_eq!(say("before", &["garden"]).await, Said::Taken);
    house.hub.publish(vec![
        event("garden", 6),
        Publication::Revoke { user: "ada".into(), topics: vec![topic("garden")], g: 7 },
        Publication::Grant { user: "ada".into(), topic: topic("garden") },
    ]);
    assert_eq!(say("after", &["cellar", "garden"]).await, Said::Cut(vec![topic("garden")]));
    assert_eq!(say("other", &["cellar"]).await, Said::Taken);
    assert_eq!(say_as_of("newer", &["garden"], 7).await, Said::Taken, "read when it had been given back");
    house.hub.release(id, Above::All(0)).await;
    assert_eq!(say("late", &[]).await, Said::Gone, "nobody catches up any more");
    house.hub.publish(vec![event("garden", 8)]);
    assert_eq!(house.heard(&outlet).await, ["before", "other", "newer", "op8"], "the topic was given back");
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_hears_nothing_until_it_says_hello_again() {
    let house = House::new(1);
    let (slow, outlet) = house.attach("slow", "s", Some(3)).await;
    house.hub.hold(slow).await;
    house.hub.join(slow, vec![topic("garden")], vec![]).await;
    house.hub.release(slow, Above::All(0)).await;
    let (_, quick) = house.listening("quick", &["garden"]).await;
    for n in 1..=6 {
        house.hub.publish(vec![event("garden", n)]);
        house.settle().await;
    }
    assert_eq!(house.heard(&outlet).await, ["op1", "op2", "op3", "resync{}"]);
    assert_eq!(house.heard(&quick).await.len(), 6);
    assert_eq!(house.hub.figures.overflows.load(Ordering::Relaxed), 1);
    outlet.heard.lock().unwrap().clear();
    house.hub.hold(slow).await;
    house.hub.join(slow, vec![topic("garden")], vec![]).await;
    house.hub.publish(vec![event("garden", 7)]);
    house.hub.release(slow, Above::All(6)).await;
    assert_eq!(house.heard(&outlet).await, ["op7"]);
}

#[tokio::test]
async fn too_much_kept_for_a_connection_that_catches_up_makes_it_start_anew() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "s", None).await;
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden")], vec![]).await;
    house.hub.publish((1..=5000).map(|n| event("garden", n)).collect());
    house.hub.release(id, Above::All(0)).await;
    assert_eq!(house.heard(&outlet).await, ["resync{}"]);
}

#[tokio::test]
async fn who_is_given_up_while_catching_up_hears_nothing_and_nothing_is_kept() {
    let house = House::new(1);
    let (id, outlet) = house.attach("ada", "s", None).await;
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden")], vec![]).await;
    house.hub.publish(vec![event("garden", 1)]);
    house.hub.abandon(id).await;
    house.hub.publish((2..=5000).map(|n| event("garden", n)).collect());
    house.hub.release(id, Above::All(0)).await;
    assert!(house.heard(&outlet).await.is_empty());
    assert!(house.hub.users_on(&topic("garden")).await.is_empty());
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden")], vec![]).await;
    house.hub.publish(vec![event("garden", 5001)]);
    house.hub.release(id, Above::All(5000)).await;
    assert_eq!(house.heard(&outlet).await, ["op5001"]);
    // Of whoever hears already nothing is taken away.
    house.hub.abandon(id).await;
    house.hub.publish(vec![event("garden", 5002)]);
    assert_eq!(house.heard(&outlet).await, ["op5001", "op5002"]);
}

#[tokio::test]
async fn an_ended_session_closes_its_connections_and_no_others() {
    let house = House::new(2);
    let (_, phone) = house.attach("ada", "phone", None).await;
    let (_, desk) = house.attach("ada", "desk", None).await;
    let (_, tab) = house.attach("ada", "desk", None).await;
    house.hub.publish(vec![Publication::End { session: "desk".into() }]);
    house.settle().await;
    let ended = |outlet: &Recorder| outlet.ended.load(Ordering::Relaxed);
    assert_eq!((ended(&phone), ended(&desk), ended(&tab)), (0, 1, 1));
}

#[tokio::test]
async fn an_ended_session_hears_nothing_more_though_its_connection_lingers() {
    let house = House::new(1);
    let (id, outlet) = house.listening("ada", &["garden"]).await;
    house.hub.publish(vec![event("garden", 1), Publication::End { session: "ada".into() }, event("garden", 2)]);
    house.hub.hold(id).await;
    house.hub.join(id, vec![topic("garden")], vec![]).await;
    house.hub.publish(vec![Publication::Grant { user: "ada".into(), topic: topic("garden") }, event("garden", 3)]);
    house.hub.release(id, Above::All(0)).await;
    house.hub.publish(vec![event("garden", 4)]);
    assert_eq!(house.heard(&outlet).await, ["op1"]);
}

#[tokio::test]
async fn a_connection_that_left_is_forgotten_everywhere() {
    let house = House::new(1);
    let (ada, outlet) = house.listening("ada", &["garden"]).await;
    house.listening("bo", &["garden"]).await;
    assert_eq!(house.hub.users_on(&topic("garden")).await.len(), 2);
    house.hub.detach(ada).await;
    house.hub.detach(ada).await;
    house.hub.publish(vec![event("garden", 1)]);
    assert!(house.heard(&outlet).await.is_empty());
    assert_eq!(house.hub.users_on(&topic("garden")).await, ["bo".into()]);
    assert_eq!(house.hub.figures.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_shard_that_falls_too_far_behind_drops_its_lines_instead_of_events() {
    let house = House::new(1);
    let (_, outlet) = house.listening("ada", &["garden"]).await;
    house.settle().await;
    // The shard cannot run while this task does not wait.
    for n in 1..=20_000 {
        house.hub.publish(vec![event("garden", n)]);
    }
    house.settle().await;
    house.settle().await;
    assert!(outlet.dropped.load(Ordering::Relaxed) >= 1);
}

#[test]
fn several_connections_are_one_person() {
    let presence = Presence::default();
    let ada: Arc<str> = "ada".into();
    assert_eq!(presence.change(&ada, None, Some(Mood::Online)), (Seen::Offline, Seen::Online));
    assert_eq!(presence.change(&ada, None, Some(Mood::Online)), (Seen::Online, Seen::Online));
    assert_eq!(presence.change(&ada, Some(Mood::Online), Some(Mood::Away)), (Seen::Online, Seen::Online));
    assert_eq!(presence.change(&ada, Some(Mood::Online), None), (Seen::Online, Seen::Away));
    assert_eq!(presence.change(&ada, Some(Mood::Away), None), (Seen::Away, Seen::Offline));
    assert_eq!((presence.seen("ada"), presence.users()), (Seen::Offline, 0));
}

#[test]
fn a_departure_counted_before_the_change_of_mood_leaves_no_ghost() {
    let presence = Presence::default();
    let ada: Arc<str> = "ada".into();
    presence.change(&ada, None, Some(Mood::Online));
    presence.change(&ada, Some(Mood::Away), None);
    presence.change(&ada, Some(Mood::Online), Some(Mood::Away));
    assert_eq!((presence.seen("ada"), presence.users()), (Seen::Offline, 0));
}

#[test]
fn a_histogram_counts_each_observation_once() {
    let histogram = Histogram::new(&[1.0, 10.0]);
    for value in [0.0, 1.0, 1.5, 10.0, 11.0] {
        histogram.observe(value);
    }
    assert_eq!(histogram.buckets(), [(1.0, 2), (10.0, 2), (f64::INFINITY, 1)]);
    assert_eq!(histogram.sum(), 23.5);
}
