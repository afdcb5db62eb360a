//! Catching up: `hello`, what it says and what it answers.

mod admission;
mod catching_up;
mod checking;
mod shared;
mod short;
mod telling;
mod waiting;
mod watching;

pub(crate) use admission::Admission;
pub use checking::Cause;
pub(crate) use checking::{Divergences, check};
pub(crate) use shared::Shared;
pub(crate) use waiting::Waiters;
pub(crate) use watching::watch;

use crate::caller::{Actor, Connection};
use crate::events::{Op, everybody, in_room, own};
use crate::messages::{Message, Position};
use crate::{Chat, Refusal};
use admission::Turn;
use catching_up::{Caught, Piece};
use hub::Above;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use store::sync::Since;

/// The most rooms on screen.
const MOST_WATCHED: usize = 100;
/// The most rooms of which a client can say what it holds.
const MOST_HELD: usize = 2_000;
/// The most blocks whose digests can be asked for at once.
const MOST_BLOCKS: usize = 200;
/// More changed messages of a room than this are not sent one by one.
const MOST_A_ROOM: usize = 300;
const TAIL: usize = 50;
/// The longest that a request may wait for news, in seconds.
const LONGEST_WAIT: u64 = 60;

/// What a client holds of rooms: up to which `g` it is complete in each; 0: it holds nothing of it.
pub type Held = BTreeMap<String, Position>;

/// Digests of blocks, by room and number of the block, each as 16 hexadecimal digits.
pub type Digests = BTreeMap<String, BTreeMap<u64, String>>;

/// `hello`: I hold everything up to `g` of `epoch`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub epoch: Option<String>,
    /// 0, absent or of another epoch: a new device.
    pub g: Option<Position>,
    /// The rooms on screen (at most 100).
    pub watch: Option<Vec<String>>,
    /// What I hold of rooms (at most 2,000); of all others I want the head alone. Absent: everything of all rooms.
    pub held: Option<Held>,
    /// Blocks of 256 messages whose digests `done` is to say (at most 200 in all).
    pub blocks: Option<BTreeMap<String, Vec<Position>>>,
    /// A new device: `membership`s without what has its usual value or is said twice.
    pub short: Option<bool>,
    /// Single requests: wait so many seconds (at most 60) for something new.
    pub wait: Option<Position>,
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
    #[schemars(with = "Option<Vec<Op>>")]
    pub(crate) ops: Option<Vec<Piece>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Vec<GapEvent>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digests: Option<Digests>,
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

/// The pushed event `caught`: you now hold this room up to `g`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaughtEvent {
    pub room: String,
    pub g: u64,
}

/// The pushed event `done`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoneEvent {
    pub epoch: String,
    pub g: u64,
    /// Of the blocks that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digests: Option<Digests>,
}

/// The pushed event `resync`: ops were dropped for this connection; say `hello` again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResyncEvent {}

pub(crate) async fn hello(chat: Chat, actor: Actor, input: Hello) -> Result<Cursor, Refusal> {
    let short = input.short == Some(true);
    let (since, wait) = understood(&chat, &actor, input)?;
    let Some(connection) = actor.connection.clone() else {
        let mut caught = match wait {
            Some(wait) => waiting::catch_up(&chat, &actor, since, wait).await?,
            None => catching_up::catch_up(&chat, &actor, since).await?,
        };
        caught.shorten_if(short);
        return Ok(Cursor {
            epoch: chat.epoch.clone(),
            g: caught.g,
            reset: caught.reset,
            ops: Some(caught.pieces),
            gaps: Some(caught.gaps),
            digests: caught.digests,
        });
    };
    let turn = chat.admission.enter(since.g == 0).await?;
    // Attach first, read second: what is committed after the join is kept until the release.
    chat.hub.hold(connection.id).await;
    let told = tell(&chat, &actor, &connection, since, short, turn).await;
    if told.is_err() {
        // It has to say hello again; until then nothing is kept for it.
        chat.hub.abandon(connection.id).await;
    }
    told
}

