//! Catching up: `hello` and the rooms on screen.

use crate::caller::{Actor, Connection};
use crate::events::{Op, everybody, in_room, own};
use crate::messages::{self, Message, Position};
use crate::presence::PresenceState;
use crate::{Batch, Chat, Delivered, Event, Refusal};
use hub::Above;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use store::rooms::RoomRow;
use store::sync::{Missed, Since};
use store::{Change, G, Row, Scope};

/// The most rooms on screen.
const MOST_WATCHED: usize = 100;
/// The most users whose presence is told at once for a room.
const MOST_ONLINE: usize = 500;
/// More changed messages of a room than this are not sent one by one.
const MOST_A_ROOM: usize = 300;
const TAIL: usize = 50;
/// How many catch-ups are read at once.
pub(crate) const AT_ONCE: usize = 4;
/// A chunk's bytes, at most, unless a single op is larger.
const CHUNK: usize = 64 * 1024;

/// `hello`: I hold everything up to `g` of `epoch`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub epoch: Option<String>,
    /// 0, absent or of another epoch: a new device.
    pub g: Option<Position>,
    /// The rooms on screen (at most 100).
    pub watch: Option<Vec<String>>,
}

/// Up to where the client now holds everything. A single request gets the ops and gaps with it; a connection got
/// them as events before.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cursor {
    pub epoch: String,
    pub g: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops: Option<Vec<Op>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Vec<GapEvent>>,
}

/// The pushed event `chunk`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChunkEvent {
    pub ops: Vec<Op>,
    /// Forget what you hold; in the first chunk only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
}

/// The pushed event `gap`: too much of a room changed; drop what you hold of it and take the tail.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GapEvent {
    pub room: String,
    pub from: u64,
    pub to: u64,
    pub tail: Vec<Message>,
}

/// The pushed event `done`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoneEvent {
    pub epoch: String,
    pub g: u64,
}

/// The pushed event `resync`: ops were dropped for this connection; say `hello` again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResyncEvent {}

pub(crate) async fn hello(chat: Chat, actor: Actor, input: Hello) -> Result<Cursor, Refusal> {
    let watch = check_watched(input.watch.unwrap_or_default())?;
    let known = input.epoch.as_deref() == Some(chat.epoch.as_str());
    let g = if known { input.g.map_or(0, |g| g.0) } else { 0 };
    let Some(connection) = actor.connection.clone() else {
        let caught = catch_up(&chat, &actor, g, watch).await?;
        let epoch = chat.epoch.clone();
        return Ok(Cursor { epoch, g: caught.g, reset: caught.reset, ops: Some(caught.ops), gaps: Some(caught.gaps) });
    };
    // Attach first, read second: what is committed after the join is kept until the release.
    chat.hub.hold(connection.id).await;
    let rooms = chat.store.room_ids_of(&actor.user).await?;
    let topics = [own(&actor.user), everybody()].into_iter().chain(rooms.iter().map(|room| in_room(room)));
    chat.hub.join(connection.id, topics.collect(), watch.iter().map(|room| in_room(room)).collect()).await;
    let caught = catch_up(&chat, &actor, g, watch.clone()).await?;
    let cursor = Cursor { epoch: chat.epoch.clone(), g: caught.g, reset: false, ops: None, gaps: None };
    tell(&connection, caught, &cursor).await?;
    chat.hub.release(connection.id, Above::All(cursor.g)).await;
    Ok(cursor)
}

/// What a client missed, as it is told.
struct Caught {
    g: G,
    /// All of it, from the beginning.
    reset: bool,
    ops: Vec<Op>,
    gaps: Vec<GapEvent>,
}

async fn catch_up(chat: &Chat, actor: &Actor, g: G, watch: Vec<String>) -> Result<Caught, Refusal> {
    let mut since = Since { user: actor.user.to_string(), g, watch, most_a_room: MOST_A_ROOM, tail: TAIL };
    let _turn = chat.catch_ups.acquire().await.map_err(|_| Refusal::Unavailable)?;
    let mut missed = chat.store.missed(since.clone()).await?;
    if g > missed.g {
        // The client has seen more than there is: the data is older than what it holds, from a copy.
        since.g = 0;
        missed = chat.store.missed(since.clone()).await?;
    }
    let mut people = named(chat, actor, &missed).await?;
    let Missed { g, reset, changes, gaps } = missed;
    people.extend(changes);
    let gaps = gaps.into_iter().map(|gap| GapEvent {
        room: gap.room,
        from: gap.from,
        to: gap.to,
        tail: gap.tail.into_iter().map(Message::from).collect(),
    });
    Ok(Caught { g, reset, ops: people.into_iter().map(|change| Op::of(change, false)).collect(), gaps: gaps.collect() })
}

