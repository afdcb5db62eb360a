//! Questions from one node to another, and their answers, in as many messages as they take.

use super::Subjects;
use super::gossip::Gossip;
use super::link::Link;
use crate::bus::wire::{Garbled, Kind, Reader, Writer};
use crate::shard::{Inbox, users_on};
use crate::{Answer, AskError, NodeId};
use bytes::{Bytes, BytesMut};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};

/// The longest question and the longest answer.
pub(crate) const LONGEST: usize = 16 << 20;
/// Questions that wait for an answer, and as many that are being answered, at most: each long poll that is passed on is one.
const MOST_ASKED: usize = 16_384;
/// Of what comes in several messages: how much may be on its way, how many, and how long.
const MOST_GATHERED: usize = 64 << 20;
const MOST_AT_ONCE: usize = 1_024;
const GATHERING: Duration = Duration::from_secs(10);

/// The question of the hub itself: who is on a topic.
pub(crate) const USERS_ON: &str = "hub.users_on";

/// Why there is no answer, as it is sent.
const BUSY: &str = "hub.busy";

pub(super) struct Asking {
    gossip: Arc<Gossip>,
    link: Arc<Link>,
    subjects: Arc<Subjects>,
    answer: Arc<OnceLock<Arc<dyn Answer>>>,
    shards: Vec<Inbox>,
    next: AtomicU64,
    /// Locked for one look-up each.
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Bytes, AskError>>>>,
    gathered: Mutex<Gathered>,
    turns: Arc<Semaphore>,
}

/// What has come in part.
#[derive(Default)]
struct Gathered {
    bytes: usize,
    messages: HashMap<(NodeId, u64, u8), Begun>,
}

struct Begun {
    since: Instant,
    chunks: u64,
    body: BytesMut,
}

const QUESTION: u8 = 0;
const ANSWER: u8 = 1;
const REFUSAL: u8 = 2;

struct Asked {
    from: NodeId,
    number: u64,
    what: u8,
    /// Which of its messages this is, from 0, and whether it is the last.
    chunk: u64,
    last: bool,
    kind: Arc<str>,
    body: Bytes,
}

impl Asking {
    pub(super) fn new(
        gossip: Arc<Gossip>,
        link: Arc<Link>,
        subjects: Arc<Subjects>,
        answer: Arc<OnceLock<Arc<dyn Answer>>>,
        shards: Vec<Inbox>,
    ) -> Self {
        Self {
            gossip,
            link,
            subjects,
            answer,
            shards,
            next: AtomicU64::new(1),
            waiting: Mutex::default(),
            gathered: Mutex::default(),
            turns: Arc::new(Semaphore::new(MOST_ASKED)),
        }
    }

    pub(super) async fn ask(&self, node: &str, kind: &str, body: Bytes, within: Duration) -> Result<Bytes, AskError> {
        if !self.gossip.alive().iter().any(|other| **other == *node) {
            return Err(AskError::NoSuchNode);
        }
        if body.len() > LONGEST {
            return Err(AskError::TooLong(LONGEST));
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = lock(&self.waiting);
            if waiting.len() >= MOST_ASKED {
                return Err(AskError::Busy);
            }
            waiting.insert(number, sender);
        }
        let _forgotten = Forget { asking: self, number };
        if !self.send(node, number, QUESTION, kind, &body) {
            return Err(AskError::Away);
        }
        match timeout(within, receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(AskError::Away),
            Err(_) => Err(AskError::TimedOut),
        }
    }

    /// Takes a question or an answer.
    pub(super) fn hear(self: &Arc<Self>, bytes: Bytes) -> Result<(), Garbled> {
        let asked = Asked::decode(bytes)?;
        let Some(asked) = lock(&self.gathered).gather(asked) else { return Ok(()) };
        if asked.what == QUESTION {
            let asking = self.clone();
            let Ok(turn) = self.turns.clone().try_acquire_owned() else {
                self.send(&asked.from, asked.number, REFUSAL, BUSY, b"");
                return Ok(());
            };
            tokio::spawn(async move {
                asking.answer(asked).await;
                drop(turn);
            });
            return Ok(());
        }
        if let Some(sender) = lock(&self.waiting).remove(&asked.number) {
            let answer = match asked.what {
                ANSWER => Ok(asked.body),
                _ if *asked.kind == *BUSY => Err(AskError::Busy),
                _ => Err(AskError::Refused(String::from_utf8_lossy(&asked.body).into_owned())),
            };
            // Whoever asked may have stopped waiting.
            let _ = sender.send(answer);
        }
        Ok(())
    }

