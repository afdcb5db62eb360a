//! `watch.set`: the rooms on screen, who is there, and what the client lacks of them.

use super::catching_up::{self, Caught};
use super::{CaughtEvent, Held, MOST_A_ROOM, TAIL, check_held, check_watched, telling};
use crate::caller::{Actor, Connection};
use crate::events::in_room;
use crate::presence::PresenceState;
use crate::{Chat, Refusal};
use hub::{Above, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use store::G;
use store::rooms::RoomRow;
use store::sync::Since;

/// The most users whose presence is told at once for a room.
const MOST_ONLINE: usize = 500;

/// `watch.set`: the rooms on screen, instead of those before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// At most 100. Those that I am not in are passed over.
    pub rooms: Vec<String>,
    /// What I hold of them: before the answer I am told what I lack, and `caught` for each. Absent: nothing is told.
    pub held: Option<Held>,
}

/// Who in the watched rooms is not offline (at most 500 a room).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Online {
    pub online: BTreeMap<String, PresenceState>,
}

pub(crate) async fn watch(chat: Chat, actor: Actor, input: Watch) -> Result<Online, Refusal> {
    let connection = actor.connection.clone().ok_or(Refusal::ConnectionOnly)?;
    let wanted = check_watched(input.rooms)?;
    let mut held = check_held(input.held)?.unwrap_or_default();
    let mut rooms = Vec::with_capacity(wanted.len());
    for room in &wanted {
        if let Some((room, Some(_))) = chat.store.room_for(room, &actor.user).await? {
            rooms.push(room);
        }
    }
    held.retain(|room, _| rooms.iter().any(|watched| watched.id == *room));
    let topics: Vec<Topic> = rooms.iter().map(|room| in_room(&room.id)).collect();
    if held.is_empty() {
        // The hub may not know yet that I came into one of them.
        chat.told().await?;
        chat.hub.watch(connection.id, topics).await;
    } else {
        catch_up(&chat, &actor, &connection, topics, held).await?;
    }
    Ok(Online { online: chat.online_in(&rooms).await? })
}

/// Watches the rooms and tells what is lacking of them. What else the connection hears waits meanwhile.
async fn catch_up(
    chat: &Chat,
    actor: &Actor,
    connection: &Connection,
    topics: Vec<Topic>,
    held: HashMap<String, u64>,
) -> Result<(), Refusal> {
    let turn = chat.admission.enter(false).await?;
    if !chat.hub.keep(connection.id).await {
        // It has to say hello before it hears anything.
        return Ok(());
    }
    chat.hub.watch(connection.id, topics).await;
    let rooms: Vec<String> = held.keys().cloned().collect();
    let mut since = Since::new(&actor.user, 0, Vec::new(), MOST_A_ROOM, TAIL);
    since.held = Some(held);
    let read = catching_up::read_in(chat, since).await;
    drop(turn);
    let told = match read {
        Ok(caught) => tell(chat, connection, caught, &rooms).await,
        Err(refusal) => Err(refusal),
    };
    // Whatever became of it, the rest goes on: a client that lacks something finds out and asks again.
    let (above, told) = match told {
        Ok(above) => (above, Ok(())),
        Err(refusal) => (Vec::new(), Err(refusal)),
    };
    chat.hub.release(connection.id, Above::Topics(above)).await;
    told
}

/// Answers of which rooms the connection now holds everything, and up to where.
async fn tell(
    chat: &Chat,
    connection: &Connection,
    caught: Caught,
    rooms: &[String],
) -> Result<Vec<(Topic, G)>, Refusal> {
    let Caught { g, pieces, gaps, .. } = caught;
    // As in `hello`: the hub may know less than what was read.
    chat.told().await?;
    let _held = chat.admission.keep(&pieces, &gaps)?;
    // That a room was lost meanwhile is among what waits, even where it was read when it had been given back: it comes
    // first, and the room begins anew with it.
    let as_of = 0;
    telling::tell(chat, connection, pieces, gaps, false, as_of).await?;
    let mut above = Vec::with_capacity(rooms.len());
    for room in rooms {
        let event = CaughtEvent { room: room.clone(), g };
        if telling::say(chat, connection, "caught", &event, vec![in_room(room)], as_of).await? {
            above.push((in_room(room), g));
        }
    }
    Ok(above)
}

impl Chat {
    async fn online_in(&self, rooms: &[RoomRow]) -> Result<BTreeMap<String, PresenceState>, Refusal> {
        let mut online = BTreeMap::new();
        for room in rooms {
            for user in self.maybe_online(room).await? {
                let presence = PresenceState::from(self.hub.presence.seen(&user));
                if presence != PresenceState::Offline {
                    online.insert(user, presence);
                }
            }
        }
        Ok(online)
    }

    /// Those members of a room who may be online: all of them, or of a large room those who hear it now.
    async fn maybe_online(&self, room: &RoomRow) -> Result<Vec<String>, Refusal> {
        if room.members as usize <= MOST_ONLINE {
            let members = self.store.members(&room.id, None, MOST_ONLINE).await?;
            return Ok(members.into_iter().map(|member| member.user).collect());
        }
        let users = self.hub.users_on(&in_room(&room.id)).await;
        Ok(users.into_iter().take(MOST_ONLINE).map(|user| user.to_string()).collect())
    }
}
