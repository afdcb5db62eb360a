//! Presence: who is online. Several connections are one person, and a reload is not a departure.

mod told;

use crate::caller::{Actor, Connection};
use crate::cid::Cid;
use crate::passwords::Done;
use crate::{Chat, Identity, Refusal};
use hub::{Mood, News, Seen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// When what could not be told is tried again, and how often.
const AGAIN: Duration = Duration::from_secs(1);
const MOST_TRIES: u32 = 600;

/// What others see of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresenceState {
    Online,
    Away,
    Offline,
}

impl From<Seen> for PresenceState {
    fn from(seen: Seen) -> Self {
        match seen {
            Seen::Online => Self::Online,
            Seen::Away => Self::Away,
            Seen::Offline => Self::Offline,
        }
    }
}

/// What a connection can say of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnPresence {
    Online,
    Away,
}

/// What was told of whom, and whose page is being loaded again.
#[derive(Default)]
pub struct Announced {
    told: Arc<told::Told>,
    reloading: Mutex<HashMap<Arc<str>, Instant>>,
}

impl Announced {
    /// Notes that the user's page is being loaded again.
    pub(crate) fn is_reloading(&self, user: &Arc<str>) {
        let mut reloading = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        reloading.retain(|_, until| *until > now);
        reloading.insert(user.clone(), now + RELOAD);
    }

    fn reloading_until(&self, user: &str) -> Option<Instant> {
        self.reloading.lock().unwrap_or_else(PoisonError::into_inner).remove(user)
    }
}

/// How long a page that was asked for again may take to connect.
const RELOAD: Duration = Duration::from_secs(5);

/// `presence.set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPresence {
    /// Accepted as with every command; saying it twice changes nothing.
    #[expect(dead_code, reason = "nothing is written")]
    pub cid: Option<Cid>,
    pub presence: OwnPresence,
}

/// The pushed event `presence`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PresenceEvent {
    pub user: String,
    pub presence: PresenceState,
    /// The same of more people, where many came or went at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<BTreeMap<String, PresenceState>>,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetPresence) -> Result<Done, Refusal> {
    let connection = actor.connection.ok_or(Refusal::ConnectionOnly)?;
    let mood = match input.presence {
        OwnPresence::Online => Mood::Online,
        OwnPresence::Away => Mood::Away,
    };
    let Some(before) = connection.set_mood(mood) else { return Ok(Done {}) };
    chat.hub.presence.change(&actor.user, Some(before), Some(mood));
    chat.settle(&actor.user).await;
    Ok(Done {})
}

impl Chat {
    pub(crate) async fn presence_came(&self, connection: &Connection) {
        let user = &connection.identity.user;
        self.hub.presence.change(user, None, Some(Mood::Online));
        self.settle(user).await;
    }

    pub(crate) fn presence_went(&self, connection: &Connection, mood: Mood) {
        let user = connection.identity.user.clone();
        let (before, after) = self.hub.presence.change(&user, Some(mood), None);
        let chat = self.clone();
        tokio::spawn(async move { chat.settle_all(vec![News { user, before, after }]).await });
    }

    /// Others see some people otherwise, because of another node.
    pub(crate) fn presence_elsewhere(&self, news: Vec<News>) {
        let chat = self.clone();
        tokio::spawn(async move { chat.settle_all(news).await });
    }

    /// Tells of those who are there at once, and of those who went when they have not come back.
    async fn settle_all(&self, news: Vec<News>) {
        let (gone, there): (Vec<_>, Vec<_>) = news.into_iter().partition(|news| news.after == Seen::Offline);
        for News { user, .. } in there {
            self.settle(&user).await;
        }
        if gone.is_empty() {
            return;
        }
        tokio::time::sleep(self.settings.departure).await;
        for News { user, .. } in gone {
            match self.presence.reloading_until(&user) {
                None => self.settle(&user).await,
                Some(until) => {
                    let chat = self.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep_until(until).await;
                        chat.settle(&user).await;
                    });
                }
            }
        }
    }

    /// The page was asked for by somebody signed in: if their connection has just closed, that was a reload, on whichever
    /// node they were connected.
    pub fn page_loaded(&self, identity: &Identity) {
        self.presence.is_reloading(&identity.user);
        self.tell_reloading(&identity.user);
    }

    /// Tells those who look at the user's rooms on this node what others see of them, if that has changed.
    async fn settle(&self, user: &Arc<str>) {
        if !self.presence.told.note(user, self.hub.presence.seen(user)) {
            return;
        }
        if self.tell_seen(user).await {
            return;
        }
        // What was noted would otherwise be told with the next change only.
        let (chat, user) = (self.clone(), user.clone());
        tokio::spawn(async move {
            for _ in 0..MOST_TRIES {
                tokio::time::sleep(AGAIN).await;
                if chat.tell_seen(&user).await {
                    return;
                }
            }
            tracing::warn!("what others see of {user} could not be told");
        });
    }

    /// Tells what was noted of the user; false if it is not known in which rooms.
    async fn tell_seen(&self, user: &Arc<str>) -> bool {
        let Ok(rooms) = self.store.room_ids_of(user).await else { return false };
        self.presence.told.tell(user, rooms, |group| self.hub.publish_here(group));
        true
    }

    /// Tells what gathers in rooms, for as long as the house stands.
    pub(crate) fn keep_presence(&self) {
        let (house, told) = (Arc::downgrade(&self.0), self.presence.told.clone());
        tokio::spawn(async move {
            loop {
                told.begun.notified().await;
                loop {
                    tokio::time::sleep(told::PACE).await;
                    let Some(house) = house.upgrade() else { return };
                    if !told.tell_waiting(|group| house.hub.publish_here(group)) {
                        break;
                    }
                }
            }
        });
    }
}
