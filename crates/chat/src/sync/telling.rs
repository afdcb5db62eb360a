//! Telling a connection what it missed: in chunks, each when the one before has left, and nothing of a room that its user
//! has lost meanwhile.

use super::GapEvent;
use super::catching_up::Piece;
use crate::caller::Connection;
use crate::events::in_room;
use crate::{Chat, Event, Refusal};
use hub::{Said, Topic};
use serde::Serialize;
use std::collections::HashSet;
use store::G;

/// A chunk's bytes, at most, unless a single op is larger.
const CHUNK: usize = 64 * 1024;

/// Sends the pieces as chunks, and then the gaps, as they were read at `as_of`. Answers of which rooms not all was said, since
/// they were lost.
pub(super) async fn tell(
    chat: &Chat,
    connection: &Connection,
    pieces: Vec<Piece>,
    gaps: Vec<GapEvent>,
    mut reset: bool,
    as_of: G,
) -> Result<HashSet<Topic>, Refusal> {
    let mut lost = HashSet::new();
    let mut chunk: Vec<Piece> = Vec::new();
    let mut size = 0;
    for piece in pieces {
        if !chunk.is_empty() && size + piece.json.len() > CHUNK {
            lost.extend(
                say_chunk(chat, connection, std::mem::take(&mut chunk), std::mem::take(&mut reset), as_of).await?,
            );
            size = 0;
        }
        size += piece.json.len() + 1;
        chunk.push(piece);
    }
    if reset || !chunk.is_empty() {
        lost.extend(say_chunk(chat, connection, chunk, reset, as_of).await?);
    }
    for gap in gaps {
        let topic = in_room(&gap.room);
        if !say(chat, connection, "gap", &gap, vec![topic.clone()], as_of).await? {
            lost.insert(topic);
        }
    }
    Ok(lost)
}

/// Says something, if the connection still has what it needs for it; answers whether it had.
pub(super) async fn say(
    chat: &Chat,
    connection: &Connection,
    name: &'static str,
    value: &impl Serialize,
    needs: Vec<Topic>,
    as_of: G,
) -> Result<bool, Refusal> {
    let body = serde_json::to_vec(value).map_err(Refusal::internal)?;
    said(chat, connection, Event::new(name, body, None), needs, as_of).await.map(|cut| cut.is_empty())
}

/// Answers for want of which topics some of it was not said.
async fn say_chunk(
    chat: &Chat,
    connection: &Connection,
    mut pieces: Vec<Piece>,
    reset: bool,
    as_of: G,
) -> Result<Vec<Topic>, Refusal> {
    let mut lost = Vec::new();
    loop {
        let rooms: HashSet<&str> = pieces.iter().filter_map(|piece| piece.room.as_deref()).collect();
        let needs = rooms.into_iter().map(in_room).collect();
        let cut = said(chat, connection, Event::new("chunk", body(&pieces, reset), None), needs, as_of).await?;
        if cut.is_empty() {
            return Ok(lost);
        }
        // Read before the user lost these rooms: of them it is told no more than that.
        pieces.retain(|piece| piece.room.as_deref().is_none_or(|room| !cut.contains(&in_room(room))));
        lost.extend(cut);
    }
}

fn body(pieces: &[Piece], reset: bool) -> Vec<u8> {
    let mut body = b"{\"ops\":[".to_vec();
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&piece.json);
    }
    body.push(b']');
    if reset {
        body.extend_from_slice(b",\"reset\":true");
    }
    body.push(b'}');
    body
}

/// Waits until the connection has taken what it was sent before and this, so that a slow reader bounds what is queued for
/// it. Answers the topics for want of which it was not said.
async fn said(
    chat: &Chat,
    connection: &Connection,
    event: Event,
    needs: Vec<Topic>,
    as_of: G,
) -> Result<Vec<Topic>, Refusal> {
    connection.outlet.drained().await;
    match chat.hub.say(connection.id, event, needs, as_of).await {
        Said::Taken => {
            connection.outlet.drained().await;
            Ok(Vec::new())
        }
        Said::Cut(cut) => Ok(cut),
        // Something else came between, or nobody is there any more: without `done` the client asks again.
        Said::Gone => Err(Refusal::Unavailable),
    }
}
