//! Nodes that share a database which is a list, and connections that write down what they hear.

use async_trait::async_trait;
use hub::bus::{Publication, wire};
use hub::{
    Above, Attach, Backlog, Batch, Cluster, ConnectionId, Credentials, Delivered, Event, Hub, Kept, Outlet, Tls, Topic,
};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

pub fn topic(name: &str) -> Topic {
    name.into()
}

pub fn own(user: &str) -> Topic {
    format!("u:{user}").into()
}

pub fn event(on: &str, body: impl Into<String>) -> Publication {
    Publication::to_all(topic(on), Arc::new(Event::new("op", body.into(), Some(1))))
}

/// The database: the groups that were committed, and whether it answers.
#[derive(Default)]
pub struct Database {
    groups: Mutex<Vec<Kept>>,
    pub away: AtomicBool,
    pub asked: AtomicU64,
}

impl Database {
    /// Commits a group; the next number of it is made known to whoever fills it.
    pub fn commit(&self, fill: impl FnOnce(u64) -> Vec<Publication>) -> (u64, u64, Vec<Publication>) {
        let mut groups = self.groups.lock().unwrap();
        let before = groups.last().map_or(0, |kept| kept.g);
        let publications = fill(before + 1);
        let g = before + publications.len().max(1) as u64;
        groups.push(Kept { before, g, body: wire::encode(&publications).into() });
        (before, g, publications)
    }

    /// Forgets what was committed before the newest `left` groups.
    pub fn prune(&self, left: usize) {
        let mut groups = self.groups.lock().unwrap();
        let old = groups.len() - left;
        groups.drain(..old);
    }

    /// Is again what it was before the newest groups were committed.
    pub fn go_back(&self, by: usize) {
        let mut groups = self.groups.lock().unwrap();
        let left = groups.len() - by;
        groups.truncate(left);
    }

    /// The bodies of the events on these topics, in the order in which they were committed.
    pub fn bodies(&self, topics: &[&str]) -> Vec<String> {
        let groups = self.groups.lock().unwrap();
        let all = groups.iter().flat_map(|kept| wire::decode(kept.body.clone()).unwrap());
        let bodies = all.filter_map(|publication| match publication {
            Publication::Event { topic, event, .. } => {
                topics.contains(&&*topic).then(|| String::from_utf8_lossy(&event.body).into_owned())
            }
            _ => None,
        });
        bodies.collect()
    }

    fn answers(&self) -> Result<(), String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.away.load(Ordering::Relaxed) { Err("the database is away".to_owned()) } else { Ok(()) }
    }
}

#[async_trait]
impl Backlog for Database {
    async fn newest(&self) -> Result<u64, String> {
        self.answers()?;
        Ok(self.groups.lock().unwrap().last().map_or(0, |kept| kept.g))
    }

    async fn since(&self, g: u64, most: usize) -> Result<Vec<Kept>, String> {
        self.answers()?;
        let groups = self.groups.lock().unwrap();
        Ok(groups.iter().filter(|kept| kept.g > g).take(most).cloned().collect())
    }
}

/// Writes down the bodies of what it is given.
#[derive(Default)]
pub struct Recorder {
    heard: Mutex<Vec<String>>,
    pub dropped: AtomicUsize,
}