    async fn answer(&self, asked: Asked) {
        let Asked { from, number, kind, body, .. } = asked;
        let answer = match self.answer.get() {
            _ if *kind == *USERS_ON => users_answer(&self.shards, body, self.link.limit()).await,
            Some(answer) => answer.answer(from.clone(), &kind, body).await,
            None => Err("nobody here answers".to_owned()),
        };
        match answer {
            Ok(body) if body.len() > LONGEST => {
                let why = format!("the answer has more than {LONGEST} bytes");
                self.send(&from, number, REFUSAL, &kind, why.as_bytes())
            }
            Ok(body) => self.send(&from, number, ANSWER, &kind, &body),
            Err(why) => self.send(&from, number, REFUSAL, &kind, why.as_bytes()),
        };
    }

    fn send(&self, node: &str, number: u64, what: u8, kind: &str, body: &[u8]) -> bool {
        let subject = self.subjects.node(node);
        let most = self.link.limit().max(1);
        let chunks: Vec<&[u8]> = if body.is_empty() { vec![body] } else { body.chunks(most).collect() };
        let last = chunks.len() - 1;
        chunks.into_iter().enumerate().all(|(at, chunk)| {
            let mut writer = Writer::new(Kind::Asked);
            writer.text(&self.gossip.me);
            writer.number(number);
            writer.byte(what);
            writer.count(at);
            writer.byte((at == last).into());
            writer.text(kind);
            writer.blob(chunk);
            self.link.say(&subject, writer.into_bytes().into())
        })
    }
}

impl Asked {
    fn decode(bytes: Bytes) -> Result<Self, Garbled> {
        let mut reader = Reader::new(bytes, Kind::Asked)?;
        let (from, number, what) = (reader.text()?, reader.number()?, reader.byte()?);
        let (chunk, last) = (reader.number()?, reader.byte()?);
        let asked = Self { from, number, what, chunk, last: last == 1, kind: reader.text()?, body: reader.blob()? };
        reader.end()?;
        if what > REFUSAL || last > 1 { Err(Garbled::Mark) } else { Ok(asked) }
    }
}

impl Gathered {
    /// The message, once all of it is there. What lacks something, is too much or comes too slowly is forgotten: whoever
    /// asked stops waiting.
    fn gather(&mut self, mut asked: Asked) -> Option<Asked> {
        if asked.chunk == 0 && asked.last {
            return Some(asked);
        }
        let key = (asked.from.clone(), asked.number, asked.what);
        if asked.chunk == 0 {
            self.make_room(asked.body.len())?;
            self.messages.insert(key.clone(), Begun { since: Instant::now(), chunks: 0, body: BytesMut::new() });
        }
        let begun = self.messages.get_mut(&key)?;
        let follows = begun.chunks == asked.chunk && begun.body.len() + asked.body.len() <= LONGEST;
        if follows {
            begun.chunks += 1;
            begun.body.extend_from_slice(&asked.body);
            self.bytes += asked.body.len();
        }
        if asked.last || !follows {
            let begun = self.messages.remove(&key)?;
            self.bytes -= begun.body.len();
            asked.body = begun.body.freeze();
        }
        (asked.last && follows).then_some(asked)
    }

    fn make_room(&mut self, bytes: usize) -> Option<()> {
        if self.messages.len() >= MOST_AT_ONCE || self.bytes + bytes > MOST_GATHERED {
            let now = Instant::now();
            self.messages.retain(|_, begun| now < begun.since + GATHERING);
            self.bytes = self.messages.values().map(|begun| begun.body.len()).sum();
        }
        (self.messages.len() < MOST_AT_ONCE && self.bytes + bytes <= MOST_GATHERED).then_some(())
    }
}

/// Forgets a question when nobody waits for its answer any more.
struct Forget<'a> {
    asking: &'a Asking,
    number: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(&self.asking.waiting).remove(&self.number);
    }
}

/// The users on a topic of this node, as many as one message holds.
async fn users_answer(shards: &[Inbox], topic: Bytes, limit: usize) -> Result<Bytes, String> {
    let topic = std::str::from_utf8(&topic).map_err(|error| error.to_string())?;
    let mut bytes = 0;
    let mut users = users_on(shards, &topic.into()).await;
    users.retain(|user| {
        bytes += user.len() + 4;
        bytes < limit
    });
    let mut writer = Writer::new(Kind::Users);
    writer.count(users.len());
    users.iter().for_each(|user| writer.text(user));
    Ok(writer.into_bytes().into())
}

/// What another node answers to [`USERS_ON`].
pub(crate) fn users_answered(answer: Bytes) -> Result<Vec<Arc<str>>, Garbled> {
    let mut reader = Reader::new(answer, Kind::Users)?;
    let users = reader.list(Reader::text)?;
    reader.end()?;
    Ok(users)
}

/// Nothing is half done when a lock is given back, not even by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
