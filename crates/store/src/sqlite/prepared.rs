//! The writer's prepared statements: each prepared once a connection, and found by where its text stands in memory.

use rusqlite::{Connection, Statement};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

/// Address and length of a statement's text: all of them are constants.
type Key = (usize, usize);

/// The statements of one connection.
pub(crate) struct Statements<'c> {
    connection: &'c Connection,
    idle: RefCell<HashMap<Key, Statement<'c>>>,
}

impl<'c> Statements<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Statements<'c> {
        Statements { connection, idle: RefCell::new(HashMap::new()) }
    }

    pub(crate) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// The statement with that text, for the caller alone until it is dropped.
    pub(crate) fn get<'s>(&'s self, sql: &'static str) -> rusqlite::Result<Prepared<'s, 'c>> {
        let key = (sql.as_ptr() as usize, sql.len());
        let idle = self.idle.borrow_mut().remove(&key);
        let statement = match idle {
            Some(statement) => statement,
            None => self.connection.prepare(sql)?,
        };
        Ok(Prepared { statements: self, key, statement: Some(statement) })
    }
}

/// A statement in use; it returns to its place when it is dropped.
pub(crate) struct Prepared<'s, 'c> {
    statements: &'s Statements<'c>,
    key: Key,
    /// Present until it is dropped.
    statement: Option<Statement<'c>>,
}

impl<'c> Deref for Prepared<'_, 'c> {
    type Target = Statement<'c>;

    fn deref(&self) -> &Statement<'c> {
        match &self.statement {
            Some(statement) => statement,
            None => unreachable!("a statement is taken out only when it is dropped"),
        }
    }
}

impl<'c> DerefMut for Prepared<'_, 'c> {
    fn deref_mut(&mut self) -> &mut Statement<'c> {
        match &mut self.statement {
            Some(statement) => statement,
            None => unreachable!("a statement is taken out only when it is dropped"),
        }
    }
}

impl Drop for Prepared<'_, '_> {
    fn drop(&mut self) {
        if let Some(statement) = self.statement.take() {
            self.statements.idle.borrow_mut().insert(self.key, statement);
        }
    }
}
