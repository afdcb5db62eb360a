//! People who write and listen all the time, and an account of every message: what was acknowledged must be there once.

use super::House;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tests::contract::Table;
use tests::device::{Device, Way};
use tests::gathering::{Gathering, cid, connected};
use tests::socket::Transport;
use tests::{Outcome, check, fail, oracle};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long somebody waits between two messages.
const PACE: Duration = Duration::from_millis(15);
/// How long somebody tries to come back, or to be acknowledged.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a listener looks whether it lacks something.
const TENDING: Duration = Duration::from_millis(50);

/// A message that somebody wants said.
struct Entry {
    person: usize,
    text: String,
    begun: Instant,
    acknowledged: Option<(Instant, u64)>,
}

/// What writers and listeners share.
struct Common {
    addresses: Vec<String>,
    turn: AtomicUsize,
    table: Table,
    room: String,
    entries: Mutex<Vec<Entry>>,
    /// Answers that said to try again.
    unavailable: AtomicU64,
    over: watch::Sender<bool>,
}

/// A load under way.
pub(super) struct Load {
    common: Arc<Common>,
    people: JoinSet<Outcome<Device>>,
    /// How many messages there were before it.
    before: u64,
}

/// What became of a load.
#[derive(Default)]
pub(super) struct Account {
    pub(super) acknowledged: usize,
    /// How many of them while the fault lasted.
    pub(super) meanwhile: usize,
    pub(super) unavailable: u64,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    /// From the beginning of the fault until everybody had something acknowledged that they began after it.
    pub(super) served: Duration,
}

impl Load {
    /// Everybody in the room writes from one device and listens on another, each on the next node.
    pub(super) async fn start(gathering: &Gathering, people: usize) -> Outcome<Load> {
        let common = Arc::new(Common {
            addresses: gathering.server.addresses(),
            turn: AtomicUsize::new(0),
            table: gathering.table.clone(),
            room: gathering.room.clone(),
            entries: Mutex::new(Vec::new()),
            unavailable: AtomicU64::new(0),
            over: watch::Sender::new(false),
        });
        let before = gathering.value(0, "rooms.get", &json!({"room": gathering.room})).await?["head"].as_u64();
        let mut load = Load { common: common.clone(), people: JoinSet::new(), before: before.unwrap_or(0) };
        for person in 0..people {
            let writer = gathering.device(person, Transport::WebSocket).await?;
            load.people.spawn(write(common.clone(), writer, person));
            let transport = if person == 1 { Transport::Polling } else { Transport::WebSocket };
            let listener = gathering.device(person, transport).await?;
            load.people.spawn(listen(common.clone(), listener));
        }
        Ok(load)
    }

    /// Ends the load and accounts for it; `fault` says from when until when something was broken.
    pub(super) async fn end(mut self, house: &House, fault: (Instant, Instant)) -> Outcome<Account> {
        self.common.over.send_replace(true);
        let mut devices = Vec::new();
        while let Some(done) = self.people.join_next().await {
            devices.push(done??);
        }
        let account = self.account(&house.gathering, fault).await?;
        for device in &mut devices {
            if !device.is_connected() {
                come_back(&self.common, device).await?;
            }
            oracle::agree(device, &self.common.table, self.common.address()).await?;
        }
        Ok(account)
    }

    async fn account(&self, gathering: &Gathering, (begun, ended): (Instant, Instant)) -> Outcome<Account> {
        let history = gathering.history_after(0, self.before).await?;
        let (mut times, mut last): (HashMap<&str, usize>, HashMap<&Value, u64>) = Default::default();
        for (index, message) in history.iter().enumerate() {
            let right = json!(self.before + index as u64 + 1);
            check!(message["seq"] == right, "a hole or a repetition where #{right} should be: {message}");
            let text = message["text"].as_str().unwrap_or_default();
            *times.entry(text).or_insert(0) += 1;
            let number = text.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
            let earlier = last.insert(&message["author"], number);
            check!(earlier < Some(number), "{text:?} stands after number {earlier:?} of the same person");
        }
        let entries = self.common.entries();
        let mut account =
            Account { unavailable: self.common.unavailable.load(Ordering::Relaxed), ..Account::default() };
        account.doubled = times.values().filter(|times| **times > 1).count();
        let mut served: HashMap<usize, Instant> = HashMap::new();
        for entry in entries.iter() {
            let Some((moment, seq)) = entry.acknowledged else { continue };
            account.acknowledged += 1;
            account.meanwhile += usize::from((begun..ended).contains(&moment));
            let at = usize::try_from(seq.saturating_sub(self.before + 1))?;
            let there = history.get(at).is_some_and(|message| message["text"] == json!(entry.text));
            account.lost += usize::from(!there);
            if entry.begun >= begun {
                served.entry(entry.person).or_insert(moment);
            }
        }
        account.served = served.values().max().map(|moment| *moment - begun).unwrap_or_default();
        Ok(account)
    }
}

impl Common {
    /// Of the next node.
    fn address(&self) -> &str {
        &self.addresses[self.turn.fetch_add(1, Ordering::Relaxed) % self.addresses.len()]
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        *self.over.borrow()
    }
}

/// Writes one message after the other, each until it is acknowledged, sometimes by REST.
async fn write(common: Arc<Common>, mut device: Device, person: usize) -> Outcome<Device> {
    for number in 1_u64.. {
        if common.is_over() {
            break;
        }
        let text = format!("person {person} says {number}");
        let wish = json!({"room": common.room, "cid": cid(), "text": text});
        let begun = Instant::now();
        let at = {
            let mut entries = common.entries();
            entries.push(Entry { person, text, begun, acknowledged: None });
            entries.len() - 1
        };
        let mut way = if number.is_multiple_of(5) { Way::Rest } else { Way::Socket };
        let seq = loop {
            check!(begun.elapsed() < PATIENCE, "{} is not acknowledged: {wish}", device.name);
            match device.call(&common.table, way, "messages.send", &wish).await {
                Ok(Ok(value)) => break value["seq"].as_u64().unwrap_or(0),
                Ok(Err(error)) if error["code"] == "unavailable" => {
                    common.unavailable.fetch_add(1, Ordering::Relaxed);
                    sleep(PACE).await;
                }
                Ok(Err(error)) => fail!("{wish} is refused: {error}"),
                // Without an answer nobody knows whether it was done: the same again.
                Err(_) if way == Way::Rest => way = Way::Socket,
                Err(_) => come_back(&common, &mut device).await?,
            }
        };
        common.entries()[at].acknowledged = Some((Instant::now(), seq));
        sleep(PACE).await;
    }
    Ok(device)
}

/// Holds what there is, as long as the others write.
async fn listen(common: Arc<Common>, mut device: Device) -> Outcome<Device> {
    while !common.is_over() {
        if !device.is_connected() || device.tend().await.is_err() {
            come_back(&common, &mut device).await?;
        }
        sleep(TENDING).await;
    }
    Ok(device)
}

/// Connects to whichever node answers, and catches up.
async fn come_back(common: &Common, device: &mut Device) -> Outcome {
    let limit = Instant::now() + PATIENCE;
    loop {
        device.cut();
        let came = match connected(device.connect(common.address()).await) {
            Ok(()) => device.hello().await,
            Err(failure) => Err(failure),
        };
        match came {
            Ok(()) => return Ok(()),
            Err(failure) if Instant::now() > limit => return Err(failure.during("coming back")),
            Err(_) => sleep(Duration::from_millis(30)).await,
        }
    }
}
