//! A group: writes that share one transaction, the commit numbers they take and the changes to tell afterwards.

use crate::commit::{CommitSink, Committed, Concern, RoomNow, Tell};
use crate::outbox::{self, Outgoing};
use crate::rooms::{RoomKind, RoomRow};
use crate::sql::statements::statements;
use crate::sql::{Columns, Failure, Session};
use crate::{Change, G, Millis, Refused, RoomId, Row, Scope, Seq, UserId};
use std::collections::HashMap;
use std::ops::Deref;

statements! {
    BEGIN = "BEGIN IMMEDIATE", postgres "BEGIN ISOLATION LEVEL READ COMMITTED";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";
    SAVE = "SAVEPOINT one";
    RETURN = "ROLLBACK TO one";
    RELEASE = "RELEASE one";
    /// Whoever holds this row is the one who writes, until the end of the transaction.
    READ_NUMBERS = "SELECT g, everybody_g FROM instance WHERE one = 1",
        postgres "SELECT g, everybody_g FROM instance WHERE one = 1 FOR UPDATE";
    KEEP_NUMBERS = "UPDATE instance SET g = ?1, everybody_g = ?2 WHERE one = 1";
    USER_CHAIN = "SELECT chain_g FROM users WHERE id = ?1";
    KEEP_USER_CHAIN = "UPDATE users SET chain_g = ?2 WHERE id = ?1";
    READ_HEAD = "SELECT head, count, g, kind, head_time FROM rooms WHERE id = ?1 AND deleted = 0";
    ROOM_NOW = "SELECT kind, g, head, count, head_time FROM rooms WHERE id = ?1";
    KEEP_HEAD = "UPDATE rooms SET head = ?2, count = ?3, head_time = ?4, g = ?5 WHERE id = ?1";
}

/// The numbers of the whole database: kept in memory while writing, stored once a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    /// The last commit number given out.
    g: G,
    /// The head of everybody's chain.
    everybody: G,
}

/// Where a room stands while messages are posted to it: stored once for all of a group.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) seq: Seq,
    pub(crate) count: u64,
    pub(crate) g: G,
    pub(crate) kind: RoomKind,
    /// The newest message's time.
    pub(crate) time: Option<Millis>,
    /// The same, where it is not stored yet.
    pub(crate) unstored: Option<Millis>,
}

/// A transaction in the making.
pub(crate) struct Group<'s, 'c> {
    db: &'s Session<'c>,
    stored: Numbers,
    numbers: Numbers,
    changes: Vec<Change>,
    heads: HashMap<RoomId, Head>,
    /// Where rooms stood when their moved heads were stored.
    rooms: HashMap<RoomId, RoomNow>,
    concerns: HashMap<G, Concern>,
    posted: Vec<G>,
    /// Changes of rows that are not the write's own, or were changed back.
    uncounted: u64,
    /// The most rooms that a user can be in.
    pub(crate) most_rooms: usize,
}

/// Where a group stood before a write, to return to if it is refused.
pub(crate) struct Mark {
    numbers: Numbers,
    changes: usize,
    rows: u64,
}

impl<'c> Deref for Group<'_, 'c> {
    type Target = Session<'c>;

    fn deref(&self) -> &Session<'c> {
        self.db
    }
}

impl<'s, 'c> Group<'s, 'c> {
    /// Begins the transaction; a hopeful one may turn out not to be committed.
    pub(crate) fn begin(db: &'s Session<'c>, most_rooms: usize, hopeful: bool) -> Result<Group<'s, 'c>, Failure> {
        db.set_hopeful(hopeful);
        db.run(BEGIN, ())?;
        let numbers = db.one(READ_NUMBERS, (), |row| Ok(Numbers { g: row.get(0)?, everybody: row.get(1)? }))?;
        Ok(Group {
            db,
            stored: numbers,
            numbers,
            changes: Vec::new(),
            heads: HashMap::new(),
            rooms: HashMap::new(),
            concerns: HashMap::new(),
            posted: Vec::new(),
            uncounted: 0,
            most_rooms,
        })
    }

