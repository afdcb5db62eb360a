//! Pushes: browsers that are woken while no page of Parlour is open. Who wants it, and how it is handed to whoever
//! carries it (RFC 8030); what is said to whom stands in [`choosing`].

mod choosing;
mod happened;
mod lines;
mod seal;
mod vapid;

#[cfg(test)]
mod tests;

pub(crate) use happened::Inbox;

use crate::caller::Actor;
use crate::cid::Cid;
use crate::clock;
use crate::passwords::Done;
use crate::sessions::Nothing;
use crate::{Chat, Refusal};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use happened::Happened;
use lines::Lines;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use store::pushes::{PushWrite, Subscription};
use store::{UserId, Write};
use tokio::sync::mpsc;
use vapid::Vapid;

/// The most bytes of an endpoint.
const ENDPOINT: usize = 2_000;
/// How many subscribers are read at once.
const PAGE: usize = 1_000;

/// A push as it leaves.
pub struct Parcel {
    pub endpoint: String,
    pub headers: [(&'static str, String); 5],
    pub body: Bytes,
}

/// What came of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// The push service has it.
    Taken,
    /// It says that there is no such subscription any more.
    Gone,
    /// It is away or has too much to do; and for how long, where it says so.
    Later(Option<Duration>),
    /// It does not want this one, and why.
    Refused(String),
}

/// Whoever brings pushes to the services of browsers.
#[async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// Whether pushes may be brought there; if not, why, as the end of a sentence.
    async fn vet(&self, endpoint: &str) -> Result<(), String>;
    async fn carry(&self, parcel: &Parcel) -> Carried;
}

/// What is counted of pushes.
#[derive(Default)]
pub struct Figures {
    /// Taken by push services.
    pub sent: AtomicU64,
    /// Refused by them, or given up.
    pub failed: AtomicU64,
    /// Subscriptions that they said are gone.
    pub gone: AtomicU64,
    /// Not sent, since too many were waiting.
    pub dropped: AtomicU64,
}

/// The part of the house that pushes.
pub(crate) struct Pushing {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) figures: Arc<Figures>,
    /// Until somebody carries them.
    waiting: Mutex<Option<mpsc::Receiver<Vec<Happened>>>>,
    ways: OnceLock<Ways>,
    lines: Lines,
}

/// How pushes leave.
struct Ways {
    vapid: Vapid,
    carrier: Arc<dyn Carrier>,
}

impl Pushing {
    pub(crate) fn new() -> Self {
        let figures = Arc::new(Figures::default());
        let (inbox, waiting) = Inbox::new(figures.clone());
        Self {
            inbox: Arc::new(inbox),
            lines: Lines::new(figures.clone()),
            figures,
            waiting: Mutex::new(Some(waiting)),
            ways: OnceLock::new(),
        }
    }

    fn ways(&self) -> Result<&Ways, Refusal> {
        self.ways.get().ok_or(Refusal::PushOff)
    }
}

/// Whether this server pushes, by which key, and whether it does to this session.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PushKey {
    /// The public key to subscribe with (base64url); absent: this server does not push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether this session has a subscription.
    pub subscribed: bool,
}

pub(crate) async fn key(chat: Chat, actor: Actor, _: Nothing) -> Result<PushKey, Refusal> {
    let key = chat.pushing.ways.get().map(|ways| ways.vapid.public().to_owned());
    let subscribed = key.is_some() && chat.store.is_subscribed(&actor.session).await?;
    Ok(PushKey { key, subscribed })
}

/// `push.subscribe`: what a browser's `PushSubscription` says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    pub cid: Option<Cid>,
    /// An https address.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret of 16 bytes, base64url.
    pub auth: String,
}

pub(crate) async fn subscribe(chat: Chat, actor: Actor, input: Subscribe) -> Result<Done, Refusal> {
    let ways = chat.pushing.ways()?;
    if input.endpoint.len() > ENDPOINT {
        return Err(Refusal::TooLong { field: "endpoint".into(), limit: ENDPOINT });
    }
    let subscription = Subscription {
        session: actor.session.to_string(),
        user: actor.user.to_string(),
        endpoint: input.endpoint,
        p256dh: bytes("p256dh", &input.p256dh, 65)?,
        auth: bytes("auth", &input.auth, 16)?,
    };
    if seal::seal(&subscription.p256dh, &subscription.auth, b"").is_err() {
        return Err(Refusal::value("p256dh", "it is not a public key of P-256"));
    }
    ways.carrier.vet(&subscription.endpoint).await.map_err(|reason| Refusal::value("endpoint", reason))?;
    chat.pushing.inbox.note(&actor.user);
    let origin = actor.origin("push.subscribe", input.cid);
    chat.store.write(origin, PushWrite::Subscribe(subscription).into()).await?;
    Ok(Done {})
}

/// `length` bytes in base64url, with its padding or without.
fn bytes(field: &str, text: &str, length: usize) -> Result<Vec<u8>, Refusal> {
    let decoded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let fitting = decoded.filter(|bytes| bytes.len() == length);
    fitting.ok_or_else(|| Refusal::value(field, format!("it is not {length} bytes in base64url")))
}

pub(crate) async fn unsubscribe(chat: Chat, actor: Actor, input: Nothing) -> Result<Done, Refusal> {
    let write = PushWrite::Unsubscribe { session: actor.session.to_string() };
    chat.store.write(actor.origin("push.unsubscribe", input.cid), write.into()).await?;
    Ok(Done {})
}

impl Chat {
    /// Pushes by `carrier` from now on. `contact` is how the operator is reached, as a `mailto:` or `https:` address,
    /// for push services that have a complaint.
    pub async fn push_by(&self, carrier: Arc<dyn Carrier>, contact: Option<String>) -> Result<(), Refusal> {
        let vapid = Vapid::new(&self.push_key().await?, contact).map_err(Refusal::internal)?;
        let known = if self.node().is_none() { Some(self.subscribers().await?) } else { None };
        let waiting = self.pushing.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waiting) = waiting
            && self.pushing.ways.set(Ways { vapid, carrier }).is_ok()
        {
            self.pushing.inbox.open(known);
            tokio::spawn(happened::watch(Arc::downgrade(&self.0), waiting));
        }
        Ok(())
    }

    /// What is counted of pushes.
    pub fn pushes(&self) -> &Figures {
        &self.pushing.figures
    }

    /// Everybody who has a subscription.
    async fn subscribers(&self) -> Result<HashSet<UserId>, Refusal> {
        let mut known = HashSet::new();
        let mut after = String::new();
        loop {
            let page = self.store.subscribers(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(known) };
            after.clone_from(last);
            known.extend(page);
        }
    }

    /// The key of this instance, made the first time.
    async fn push_key(&self) -> Result<Vec<u8>, Refusal> {
        if let Some(key) = self.store.push_key().await? {
            return Ok(key);
        }
        let key = vapid::new_key().map_err(Refusal::internal)?;
        self.keep_push(PushWrite::Key { key }).await?;
        // Another node may have been first.
        self.store.push_key().await?.ok_or_else(|| Refusal::internal("the key for pushes was not kept"))
    }

    async fn keep_push(&self, write: PushWrite) -> Result<(), Refusal> {
        let at = clock::now();
        let origin = store::Origin { user: None, cid: None, command: "push", at, answer: None };
        self.store.write(origin, Write::Push(write)).await?;
        Ok(())
    }
}

fn count(figure: &AtomicU64, by: usize) {
    figure.fetch_add(by as u64, Ordering::Relaxed);
}
