//! A group: writes that share one transaction, the commit numbers they take and the changes to tell afterwards.

use super::Failure;
use super::statements::statements;
use crate::rooms::RoomRow;
use crate::{Change, G, Refused, Row, Scope, UserId};
use rusqlite::{CachedStatement, Connection, OptionalExtension};

statements! {
    READ_NUMBERS = "SELECT g, everybody_g FROM instance WHERE one = 1";
    KEEP_NUMBERS = "UPDATE instance SET g = ?1, everybody_g = ?2 WHERE one = 1";
    USER_CHAIN = "SELECT chain_g FROM users WHERE id = ?1";
    KEEP_USER_CHAIN = "UPDATE users SET chain_g = ?2 WHERE id = ?1";
}

/// The numbers of the whole database: kept in memory while writing, stored once a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// The last commit number given out.
    pub(crate) g: G,
    /// The head of everybody's chain.
    pub(crate) everybody: G,
}

/// A transaction in the making.
pub(crate) struct Group<'c> {
    connection: &'c Connection,
    stored: Numbers,
    numbers: Numbers,
    changes: Vec<Change>,
}

/// Where a group stood before a write, to return to if it is refused.
pub(crate) struct Mark {
    numbers: Numbers,
    changes: usize,
}

impl<'c> Group<'c> {
    /// Begins the transaction.
    pub(crate) fn begin(connection: &'c Connection) -> Result<Group<'c>, Failure> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let read = |row: &rusqlite::Row<'_>| Ok(Numbers { g: row.get(0)?, everybody: row.get(1)? });
        let numbers = connection.prepare_cached(READ_NUMBERS)?.query_row([], read)?;
        Ok(Group { connection, stored: numbers, numbers, changes: Vec::new() })
    }

    /// Commits, and answers what is to be told, in order of `g`.
    pub(crate) fn commit(mut self) -> Result<Vec<Change>, Failure> {
        if self.numbers != self.stored {
            let Numbers { g, everybody } = self.numbers;
            self.statement(KEEP_NUMBERS)?.execute((g, everybody))?;
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.changes.sort_by_key(|change| change.g);
        Ok(self.changes)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { numbers: self.numbers, changes: self.changes.len() }
    }

    /// Takes back the numbers and changes since `mark`; the rows are the caller's savepoint's.
    pub(crate) fn return_to(&mut self, mark: Mark) {
        self.numbers = mark.numbers;
        self.changes.truncate(mark.changes);
    }

    /// A statement, prepared once a connection.
    pub(crate) fn statement(&self, sql: &str) -> Result<CachedStatement<'c>, Failure> {
        Ok(self.connection.prepare_cached(sql)?)
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
        let p = self.statement(USER_CHAIN)?.query_row([user], |row| row.get(0)).optional()?;
        let p = p.ok_or(Refused::NoSuchUser)?;
        let g = self.next_g();
        self.statement(KEEP_USER_CHAIN)?.execute((user, g))?;
        Ok((g, p))
    }

    /// The next commit number and the one before it in everybody's chain.
    pub(crate) fn step_everybody(&mut self) -> (G, G) {
        let g = self.next_g();
        (g, std::mem::replace(&mut self.numbers.everybody, g))
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
