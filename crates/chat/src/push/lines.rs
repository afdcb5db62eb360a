//! Lines: what waits for each browser, one after the other; tried again for a while, and replaced by what is newer.

use super::{Carried, Figures, Parcel, count, seal};
use crate::{Chat, House, clock};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use store::pushes::{PushWrite, Subscription};
use store::{RoomId, Seq, SessionId};
use tokio::sync::Semaphore;

/// How many pushes are on their way at once.
const AT_ONCE: usize = 16;
/// The most that wait, of all and of one browser.
const MOST: usize = 10_000;
const MOST_OF_ONE: usize = 50;
/// How long to wait before each further try.
const AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(180)];
/// The longest that a push service can make us wait.
const LONGEST: Duration = Duration::from_secs(600);
/// For how many seconds a push service keeps what it cannot deliver.
const KEPT: u32 = 24 * 3600;

/// A push to one browser.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) to: Subscription,
    pub(super) room: RoomId,
    pub(super) seq: Seq,
    /// It takes a notice away.
    pub(super) read: bool,
    pub(super) urgency: Urgency,
    pub(super) words: Vec<u8>,
}

#[derive(Clone, Copy)]
pub(super) enum Urgency {
    Normal,
    High,
}

/// A line for each session that something waits for.
pub(super) struct Lines {
    waiting: Mutex<HashMap<SessionId, VecDeque<Job>>>,
    turns: Arc<Semaphore>,
    figures: Arc<Figures>,
}

impl Lines {
    pub(super) fn new(figures: Arc<Figures>) -> Self {
        Self { waiting: Mutex::default(), turns: Arc::new(Semaphore::new(AT_ONCE)), figures }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<SessionId, VecDeque<Job>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts it at the end, or in the place of what waits for the same room. True: somebody has to see to that line.
    fn put(&self, job: Job) -> bool {
        let mut waiting = self.waiting();
        if let Some(line) = waiting.get_mut(&job.to.session) {
            if let Some(same) = line.iter_mut().find(|other| other.room == job.room) {
                *same = job;
            } else if line.len() < MOST_OF_ONE {
                line.push_back(job);
            } else {
                count(&self.figures.dropped, 1);
            }
            return false;
        }
        if waiting.len() >= MOST {
            count(&self.figures.dropped, 1);
            return false;
        }
        waiting.insert(job.to.session.clone(), VecDeque::from([job]));
        true
    }

    /// The next one; with none the line ends.
    fn next(&self, session: &str) -> Option<Job> {
        let mut waiting = self.waiting();
        let job = waiting.get_mut(session).and_then(VecDeque::pop_front);
        if job.is_none() {
            waiting.remove(session);
        }
        job
    }

    /// Whether something newer waits for the same room.
    fn is_replaced(&self, job: &Job) -> bool {
        self.waiting().get(&job.to.session).is_some_and(|line| line.iter().any(|other| other.room == job.room))
    }
}

impl Chat {
    /// Puts a push into its line.
    pub(super) fn push(&self, job: Job) {
        let session = job.to.session.clone();
        if self.pushing.lines.put(job) {
            tokio::spawn(see_to(Arc::downgrade(&self.0), session));
        }
    }
}

/// Sends what waits for a session until nothing does.
async fn see_to(house: Weak<House>, session: SessionId) {
    loop {
        let Some(job) = house.upgrade().and_then(|house| house.pushing.lines.next(&session)) else { return };
        if let Err(error) = tokio::spawn(send(house.clone(), job)).await {
            tracing::error!("a push was lost: {error}");
        }
    }
}

async fn send(house: Weak<House>, job: Job) {
    let mut again = AGAIN.iter();
    loop {
        let Some(chat) = house.upgrade().map(Chat) else { return };
        let figures = &chat.pushing.figures;
        let later = match once(&chat, &job).await {
            Carried::Taken => return count(&figures.sent, 1),
            Carried::Gone => {
                count(&figures.gone, 1);
                let gone = PushWrite::Gone { endpoint: job.to.endpoint.clone() };
                if let Err(refusal) = chat.keep_push(gone).await {
                    tracing::warn!("a subscription that is gone stays for now: {refusal}");
                }
                return;
            }
            Carried::Refused(reason) => {
                tracing::debug!(%reason, "a push was refused");
                return count(&figures.failed, 1);
            }
            Carried::Later(later) => later,
        };
        let Some(pause) = again.next() else { return count(&figures.failed, 1) };
        // Whoever waits keeps no house.
        drop(chat);
        tokio::time::sleep(later.unwrap_or(*pause).clamp(*pause, LONGEST)).await;
        match house.upgrade().map(Chat) {
            Some(chat) if is_wanted(&chat, &job).await => {}
            _ => return,
        }
    }
}

/// Whether it is still worth sending: nothing newer waits, and the message was not read meanwhile, on whichever node.
async fn is_wanted(chat: &Chat, job: &Job) -> bool {
    let current = job.read || chat.store.is_pushed(&job.to.session, &job.room, job.seq).await.unwrap_or(true);
    current && !chat.pushing.lines.is_replaced(job)
}

async fn once(chat: &Chat, job: &Job) -> Carried {
    let Ok(_turn) = chat.pushing.lines.turns.acquire().await else { return Carried::Later(None) };
    let Ok(ways) = chat.pushing.ways() else { return Carried::Refused("pushes are off".into()) };
    let Ok(body) = seal::seal(&job.to.p256dh, &job.to.auth, &job.words) else {
        return Carried::Refused("it cannot be sealed".into());
    };
    let Ok(authorization) = ways.vapid.authorization(origin(&job.to.endpoint), clock::now()) else {
        return Carried::Refused("it cannot be signed".into());
    };
    let urgency = match job.urgency {
        Urgency::Normal => "normal",
        Urgency::High => "high",
    };
    let headers = [
        ("authorization", authorization),
        ("content-encoding", "aes128gcm".into()),
        ("ttl", KEPT.to_string()),
        ("urgency", urgency.into()),
        ("topic", topic(job)),
    ];
    ways.carrier.carry(&Parcel { endpoint: job.to.endpoint.clone(), headers, body: body.into() }).await
}

/// `scheme://host[:port]` of an address.
fn origin(endpoint: &str) -> &str {
    let host = endpoint.find("://").map_or(0, |at| at + 3);
    let end = endpoint[host..].find(['/', '?', '#']).map_or(endpoint.len(), |at| host + at);
    &endpoint[..end]
}

/// The same for all that is said to one browser of one room, so that the service keeps the newest alone; which room it
/// is, the service cannot know.
fn topic(job: &Job) -> String {
    let mut digest = Sha256::new();
    digest.update(&job.to.auth);
    digest.update(job.room.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..18])
}
