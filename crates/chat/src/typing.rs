//! Typing: told to those who look at the room, kept nowhere.

use crate::access::{self, Can};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::events::in_room;
use crate::passwords::Done;
use crate::{Chat, Event, Refusal};
use hub::bus::Publication;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long somebody is shown as typing after they last said so.
const LASTS: Duration = Duration::from_secs(6);
/// The most typists kept at once; beyond, their end is not told.
const MOST: usize = 100_000;

/// Who is typing where, until when.
#[derive(Default)]
pub struct Typing(Mutex<HashMap<(String, Arc<str>), Instant>>);

impl Typing {
    fn begin(&self, key: &(String, Arc<str>)) -> Instant {
        let until = Instant::now() + LASTS;
        let mut typing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if typing.len() >= MOST {
            let now = Instant::now();
            typing.retain(|_, until| *until > now);
        }
        if typing.len() >= MOST {
            return until;
        }
        typing.insert(key.clone(), until);
        until
    }

    fn end(&self, key: &(String, Arc<str>)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Ends it if nothing was said since `until` was set.
    fn end_at(&self, key: &(String, Arc<str>), until: Instant) -> bool {
        let mut typing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        typing.get(key).is_some_and(|at| *at == until) && typing.remove(key).is_some()
    }
}

/// `typing.set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTyping {
    /// Accepted as with every command; saying it twice changes nothing.
    #[expect(dead_code, reason = "nothing is written")]
    pub cid: Option<Cid>,
    pub room: String,
    pub typing: bool,
}

/// The pushed event `typing`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TypingEvent {
    pub room: String,
    pub user: String,
    pub typing: bool,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetTyping) -> Result<Done, Refusal> {
    let access = access::room(&chat, &actor, &input.room, Can::Take).await?;
    let key = (access.room.id, actor.user);
    if !input.typing {
        // It may have begun on another node.
        chat.typing.end(&key);
        tell(&chat, &key, false);
        return Ok(Done {});
    }
    let until = chat.typing.begin(&key);
    tell(&chat, &key, true);
    tokio::spawn(async move {
        tokio::time::sleep_until(until).await;
        if chat.typing.end_at(&key, until) {
            tell(&chat, &key, false);
        }
    });
    Ok(Done {})
}

fn tell(chat: &Chat, (room, user): &(String, Arc<str>), typing: bool) {
    let event = TypingEvent { room: room.clone(), user: user.to_string(), typing };
    let Ok(body) = serde_json::to_vec(&event) else { return };
    let event = Arc::new(Event::new("typing", body, None));
    chat.hub.publish(vec![Publication::to_watchers(in_room(room), event)]);
}
