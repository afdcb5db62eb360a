//! Catch-up on SQLite: one snapshot, the user's own rows, users, and then room by room.

use super::{Gap, MOST_BYTES, Missed, Since, Sync, lighten, weight};
use crate::accounts::sqlite::user_row;
use crate::drafts::sqlite as drafts;
use crate::members::MemberRow;
use crate::members::sqlite::{COLUMNS as MEMBER_COLUMNS, full_member_row, member_row};
use crate::messages::MessageRow;
use crate::messages::sqlite::{message_row, tail};
use crate::rooms::RoomRow;
use crate::rooms::sqlite::{COLUMNS as ROOM_COLUMNS, room_row};
use crate::saved::sqlite as saved;
use crate::sqlite::statements::{
    may_see, member_columns, message_columns, room_columns, statements, unread_columns, user_columns,
};
use crate::sqlite::{Failure, Sqlite};
use crate::{Change, Error, G, Row, Scope};
use async_trait::async_trait;
use rusqlite::Connection;

statements! {
    EPOCH = "SELECT epoch FROM instance WHERE one = 1";
    NEWEST = "SELECT g, floor FROM instance WHERE one = 1";
    PLACES = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), ", m.place_g
        FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.user = ?1 AND (m.role IS NOT NULL OR m.own_gv > ?2)");
    HIDDEN = "SELECT room, seq, gv FROM hidden WHERE user = ?1 AND gv > ?2 ORDER BY gv";
    ENDED = "SELECT id, gv FROM sessions WHERE user = ?1 AND gv > ?2 AND ended IS NOT NULL ORDER BY gv";
    USERS = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.gv > ?1 ORDER BY u.gv");
    MEMBERS = concat!("SELECT ", member_columns!(), " FROM members m WHERE m.room = ?1 AND m.gv > ?2 ORDER BY m.gv");
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
    /// Came to be in the room, or went, after the cursor.
    fn is_news(&self, since: G) -> bool {
        self.place_g > since
    }
}

fn missed(db: &Connection, since: &Since) -> Result<Missed, Failure> {
    let (g, floor): (G, G) = db.prepare_cached(NEWEST)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // Of what is gone since an older cursor some is no longer known.
    let since = &Since { g: if since.g < floor { 0 } else { since.g }, ..since.clone() };
    let mut places = places(db, &since.user, since.g)?;
    if since.g == 0 {
        // A new device has nothing to forget.
        places.retain(|place| place.member.role.is_some());
    }
    let watched = |place: &Place| since.watch.contains(&place.room.id);
    places.sort_by_cached_key(|place| (!watched(place), place.room.id.clone()));

    let mut missed = Missed { g, reset: since.g == 0, changes: own(db, since, &places)?, gaps: Vec::new() };
    if since.g > 0 {
        users(db, since.g, &mut missed.changes)?;
    }
    let mut budget = MOST_BYTES;
    for place in places.iter().filter(|place| place.member.role.is_some()) {
        if !place.is_news(since.g) {
            if place.room.g > since.g {
                room(db, since, &place.room, &mut budget, &mut missed)?;
            }
            let newest = place.member.own_gv.max(place.room.g);
            if newest > since.g {
                // Last, since its counts are of now: whatever a client made of the messages before, this is right.
                let row = Row::Read { member: place.member.clone(), head: place.room.head, count: place.room.count };
                missed.changes.push(Change { g: newest, p: 0, scope: Scope::User(since.user.clone()), row });
            }
        } else if watched(place) {
            let newest = lighten(tail(db, &place.room.id, &since.user, since.tail)?, &mut budget);
            missed.changes.extend(newest.into_iter().map(message_change));
        }
    }
    Ok(missed)
}

