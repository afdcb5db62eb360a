//! Tombstones: what is gone is known for so many days; then its rows go, a few in each group, and whoever was away for
//! longer starts over.

use super::Group;
use crate::sql::statements::statements;
use crate::sql::{Columns, Failure};
use crate::{G, Millis};

statements! {
    NOTE = "INSERT INTO days (day, g) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    OLD_ENOUGH = "SELECT day, g FROM days WHERE day < ?1 ORDER BY day DESC LIMIT 1";
    FORGET_DAYS = "DELETE FROM days WHERE day < ?1";
    RAISE_FLOOR = "UPDATE instance SET floor = max(floor, ?1) WHERE one = 1",
        postgres "UPDATE instance SET floor = greatest(floor, ?1) WHERE one = 1";
    MEMBERS = "DELETE FROM members WHERE (room, user) IN
        (SELECT m.room, m.user FROM members m WHERE m.role IS NULL AND m.place_g <= ?1 ORDER BY m.place_g LIMIT ?2)";
    SESSIONS = "DELETE FROM sessions WHERE id IN
        (SELECT s.id FROM sessions s INDEXED BY sessions_gone WHERE s.ended IS NOT NULL AND s.gv <= ?1 LIMIT ?2)";
    SAVED = "DELETE FROM saved WHERE (user, room, seq) IN
        (SELECT s.user, s.room, s.seq FROM saved s WHERE s.gone = 1 AND s.gv <= ?1 LIMIT ?2)";
    DRAFTS = "DELETE FROM drafts WHERE (user, room) IN
        (SELECT d.user, d.room FROM drafts d WHERE d.text = '' AND d.gv <= ?1 LIMIT ?2)";
    ROOM = "SELECT id FROM rooms WHERE deleted = 1 AND gv <= ?1 ORDER BY gv LIMIT 1";
    ROOMS_MESSAGES = "SELECT seq, mentions FROM messages WHERE room = ?1 ORDER BY seq LIMIT ?2";
    MENTION = "DELETE FROM mentions WHERE user = ?1 AND room = ?2 AND seq = ?3";
    MESSAGES_TO = "DELETE FROM messages WHERE room = ?1 AND seq <= ?2";
    REVISIONS_TO = "DELETE FROM revisions WHERE room = ?1 AND seq <= ?2";
    REACTIONS_TO = "DELETE FROM reactions WHERE room = ?1 AND seq <= ?2";
    EVERYBODY_TO = "DELETE FROM everybody WHERE room = ?1 AND seq <= ?2";
    ROOMS_DELETIONS = "DELETE FROM deletions WHERE room = ?1";
    ROOMS_HIDDEN = "DELETE FROM hidden WHERE (user, room, seq) IN
        (SELECT h.user, h.room, h.seq FROM hidden h WHERE h.room = ?1 LIMIT ?2)";
    ROOMS_SAVED = "DELETE FROM saved WHERE (user, room, seq) IN
        (SELECT s.user, s.room, s.seq FROM saved s WHERE s.room = ?1 LIMIT ?2)";
    ROOMS_DRAFTS = "DELETE FROM drafts WHERE (user, room) IN
        (SELECT d.user, d.room FROM drafts d WHERE d.room = ?1 LIMIT ?2)";
    ROOMS_LINES = "DELETE FROM imported WHERE (room, digest) IN
        (SELECT i.room, i.digest FROM imported i WHERE i.room = ?1 LIMIT ?2)";
    ROOMS_MEMBERS = "DELETE FROM members WHERE (room, user) IN
        (SELECT m.room, m.user FROM members m WHERE m.room = ?1 LIMIT ?2)";
    FORGET_ROOM = "DELETE FROM rooms WHERE id = ?1";
}

const DAY: Millis = 24 * 60 * 60 * 1000;
/// About so many rows are deleted in one group.
const BITE: usize = 200;

/// Forgets what has been gone for long.
pub(crate) struct Tombstones {
    /// For so many days it is known what is gone.
    keep: i64,
    /// The last day that was noted.
    noted: Option<i64>,
    /// What went up to here is to be forgotten now.
    due: Option<G>,
}

impl Tombstones {
    pub(crate) fn new(keep_days: u32) -> Tombstones {
        Tombstones { keep: i64::from(keep_days.max(1)), noted: None, due: None }
    }

    /// Called in each group with the newest time in it: notes each day's number, and takes a bite of what is due.
    pub(crate) fn after(&mut self, group: &Group<'_, '_>, now: Millis) -> Result<(), Failure> {
        let day = now.div_euclid(DAY);
        if self.noted.is_none_or(|noted| day > noted) {
            group.run(NOTE, (day, group.last_g()))?;
            let read = |row: &Columns<'_>| Ok((row.get::<i64>(0)?, row.get(1)?));
            let old = group.first(OLD_ENOUGH, [day - self.keep], read)?;
            if let Some((day, g)) = old {
                group.run(FORGET_DAYS, [day])?;
                self.due = Some(g);
            }
            self.noted = Some(day);
        }
        if let Some(g) = self.due {
            let deleted = bite(group, g)?;
            if deleted > 0 {
                group.run(RAISE_FLOOR, [g])?;
            } else {
                self.due = None;
            }
        }
        Ok(())
    }
}

/// Deletes some of what went up to `g`; answers how many rows. Rooms go first, while it is known who was in them.
fn bite(group: &Group<'_, '_>, g: G) -> Result<usize, Failure> {
    let room: Option<String> = group.first(ROOM, [g], |row| row.get(0))?;
    if let Some(room) = room {
        return room_bite(group, &room);
    }
    for statement in [MEMBERS, SESSIONS, SAVED, DRAFTS] {
        let deleted = group.execute(statement, (g, BITE))?;
        if deleted > 0 {
            return Ok(deleted);
        }
    }
    Ok(0)
}

/// Deletes some of what a deleted room holds, and last the room.
fn room_bite(group: &Group<'_, '_>, room: &str) -> Result<usize, Failure> {
    let read = |row: &Columns<'_>| Ok((row.get(0)?, row.get(1)?));
    let messages: Vec<(u64, String)> = group.all(ROOMS_MESSAGES, (room, BITE), read)?;
    if let Some((last, _)) = messages.last() {
        for (seq, mentions) in &messages {
            for user in mentions.split_ascii_whitespace() {
                group.run(MENTION, (user, room, seq))?;
            }
        }
        for statement in [REVISIONS_TO, REACTIONS_TO, EVERYBODY_TO, MESSAGES_TO] {
            group.run(statement, (room, last))?;
        }
        return Ok(messages.len());
    }
    for statement in [ROOMS_HIDDEN, ROOMS_SAVED, ROOMS_DRAFTS, ROOMS_LINES, ROOMS_MEMBERS] {
        let deleted = group.execute(statement, (room, BITE))?;
        if deleted > 0 {
            return Ok(deleted);
        }
    }
    group.run(ROOMS_DELETIONS, [room])?;
    group.execute(FORGET_ROOM, [room])
}