/// The people whom the missed rows name, first of all the user: a client can show each row as it comes.
async fn named(chat: &Chat, actor: &Actor, missed: &Missed) -> Result<Vec<Change>, Refusal> {
    let mut ids: HashSet<String> = HashSet::from([actor.user.to_string()]);
    let mut told = HashSet::new();
    for change in &missed.changes {
        match &change.row {
            Row::Message(row) => ids.extend(messages::people(std::slice::from_ref(row))),
            Row::Member(row) => ids.extend([row.user.clone()]),
            Row::Membership { room, .. } => ids.extend(room.users.iter().cloned()),
            Row::User(row) => {
                told.insert(row.id.clone());
            }
            Row::Room(_) | Row::Read { .. } | Row::Hidden { .. } | Row::SessionEnded { .. } | Row::Directory(_) => {}
            Row::Touched { .. } | Row::Saved { .. } | Row::Draft(_) => {}
        }
    }
    ids.extend(missed.gaps.iter().flat_map(|gap| messages::people(&gap.tail)));
    let ids: Vec<_> = ids.difference(&told).cloned().collect();
    let rows = chat.store.users(&ids).await?;
    Ok(rows.into_iter().map(|row| Change { g: row.gv, p: 0, scope: Scope::Everybody, row: Row::User(row) }).collect())
}

/// Sends chunks, gaps and `done`, each when the one before has left.
async fn tell(connection: &Connection, caught: Caught, cursor: &Cursor) -> Result<(), Refusal> {
    let mut reset = caught.reset;
    let mut chunk = Vec::new();
    let flush = async |chunk: &mut Vec<u8>, reset: &mut bool| {
        let mut body = b"{\"ops\":[".to_vec();
        body.append(chunk);
        body.push(b']');
        if std::mem::take(reset) {
            body.extend_from_slice(b",\"reset\":true");
        }
        body.push(b'}');
        push(connection, Event::new("chunk", body, None)).await
    };
    for op in caught.ops {
        let json = op.to_json();
        if !chunk.is_empty() {
            if chunk.len() + json.len() > CHUNK {
                flush(&mut chunk, &mut reset).await?;
            } else {
                chunk.push(b',');
            }
        }
        chunk.extend(json);
    }
    if reset || !chunk.is_empty() {
        flush(&mut chunk, &mut reset).await?;
    }
    for gap in caught.gaps {
        push(connection, Event::new("gap", serde_json::to_vec(&gap).map_err(Refusal::internal)?, None)).await?;
    }
    let done = DoneEvent { epoch: cursor.epoch.clone(), g: cursor.g };
    push(connection, Event::new("done", serde_json::to_vec(&done).map_err(Refusal::internal)?, None)).await
}

/// Waits until the connection has taken what it was sent, so that a slow reader bounds what is queued for it.
async fn push(connection: &Connection, event: Event) -> Result<(), Refusal> {
    connection.outlet.drained().await;
    match connection.outlet.deliver(&Batch::new(vec![Arc::new(event)])) {
        Delivered::Taken => {
            connection.outlet.drained().await;
            Ok(())
        }
        // Something else came between, or nobody is there any more: without `done` the client asks again.
        Delivered::Overflowed | Delivered::Gone => Err(Refusal::Unavailable),
    }
}

/// `watch.set`: the rooms on screen, instead of those before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// At most 100. Those that I am not in are passed over.
    pub rooms: Vec<String>,
}

impl Chat {
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

/// Who in the watched rooms is not offline (at most 500 a room).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Online {
    pub online: BTreeMap<String, PresenceState>,
}

pub(crate) async fn watch(chat: Chat, actor: Actor, input: Watch) -> Result<Online, Refusal> {
    let connection = actor.connection.ok_or(Refusal::ConnectionOnly)?;
    let rooms = check_watched(input.rooms)?;
    let mine = chat.store.rooms_of(&actor.user).await?;
    let rooms: Vec<_> = mine.into_iter().map(|(room, _)| room).filter(|room| rooms.contains(&room.id)).collect();
    chat.hub.watch(connection.id, rooms.iter().map(|room| in_room(&room.id)).collect()).await;
    let mut online = BTreeMap::new();
    for room in &rooms {
        for user in chat.maybe_online(room).await? {
            let presence = PresenceState::from(chat.hub.presence.seen(&user));
            if presence != PresenceState::Offline {
                online.insert(user, presence);
            }
        }
    }
    Ok(Online { online })
}

fn check_watched(rooms: Vec<String>) -> Result<Vec<String>, Refusal> {
    if rooms.len() > MOST_WATCHED {
        return Err(Refusal::TooLong { field: "rooms".into(), limit: MOST_WATCHED });
    }
    Ok(rooms)
}