fn places(db: &Connection, user: &str, since: G) -> Result<Vec<Place>, Failure> {
    let mut statement = db.prepare_cached(PLACES)?;
    let rows = statement.query_map((user, since), |row| {
        let member = full_member_row(row, ROOM_COLUMNS)?;
        Ok(Place { room: room_row(row, 0)?, member, place_g: row.get(ROOM_COLUMNS + MEMBER_COLUMNS + 2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The user's own rows that changed, in order of `g`.
fn own(db: &Connection, since: &Since, places: &[Place]) -> Result<Vec<Change>, Failure> {
    let user = &since.user;
    let change = |g: G, row: Row| Change { g, p: 0, scope: Scope::User(user.clone()), row };
    let mut changes = Vec::new();
    for place in places.iter().filter(|place| place.is_news(since.g)) {
        let (member, room) = (place.member.clone(), place.room.clone());
        changes.push(change(place.member.own_gv, Row::Membership { member, room }));
    }
    if since.g > 0 {
        let mut statement = db.prepare_cached(HIDDEN)?;
        let rows = statement.query_map((user, since.g), |row| {
            let (room, seq, gv) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(change(gv, Row::Hidden { user: user.clone(), room, seq, gv }))
        })?;
        for row in rows {
            changes.push(row?);
        }
        let mut statement = db.prepare_cached(ENDED)?;
        let rows = statement.query_map((user, since.g), |row| {
            Ok(change(row.get(1)?, Row::SessionEnded { user: user.clone(), session: row.get(0)? }))
        })?;
        for row in rows {
            changes.push(row?);
        }
    }
    saved::changed(db, user, since.g, &mut changes)?;
    drafts::changed(db, user, since.g, &mut changes)?;
    changes.sort_by_key(|change| change.g);
    Ok(changes)
}

fn users(db: &Connection, since: G, changes: &mut Vec<Change>) -> Result<(), Failure> {
    let mut statement = db.prepare_cached(USERS)?;
    for user in statement.query_map([since], |row| user_row(row, 0))? {
        let user = user?;
        changes.push(Change { g: user.gv, p: 0, scope: Scope::Everybody, row: Row::User(user) });
    }
    Ok(())
}

/// What changed in a room that the user was in all the time, in order of `g`; many messages become a gap.
fn room(
    db: &Connection,
    since: &Since,
    room: &RoomRow,
    budget: &mut usize,
    missed: &mut Missed,
) -> Result<(), Failure> {
    let in_room = |g: G, row: Row| Change { g, p: 0, scope: Scope::Room(room.id.clone()), row };
    let mut changes = Vec::new();
    // Always, and first: what is hidden for the user moves its head all the same, and who came and went its count.
    missed.changes.push(in_room(room.g, Row::Room(room.clone())));
    let mut statement = db.prepare_cached(MEMBERS)?;
    for member in statement.query_map((&room.id, since.g), |row| member_row(row, 0))? {
        let member = member?;
        changes.push(in_room(member.gv, Row::Member(member)));
    }
    let mut statement = db.prepare_cached(MESSAGES)?;
    let most = since.most_a_room.saturating_add(1).min(i64::MAX as usize);
    let mut messages = Vec::new();
    let mut left = *budget;
    let mut fits = true;
    for message in statement.query_map((&room.id, &since.user, since.g, most), message_row)? {
        let message = message?;
        let rest = left.checked_sub(weight(&message)).filter(|_| messages.len() < since.most_a_room);
        fits = rest.is_some();
        if !fits {
            break;
        }
        left = rest.unwrap_or(0);
        messages.push(message);
    }
    if !fits {
        let tail = lighten(tail(db, &room.id, &since.user, since.tail)?, budget);
        missed.gaps.push(Gap { room: room.id.clone(), from: since.g, to: missed.g, tail });
    } else {
        *budget = left;
        changes.extend(messages.into_iter().map(message_change));
    }
    changes.sort_by_key(|change| change.g);
    missed.changes.append(&mut changes);
    Ok(())
}

fn message_change(message: MessageRow) -> Change {
    Change { g: message.gv, p: 0, scope: Scope::Room(message.room.clone()), row: Row::Message(message) }
}

#[async_trait]
impl Sync for Sqlite {
    async fn epoch(&self) -> Result<String, Error> {
        self.readers.ask(|db| Ok(db.prepare_cached(EPOCH)?.query_row([], |row| row.get(0))?)).await
    }

    async fn missed(&self, since: Since) -> Result<Missed, Error> {
        self.readers
            .ask(move |db| {
                let snapshot = db.transaction()?;
                missed(&snapshot, &since)
            })
            .await
    }
}