    /// Makes sure that all of it has worked so far.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        self.settle()?;
        self.db.settle()
    }

    /// Commits, and answers how to tell of it where there is something to tell.
    pub(crate) fn commit(mut self, sink: &dyn CommitSink) -> Result<Option<Tell>, Failure> {
        self.check()?;
        let rooms = self.rooms_now()?;
        if self.numbers != self.stored {
            self.run(KEEP_NUMBERS, (self.numbers.g, self.numbers.everybody))?;
        }
        let (before, g) = (self.stored.g, self.numbers.g);
        let keep = self.keeps_outbox() && g > before;
        let mut changes = std::mem::take(&mut self.changes);
        let mut tell = None;
        if keep || !changes.is_empty() {
            changes.sort_by_key(|change| change.g);
            let (concerns, posted) = (std::mem::take(&mut self.concerns), std::mem::take(&mut self.posted));
            let prepared = sink.prepare(Committed { before, g, changes, rooms, concerns, posted }, keep);
            if keep {
                let body = prepared.body.unwrap_or_default();
                outbox::sql::keep(&self, &Outgoing { before, g, body })?;
            }
            tell = Some(prepared.tell);
        }
        self.run(COMMIT, ())?;
        self.db.settle()?;
        Ok(tell)
    }

    /// The rooms that changed, as they are now. Those to which nothing happened but posts are known already.
    fn rooms_now(&mut self) -> Result<HashMap<RoomId, RoomNow>, Failure> {
        let mut newest: HashMap<&RoomId, G> = HashMap::new();
        for change in &self.changes {
            if let Scope::Room(room) = &change.scope {
                let known = newest.entry(room).or_default();
                *known = change.g.max(*known);
            }
        }
        let mut rooms = HashMap::with_capacity(newest.len());
        for (room, g) in newest {
            let now = match self.rooms.remove(room).filter(|now| now.g == g) {
                Some(now) => Some(now),
                None => self.first(ROOM_NOW, [room], room_now)?,
            };
            rooms.extend(now.map(|now| (room.clone(), now)));
        }
        Ok(rooms)
    }

    /// Gives the transaction up.
    pub(crate) fn roll_back(self) -> Result<(), Failure> {
        self.db.give_up();
        self.execute(ROLLBACK, ())?;
        Ok(())
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { numbers: self.numbers, changes: self.changes.len(), rows: self.changed_rows() }
    }

    /// Takes back what a refused write did in memory. False: it has changed rows as well, which stay.
    pub(crate) fn take_back(&mut self, mark: &Mark) -> bool {
        self.numbers = mark.numbers;
        self.changes.truncate(mark.changes);
        self.concerns.retain(|g, _| *g <= mark.numbers.g);
        self.posted.retain(|g| *g <= mark.numbers.g);
        self.changed_rows() == mark.rows && !self.db.is_aborted()
    }

    fn changed_rows(&self) -> u64 {
        self.db.changes() - self.uncounted
    }

    /// Says that the row changed last was changed back: neither counts as a change.
    pub(crate) fn undid_one(&mut self) {
        self.uncounted += 2;
    }

    /// Sets a savepoint, before a write that may have to be undone.
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        self.settle()?;
        self.run(SAVE, ())?;
        Ok(())
    }

    /// Ends the savepoint, keeping what was written since.
    pub(crate) fn keep(&mut self) -> Result<(), Failure> {
        self.check()?;
        self.run(RELEASE, ())?;
        Ok(())
    }

    /// Ends the savepoint, undoing what was written since.
    pub(crate) fn undo(&mut self, mark: &Mark) -> Result<(), Failure> {
        self.heads.clear();
        self.rooms.clear();
        self.db.give_up();
        self.execute(RETURN, ())?;
        self.execute(RELEASE, ())?;
        self.take_back(mark);
        Ok(())
    }

    /// The room's head for posting, whoever posts; None where there is no such room.
    pub(crate) fn head(&mut self, room: &str) -> Result<Option<Head>, Failure> {
        if let Some(head) = self.heads.get(room) {
            return Ok(Some(head.clone()));
        }
        let read = |row: &Columns<'_>| {
            let (seq, count, g, kind) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(Head { seq, count, g, kind, time: row.get(4)?, unstored: None })
        };
        let head = self.first(READ_HEAD, [room], read)?;
        if let Some(head) = &head {
            self.heads.insert(room.to_owned(), head.clone());
        }
        Ok(head)
    }

    /// Moves the head of a room; it is stored later.
    pub(crate) fn move_head(&mut self, room: &str, head: Head) {
        match self.heads.get_mut(room) {
            Some(known) => *known = head,
            None => drop(self.heads.insert(room.to_owned(), head)),
        }
    }

    /// Stores the heads that moved, and forgets all: whoever reads or writes rooms otherwise calls this before.
    pub(crate) fn settle(&mut self) -> Result<(), Failure> {
        for (room, head) in std::mem::take(&mut self.heads) {
            if let Some(time) = head.unstored {
                self.run(KEEP_HEAD, (&room, head.seq, head.count, time, head.g))?;
                self.uncounted += 1;
                let Head { seq, count, g, kind, .. } = head;
                self.rooms.insert(room, RoomNow { kind, g, head: seq, count, time: Some(time) });
            }
        }
        Ok(())
    }

    /// The last commit number given out.
    pub(crate) fn last_g(&self) -> G {
        self.numbers.g
    }

    /// The next commit number, for a row of no chain.
    pub(crate) fn next_g(&mut self) -> G {
        self.numbers.g += 1;
        self.numbers.g
    }

    /// The next commit number and the one before it in the room's chain. The caller stores the room.
    pub(crate) fn step_room(&mut self, room: &mut RoomRow) -> (G, G) {
        let g = self.next_g();
        (g, std::mem::replace(&mut room.g, g))
    }

    /// The next commit number and the one before it in the user's own chain. Refused: `NoSuchUser`.
    pub(crate) fn step_user(&mut self, user: &str) -> Result<(G, G), Failure> {
        let p = self.first(USER_CHAIN, [user], |row| row.get(0))?;
        let p = p.ok_or(Refused::NoSuchUser)?;
        let g = self.next_g();
        self.run(KEEP_USER_CHAIN, (user, g))?;
        Ok((g, p))
    }

    /// The next commit number and the one before it in everybody's chain.
    pub(crate) fn step_everybody(&mut self) -> (G, G) {
        let g = self.next_g();
        (g, std::mem::replace(&mut self.numbers.everybody, g))
    }

    /// Says whom the change `g` concerns beside those whom its row names.
    pub(crate) fn concern(&mut self, g: G, concern: Concern) {
        self.concerns.insert(g, concern);
    }

    /// Says that the change `g` is a message that was posted just now.
    pub(crate) fn note_posted(&mut self, g: G) {
        self.posted.push(g);
    }

    pub(crate) fn tell_room(&mut self, (g, p): (G, G), room: &str, row: Row) {
        self.changes.push(Change { g, p, scope: Scope::Room(room.to_owned()), row });
    }

    pub(crate) fn tell_user(&mut self, (g, p): (G, G), user: UserId, row: Row) {
        self.changes.push(Change { g, p, scope: Scope::User(user), row });
    }

    pub(crate) fn tell_everybody(&mut self, (g, p): (G, G), row: Row) {
        self.changes.push(Change { g, p, scope: Scope::Everybody, row });
    }
}

/// Reads [`ROOM_NOW`].
fn room_now(row: &Columns<'_>) -> Result<RoomNow, Failure> {
    Ok(RoomNow { kind: row.get(0)?, g: row.get(1)?, head: row.get(2)?, count: row.get(3)?, time: row.get(4)? })
}
