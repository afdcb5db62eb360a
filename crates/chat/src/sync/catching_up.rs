//! Reading what a client missed, as the pieces that it will be told.

use super::admission::Turn;
use super::shared::{Entry, Taken};
use super::short::shorten;
use super::{Digests, GapEvent};
use crate::caller::Actor;
use crate::events::Op;
use crate::messages::{self, Message};
use crate::{Chat, Refusal};
use bytes::Bytes;
use serde::Serialize;
use serde::ser::{Error, Serializer};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::sync::Arc;
use store::sync::{Digest, Missed, Since, Span};
use store::{Change, G, Row, Scope};

/// An op as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The room of which it tells, where nobody else may hear it.
    pub(super) room: Option<Arc<str>>,
    pub(super) json: Bytes,
}

impl Piece {
    fn of(change: Change) -> Self {
        let room = match (&change.scope, &change.row) {
            (Scope::Room(room), _) => Some(room.as_str().into()),
            (_, Row::Membership { member, .. } | Row::Read { member, .. }) => {
                member.role.is_some().then(|| member.room.as_str().into())
            }
            _ => None,
        };
        Self { room, json: Op::of(change, false).to_json().into() }
    }
}

impl Serialize for Piece {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_slice(&self.json).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// What a client missed, as it is told.
pub(super) struct Caught {
    pub(super) g: G,
    /// All of it, from the beginning.
    pub(super) reset: bool,
    pub(super) pieces: Vec<Piece>,
    pub(super) gaps: Vec<GapEvent>,
    pub(super) digests: Option<Digests>,
}

impl Caught {
    /// For a new device that can read them, short memberships.
    pub(super) fn shorten_if(&mut self, short: bool) {
        if short && self.reset {
            for piece in &mut self.pieces {
                if let Some(json) = shorten(&piece.json) {
                    piece.json = json.into();
                }
            }
        }
    }
}

/// What a single request missed.
pub(super) async fn catch_up(chat: &Chat, actor: &Actor, since: Since) -> Result<Caught, Refusal> {
    let turn = chat.admission.enter(since.g == 0).await?;
    read(chat, actor, since, turn).await
}

/// What a client missed everywhere.
pub(super) async fn read(chat: &Chat, actor: &Actor, mut since: Since, _turn: Turn) -> Result<Caught, Refusal> {
    let taken = Taken::new(chat.shared.clone());
    since.known = taken.known();
    let mut missed = chat.store.missed(since.clone()).await?;
    let newest = since.held.iter().flat_map(|held| held.values()).fold(since.g, |newest, have| newest.max(*have));
    if newest > missed.g {
        // The client has seen more than there is: the data is older than what it holds, from a copy.
        (since.g, since.held) = (0, None);
        missed = chat.store.missed(since.clone()).await?;
    }
    let asked = !since.blocks.is_empty();
    let reset = missed.reset;
    let digests = asked.then(|| shown(&missed.digests));
    let (g, first) = (missed.g, reset.then(|| actor.user.to_string()));
    let (pieces, gaps) = pieces(chat, missed, first, &taken).await?;
    Ok(Caught { g, reset, pieces, gaps, digests })
}

/// What a client missed in the rooms that it now watches.
pub(super) async fn read_in(chat: &Chat, mut since: Since) -> Result<Caught, Refusal> {
    let taken = Taken::new(chat.shared.clone());
    since.known = taken.known();
    let missed = chat.store.missed_in(since).await?;
    let g = missed.g;
    let (pieces, gaps) = pieces(chat, missed, None, &taken).await?;
    Ok(Caught { g, reset: false, pieces, gaps, digests: None })
}

async fn pieces(
    chat: &Chat,
    missed: Missed,
    first: Option<String>,
    taken: &Taken,
) -> Result<(Vec<Piece>, Vec<GapEvent>), Refusal> {
    let Missed { changes, gaps, mut spans, .. } = missed;
    let mut people: HashSet<String> = first.into_iter().collect();
    let told: HashSet<String> = changes.iter().filter_map(user_told).collect();
    people.extend(gaps.iter().flat_map(|gap| messages::people(&gap.tail)));
    let mut pieces = Vec::with_capacity(changes.len());
    let mut changes = changes.into_iter().enumerate().peekable();
    spans.reverse();
    while changes.peek().is_some() || !spans.is_empty() {
        let at = changes.peek().map_or(usize::MAX, |(at, _)| *at);
        match spans.pop_if(|span| span.changes.start <= at) {
            Some(span) if span.known => {
                let Some(entry) = taken.entry(&span) else { return Err(Refusal::internal("a known span is unknown")) };
                people.extend(entry.people.iter().cloned());
                pieces.extend(entry.pieces.iter().cloned());
            }
            Some(Span { room, from, to, changes: range, .. }) => {
                let mut entry = Entry::default();
                while let Some((_, change)) = changes.next_if(|(at, _)| *at < range.end) {
                    entry.people.extend(named(&change));
                    entry.pieces.push(Piece::of(change));
                }
                people.extend(entry.people.iter().cloned());
                pieces.extend(entry.pieces.iter().cloned());
                chat.shared.put(&room, from, to, entry);
            }
            None => {
                if let Some((_, change)) = changes.next() {
                    people.extend(named(&change));
                    pieces.push(Piece::of(change));
                }
            }
        }
    }
    let ids: Vec<_> = people.difference(&told).cloned().collect();
    let users = chat.store.users(&ids).await?;
    let users = users.into_iter().map(|row| Change { g: row.gv, p: 0, scope: Scope::Everybody, row: Row::User(row) });
    let pieces = users.map(Piece::of).chain(pieces).collect();
    let gaps = gaps.into_iter().map(|gap| GapEvent {
        room: gap.room,
        from: gap.from,
        to: gap.to,
        tail: gap.tail.into_iter().map(Message::from).collect(),
    });
    Ok((pieces, gaps.collect()))
}

fn user_told(change: &Change) -> Option<String> {
    match &change.row {
        Row::User(row) => Some(row.id.clone()),
        _ => None,
    }
}

/// The people whom a change names: they are told first, so that a client can show each row as it comes.
fn named(change: &Change) -> Vec<String> {
    match &change.row {
        Row::Message(row) => messages::people(std::slice::from_ref(row)).collect(),
        Row::Member(row) => vec![row.user.clone()],
        Row::Membership { room, .. } => room.users.clone(),
        _ => Vec::new(),
    }
}

/// Digests as they are told.
pub(super) fn shown(found: &[Digest]) -> Digests {
    let mut digests = Digests::new();
    for Digest { room, block, digest } in found {
        digests.entry(room.clone()).or_default().insert(*block, format!("{digest:016x}"));
    }
    digests
}