/// Tells a held connection what it missed and lets go what was kept back.
async fn tell(
    chat: &Chat,
    actor: &Actor,
    connection: &Connection,
    since: Since,
    short: bool,
    turn: Turn,
) -> Result<Cursor, Refusal> {
    let rooms = chat.store.room_ids_of(&actor.user).await?;
    let topics = [own(&actor.user), everybody()].into_iter().chain(rooms.iter().map(|room| in_room(room)));
    let watched = since.watch.iter().map(|room| in_room(room)).collect();
    chat.hub.join(connection.id, topics.collect(), watched).await;
    let mut caught = catching_up::read(chat, actor, since, turn).await?;
    // What was read may be newer than what the hub knows; until it knows, it would refuse to tell of rooms just joined.
    chat.told().await?;
    caught.shorten_if(short);
    let Caught { g, reset, pieces, gaps, mut digests } = caught;
    let cursor = Cursor { epoch: chat.epoch.clone(), g, reset: false, ops: None, gaps: None, digests: None };
    let _held = chat.admission.keep(&pieces, &gaps)?;
    let lost = telling::tell(chat, connection, pieces, gaps, reset, g).await?;
    // Of a room that was lost on the way it does not hold what is proven.
    digests.iter_mut().for_each(|digests| digests.retain(|room, _| !lost.contains(&in_room(room))));
    let done = DoneEvent { epoch: cursor.epoch.clone(), g, digests };
    telling::say(chat, connection, "done", &done, Vec::new(), g).await?;
    chat.hub.release(connection.id, Above::All(g)).await;
    Ok(cursor)
}

/// What is asked of the store, and how long to wait for news.
fn understood(chat: &Chat, actor: &Actor, input: Hello) -> Result<(Since, Option<Duration>), Refusal> {
    let watch = check_watched(input.watch.unwrap_or_default())?;
    let known = input.epoch.as_deref() == Some(chat.epoch.as_str());
    let g = if known { input.g.map_or(0, |g| g.0) } else { 0 };
    let mut since = Since::new(&actor.user, g, watch, MOST_A_ROOM, TAIL);
    since.held = check_held(input.held)?.filter(|_| g > 0);
    since.blocks = check_blocks(input.blocks.unwrap_or_default())?;
    let wait = input.wait.map(|wait| wait.0).filter(|wait| *wait > 0);
    if wait.is_some_and(|wait| wait > LONGEST_WAIT) {
        return Err(Refusal::value("wait", format!("it is at most {LONGEST_WAIT} seconds")));
    }
    if wait.is_some() && actor.connection.is_some() {
        return Err(Refusal::value("wait", "a connection is told by itself"));
    }
    Ok((since, wait.map(Duration::from_secs)))
}

fn check_watched(rooms: Vec<String>) -> Result<Vec<String>, Refusal> {
    if rooms.len() > MOST_WATCHED {
        return Err(Refusal::TooLong { field: "rooms".into(), limit: MOST_WATCHED });
    }
    Ok(rooms)
}

fn check_held(held: Option<Held>) -> Result<Option<HashMap<String, u64>>, Refusal> {
    if held.as_ref().is_some_and(|held| held.len() > MOST_HELD) {
        return Err(Refusal::TooLong { field: "held".into(), limit: MOST_HELD });
    }
    Ok(held.map(|held| held.into_iter().map(|(room, have)| (room, have.0)).collect()))
}

fn check_blocks(blocks: BTreeMap<String, Vec<Position>>) -> Result<Vec<(String, u64)>, Refusal> {
    if blocks.values().map(Vec::len).sum::<usize>() > MOST_BLOCKS {
        return Err(Refusal::TooLong { field: "blocks".into(), limit: MOST_BLOCKS });
    }
    let blocks =
        blocks.into_iter().flat_map(|(room, blocks)| blocks.into_iter().map(move |block| (room.clone(), block.0)));
    Ok(blocks.collect())
}
