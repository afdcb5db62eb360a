//! Catch-up: one snapshot, the user's own rows, users, and then room by room.

use super::blocks::{bounds, digest};
use super::{Block, Digest, Gap, MOST_BYTES, Missed, Since, Span, Sync, lighten, weight};
use crate::accounts::sql::user_row;
use crate::drafts::sql as drafts;
use crate::engine::Engine;
use crate::members::MemberRow;
use crate::members::sql::{COLUMNS as MEMBER_COLUMNS, full_member_row, member_row};
use crate::messages::MessageRow;
use crate::messages::sql::{message_row, tail};
use crate::rooms::RoomRow;
use crate::rooms::sql::{COLUMNS as ROOM_COLUMNS, room_row};
use crate::saved::sql as saved;
use crate::settings::sql as settings;
use crate::sql::statements::{
    may_see, member_columns, message_columns, room_columns, statements, unread_columns, user_columns,
};
use crate::sql::{Columns, Failure, Session};
use crate::{Change, Error, G, RoomId, Row, Scope};
use async_trait::async_trait;
use std::collections::HashSet;

statements! {
    EPOCH = "SELECT epoch FROM instance WHERE one = 1";
    NEWEST = "SELECT g FROM instance WHERE one = 1";
    FLOOR = "SELECT floor FROM instance WHERE one = 1";
    PLACES = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), ", m.place_g
        FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.user = ?1 AND (m.role IS NOT NULL AND r.g > ?2 OR m.own_gv > ?2)");
    PLACE_IN = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), ", m.place_g
        FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.room = ?1 AND m.user = ?2 AND m.role IS NOT NULL AND r.deleted = 0");
    HIDES = "SELECT 1 FROM hidden WHERE user = ?1 AND room = ?2 LIMIT 1";
    HIDDEN = "SELECT room, seq, gv FROM hidden WHERE user = ?1 AND gv > ?2 ORDER BY gv";
    ENDED = "SELECT id, gv FROM sessions WHERE user = ?1 AND gv > ?2 AND ended IS NOT NULL ORDER BY gv";
    USERS = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.gv > ?1 ORDER BY u.gv");
    MEMBERS = concat!("SELECT ", member_columns!(), " FROM members m WHERE m.room = ?1 AND m.gv > ?2 ORDER BY m.gv");
    BLOCK = concat!("SELECT ", message_columns!(), " FROM messages a
        WHERE a.room = ?1 AND a.seq >= ?3 AND a.seq <= ?4 AND ", may_see!(), "
        ORDER BY a.seq");
    MESSAGES = concat!("SELECT ", message_columns!(), " FROM messages a
        WHERE a.room = ?1 AND a.gv > ?3 AND ", may_see!(), "
        ORDER BY a.gv LIMIT ?4");
}

/// A room that the user is in, or was in when the cursor was taken.
struct Place {
    room: RoomRow,
    member: MemberRow,
    /// When the user's chain last told of coming or going.
    place_g: G,
}

impl Place {
    /// Came to be in the room, or went, after the cursor, and the client does not hold it since then.
    fn is_news(&self, since: &Since) -> bool {
        let held = since.held.as_ref().and_then(|held| held.get(&self.room.id));
        self.place_g > since.g && !held.is_some_and(|have| self.member.role.is_some() && *have >= self.member.gv)
    }
}

/// What is told of a room that the user was in all the time.
enum Told {
    /// Its changes after this commit number.
    Changes(G),
    /// The newest messages, as a gap.
    Tail,
    /// The room itself.
    Head,
}

fn missed(db: &Session<'_>, since: &Since) -> Result<Missed, Failure> {
    let (mut budget, floor) = (MOST_BYTES, floor(db)?);
    // Of what is gone since an older cursor some is no longer known.
    let mut since = since.clone();
    if since.g < floor {
        (since.g, since.held) = (0, None);
    }
    let since = &since;
    let mut places = changed_places(db, since)?;
    if since.g == 0 {
        // A new device has nothing to forget.
        places.retain(|place| place.member.role.is_some());
    }
    let watched = |place: &Place| since.watch.contains(&place.room.id);
    let only_head = |place: &Place| since.held.as_ref().is_some_and(|held| !held.contains_key(&place.room.id));
    places.sort_by_cached_key(|place| (!watched(place), !only_head(place), place.room.id.clone()));

    let changes = own(db, since, &places)?;
    let mut missed = Missed { reset: since.g == 0, ..begin(db, changes)? };
    if since.g > 0 {
        users(db, since.g, &mut missed.changes)?;
    }
    for place in places.iter().filter(|place| place.member.role.is_some()) {
        if !place.is_news(since) {
            let told = match &since.held {
                None => Told::Changes(since.g),
                Some(held) => match (held.get(&place.room.id), watched(place)) {
                    (Some(0) | None, true) => Told::Tail,
                    (Some(have), _) if *have > 0 && *have < floor => Told::Tail,
                    (Some(0) | None, false) => Told::Head,
                    (Some(have), _) => Told::Changes(*have),
                },
            };
            in_place(db, since, place, &told, &mut budget, &mut missed)?;
        } else if watched(place) {
            let newest = lighten(tail(db, &place.room.id, &since.user, since.tail)?, &mut budget);
            missed.changes.extend(newest.into_iter().map(message_change));
        }
    }
    digests(db, since, &mut missed)?;
    Ok(missed)
}

fn missed_in(db: &Session<'_>, since: &Since) -> Result<Missed, Failure> {
    let mut missed = begin(db, Vec::new())?;
    let (mut budget, floor) = (MOST_BYTES, floor(db)?);
    for (room, have) in since.held.iter().flatten() {
        let Some(place) = place_in(db, room, &since.user)? else { continue };
        let told = if *have == 0 || *have < floor { Told::Tail } else { Told::Changes(*have) };
        in_place(db, since, &place, &told, &mut budget, &mut missed)?;
    }
    Ok(missed)
}

fn begin(db: &Session<'_>, changes: Vec<Change>) -> Result<Missed, Failure> {
    let g = newest(db)?;
    Ok(Missed { g, reset: false, changes, gaps: Vec::new(), spans: Vec::new(), digests: Vec::new() })
}

/// The newest commit number.
pub(crate) fn newest(db: &Session<'_>) -> Result<G, Failure> {
    db.one(NEWEST, (), |row| row.get(0))
}

/// Below it tombstones may have been swept away: what was held up to there starts over.
fn floor(db: &Session<'_>) -> Result<G, Failure> {
    db.one(FLOOR, (), |row| row.get(0))
}

/// Tells of a room that the user was in all the time.
fn in_place(
    db: &Session<'_>,
    since: &Since,
    place: &Place,
    told: &Told,
    budget: &mut usize,
    missed: &mut Missed,
) -> Result<(), Failure> {
    let (room, g) = (&place.room, place.member.own_gv.max(place.room.g));
    let have = match told {
        Told::Changes(have) => *have,
        Told::Tail => 0,
        Told::Head => since.g,
    };
    if room.g > have {
        match told {
            Told::Changes(_) => changes_in(db, since, place, have, budget, missed)?,
            Told::Tail => {
                missed.changes.push(room_change(room));
                let tail = lighten(tail(db, &room.id, &since.user, since.tail)?, budget);
                missed.gaps.push(Gap { room: room.id.clone(), from: 0, to: missed.g, tail });
            }
            Told::Head => missed.changes.push(room_change(room)),
        }
    }
    if g > since.g.min(have) || room.g > have {
        // Last, since its counts are of now: whatever a client made of the messages before, this is right.
        let row = Row::Read { member: place.member.clone(), head: room.head, count: room.count };
        missed.changes.push(Change { g, p: 0, scope: Scope::User(since.user.clone()), row });
    }
    Ok(())
}

/// The rooms in which anything changed since the cursor, and those of which the client holds less than that.
fn changed_places(db: &Session<'_>, since: &Since) -> Result<Vec<Place>, Failure> {
    let mut places = places(db, &since.user, since.g)?;
    let there: HashSet<RoomId> = places.iter().map(|place| place.room.id.clone()).collect();
    let watched = since.watch.iter().filter(|_| since.held.is_some()).map(|room| (room, 0));
    let held = since.held.iter().flatten().map(|(room, have)| (room, *have));
    let lacking: HashSet<&RoomId> = watched
        .filter(|(room, _)| !since.held.as_ref().is_some_and(|held| held.contains_key(*room)))
        .chain(held)
        .filter(|(room, have)| *have < since.g && !there.contains(*room))
        .map(|(room, _)| room)
        .collect();
    for room in lacking {
        places.extend(place_in(db, room, &since.user)?);
    }
    Ok(places)
}

fn places(db: &Session<'_>, user: &str, since: G) -> Result<Vec<Place>, Failure> {
    db.all(PLACES, (user, since), place_row)
}

fn place_in(db: &Session<'_>, room: &str, user: &str) -> Result<Option<Place>, Failure> {
    db.first(PLACE_IN, (room, user), place_row)
}

fn place_row(row: &Columns<'_>) -> Result<Place, Failure> {
    let member = full_member_row(row, ROOM_COLUMNS)?;
    Ok(Place { room: room_row(row, 0)?, member, place_g: row.get(ROOM_COLUMNS + MEMBER_COLUMNS + 2)? })
}

/// The user's own rows that changed, in order of `g`.
fn own(db: &Session<'_>, since: &Since, places: &[Place]) -> Result<Vec<Change>, Failure> {
    let user = &since.user;
    let change = |g: G, row: Row| Change { g, p: 0, scope: Scope::User(user.clone()), row };
    let mut changes = Vec::new();
    for place in places.iter().filter(|place| place.is_news(since)) {
        let (member, room) = (place.member.clone(), place.room.clone());
        changes.push(change(place.member.own_gv, Row::Membership { member, room }));
    }
    if since.g > 0 {
        db.each(HIDDEN, (user, since.g), |row| {
            let (room, seq, gv) = (row.get(0)?, row.get(1)?, row.get(2)?);
            changes.push(change(gv, Row::Hidden { user: user.clone(), room, seq, gv }));
            Ok(true)
        })?;
        db.each(ENDED, (user, since.g), |row| {
            changes.push(change(row.get(1)?, Row::SessionEnded { user: user.clone(), session: row.get(0)? }));
            Ok(true)
        })?;
    }
    saved::changed(db, user, since.g, &mut changes)?;
    drafts::changed(db, user, since.g, &mut changes)?;
    settings::changed(db, user, since.g, &mut changes)?;
    changes.sort_by_key(|change| change.g);
    Ok(changes)
}

fn users(db: &Session<'_>, since: G, changes: &mut Vec<Change>) -> Result<(), Failure> {
    db.each(USERS, [since], |row| {
        let user = user_row(row, 0)?;
        changes.push(Change { g: user.gv, p: 0, scope: Scope::Everybody, row: Row::User(user) });
        Ok(true)
    })
}

/// What changed in a room after `have`, in order of `g`; many messages become a gap.
fn changes_in(
    db: &Session<'_>,
    since: &Since,
    place: &Place,
    have: G,
    budget: &mut usize,
    missed: &mut Missed,
) -> Result<(), Failure> {
    let room = &place.room;
    let whole = place.member.from <= 1 && !db.exists(HIDES, (&since.user, &room.id))?;
    let start = missed.changes.len();
    let span = |changes, known| Span { room: room.id.clone(), from: have, to: room.g, changes, known };
    if whole && (since.known)(&room.id, have, room.g) {
        missed.spans.push(span(start..start, true));
        return Ok(());
    }
    // Always, and first: what is hidden for the user moves its head all the same, and who came and went its count.
    missed.changes.push(room_change(room));
    let mut changes = db.all(MEMBERS, (&room.id, have), |row| {
        let member = member_row(row, 0)?;
        Ok(Change { g: member.gv, p: 0, scope: Scope::Room(room.id.clone()), row: Row::Member(member) })
    })?;
    let most = since.most_a_room.saturating_add(1).min(i64::MAX as usize);
    let mut messages = Vec::new();
    let mut left = *budget;
    let mut fits = true;
    db.each(MESSAGES, (&room.id, &since.user, have, most), |row| {
        let message = message_row(row)?;
        let rest = left.checked_sub(weight(&message)).filter(|_| messages.len() < since.most_a_room);
        fits = rest.is_some();
        left = rest.unwrap_or(left);
        messages.push(message);
        Ok(fits)
    })?;
    if fits {
        *budget = left;
        changes.extend(messages.into_iter().map(message_change));
    } else {
        let tail = lighten(tail(db, &room.id, &since.user, since.tail)?, budget);
        missed.gaps.push(Gap { room: room.id.clone(), from: have, to: missed.g, tail });
    }
    changes.sort_by_key(|change| change.g);
    missed.changes.append(&mut changes);
    if whole && fits {
        missed.spans.push(span(start..missed.changes.len(), false));
    }
    Ok(())
}

fn room_change(room: &RoomRow) -> Change {
    Change { g: room.g, p: 0, scope: Scope::Room(room.id.clone()), row: Row::Room(room.clone()) }
}

fn message_change(message: MessageRow) -> Change {
    Change { g: message.gv, p: 0, scope: Scope::Room(message.room.clone()), row: Row::Message(message) }
}

fn digests(db: &Session<'_>, since: &Since, missed: &mut Missed) -> Result<(), Failure> {
    for (room, block) in &since.blocks {
        if place_in(db, room, &since.user)?.is_some() {
            let (room, block) = (room.clone(), *block);
            let digest = digest(messages_in(db, &room, block, &since.user)?.iter().map(|row| (row.seq, row.gv)));
            missed.digests.push(Digest { room, block, digest });
        }
    }
    Ok(())
}

fn messages_in(db: &Session<'_>, room: &str, block: u64, user: &str) -> Result<Vec<MessageRow>, Failure> {
    let (first, last) = bounds(block);
    db.all(BLOCK, (room, user, first, last), message_row)
}

fn differing(db: &Session<'_>, user: &str, held: &[Digest]) -> Result<(Vec<Block>, bool), Failure> {
    let mut found: Vec<Block> = Vec::new();
    let mut budget = MOST_BYTES;
    for theirs in held {
        if place_in(db, &theirs.room, user)?.is_none() {
            continue;
        }
        let messages = messages_in(db, &theirs.room, theirs.block, user)?;
        let ours = digest(messages.iter().map(|row| (row.seq, row.gv)));
        if ours == theirs.digest {
            continue;
        }
        let bytes: usize = messages.iter().map(weight).sum();
        if bytes > budget && !found.is_empty() {
            return Ok((found, true));
        }
        budget = budget.saturating_sub(bytes);
        found.push(Block { digest: Digest { digest: ours, ..theirs.clone() }, messages });
    }
    Ok((found, false))
}

#[async_trait]
impl Sync for Engine {
    async fn epoch(&self) -> Result<String, Error> {
        self.readers.ask(|db| db.one(EPOCH, (), |row| row.get(0))).await
    }

    async fn missed(&self, since: Since) -> Result<Missed, Error> {
        self.readers.ask_at_once(move |db| missed(db, &since)).await
    }

    async fn missed_in(&self, since: Since) -> Result<Missed, Error> {
        self.readers.ask_at_once(move |db| missed_in(db, &since)).await
    }

    async fn differing(&self, user: &str, held: Vec<Digest>) -> Result<(Vec<Block>, bool), Error> {
        let user = user.to_owned();
        self.readers.ask_at_once(move |db| differing(db, &user, &held)).await
    }
}