impl Recorder {
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Outlet for Recorder {
    fn deliver(&self, batch: &Batch) -> Delivered {
        let bodies = batch.events.iter().map(|event| String::from_utf8_lossy(&event.body).into_owned());
        self.heard.lock().unwrap().extend(bodies);
        Delivered::Taken
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn end(&self) {
        self.heard.lock().unwrap().push("the end".to_owned());
    }

    fn drop_line(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

pub struct Node {
    pub hub: Arc<Hub>,
    database: Arc<Database>,
}

impl Node {
    /// A node that reaches NATS at a port, if somebody listens there.
    pub async fn start(database: &Arc<Database>, port: u16) -> Self {
        Self::start_as(database, port, Credentials::None, Tls::default()).await
    }

    /// A node that knows of no NATS.
    pub async fn alone(database: &Arc<Database>) -> Self {
        let (told, pace) = (database.newest().await.unwrap(), Duration::from_secs(5));
        let hub = Hub::alone(2, Event::new("resync", "{}", None), pace, told, own, database.clone());
        Self { hub, database: database.clone() }
    }

    pub async fn start_as(database: &Arc<Database>, port: u16, credentials: Credentials, tls: Tls) -> Self {
        Self::start_at(database, format!("nats://127.0.0.1:{port}"), credentials, tls).await
    }

    pub async fn start_at(database: &Arc<Database>, server: String, credentials: Credentials, tls: Tls) -> Self {
        let cluster = Cluster {
            servers: vec![server],
            credentials,
            tls,
            prefix: "parlour.test".to_owned(),
            told: database.newest().await.unwrap(),
            own,
            backlog: database.clone(),
        };
        let pace = Duration::from_secs(5);
        let hub = Hub::clustered(2, Event::new("resync", "{}", None), pace, cluster).await.unwrap();
        Self { hub, database: database.clone() }
    }

    /// Commits here, and tells all.
    pub fn commit(&self, fill: impl FnOnce(u64) -> Vec<Publication>) -> u64 {
        let (before, g, publications) = self.database.commit(fill);
        self.hub.commit(before, g, publications);
        g
    }

    /// Somebody connects here, and is caught up on the topics and on their own.
    pub async fn listening(&self, user: &str, topics: &[&str]) -> (ConnectionId, Arc<Recorder>) {
        let outlet = Arc::new(Recorder::default());
        let attach = Attach { user: user.into(), session: user.into(), outlet: outlet.clone() };
        let id = self.hub.attach(attach).await;
        self.hub.hold(id).await;
        let topics = topics.iter().map(|name| topic(name)).chain([own(user)]);
        self.hub.join(id, topics.collect(), vec![]).await;
        // As `hello` does: what was committed by now, the catch-up tells.
        self.hub.told(self.database.newest().await.unwrap_or(0)).await;
        self.hub.release(id, Above::All(0)).await;
        (id, outlet)
    }

    pub fn is_connected(&self) -> bool {
        self.hub.figures.bus.connected.load(Ordering::Relaxed) == 1
    }
}

/// A house of several nodes, all of which know each other.
pub async fn nodes<const COUNT: usize>(database: &Arc<Database>, port: u16) -> [Node; COUNT] {
    let mut nodes = Vec::new();
    for _ in 0..COUNT {
        nodes.push(Node::start(database, port).await);
    }
    all_know_each_other(&nodes.iter().collect::<Vec<_>>()).await;
    nodes.try_into().unwrap_or_else(|_| panic!("as many as were asked for"))
}

pub async fn all_know_each_other(nodes: &[&Node]) {
    until("the nodes know each other", || {
        nodes.iter().all(|node| node.is_connected() && node.hub.nodes().len() == nodes.len())
    })
    .await;
}

/// Waits for something that has to become so.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < patience, "not so after 20 seconds: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a connection has heard exactly this.
pub async fn hears(outlet: &Recorder, wanted: &[String]) {
    let patience = Instant::now() + Duration::from_secs(20);
    while outlet.heard().len() < wanted.len() && Instant::now() < patience {
        sleep(Duration::from_millis(10)).await;
    }
    // What is there twice comes late.
    sleep(Duration::from_millis(50)).await;
    let heard = outlet.heard();
    let same = heard.iter().zip(wanted).take_while(|(one, other)| one == other).count();
    assert!(
        heard == wanted,
        "heard {} of {}; the same up to {same}, then {:?} for {:?}",
        heard.len(),
        wanted.len(),
        heard.get(same..(same + 5).min(heard.len())),
        wanted.get(same..(same + 5).min(wanted.len()))
    );
}
