//! The one SQL of both engines: a session on which statements run, whichever engine answers them.
//!
//! The rules of the store are written once against this. A statement is a constant ([`Sql`]) in the dialect that both
//! engines share; its parameters are borrowed values, its columns are read by position.

use crate::postgres::link::Link;
use crate::sqlite::prepared::Statements;
use crate::sqlite::statement;

pub(crate) mod columns;
pub(crate) mod failure;
#[cfg(test)]
pub(crate) mod listing;
pub(crate) mod statements;
pub(crate) mod translate;
pub(crate) mod value;

pub(crate) use columns::Columns;
pub(crate) use failure::Failure;
pub(crate) use statements::Sql;
pub(crate) use value::{Params, Value};

/// A connection as statements see it: the writer's within its transaction, or a reader's for one question.
pub(crate) enum Session<'c> {
    /// SQLite's writer, whose statements are prepared once.
    Kept(Statements<'c>),
    /// One of SQLite's readers.
    Lent(&'c rusqlite::Connection),
    Postgres(&'c Link),
}

impl Session<'_> {
    /// Runs the statement and answers how many rows it changed.
    pub(crate) fn execute(&self, sql: Sql, params: impl Params) -> Result<usize, Failure> {
        match self {
            Session::Kept(kept) => statement::execute(&mut *kept.get(sql.sqlite)?, params),
            Session::Lent(db) => statement::execute(&mut *db.prepare_cached(sql.sqlite)?, params),
            Session::Postgres(link) => link.execute(sql, params),
        }
    }

    /// Runs a statement of which nothing is asked: PostgreSQL is sent it without waiting for the answer, which is looked
    /// at before the commit.
    pub(crate) fn run(&self, sql: Sql, params: impl Params) -> Result<(), Failure> {
        match self {
            Session::Postgres(link) => link.run(sql, params),
            _ => self.execute(sql, params).map(drop),
        }
    }

    /// Whether the statement changed a row, which it nearly always does. A hopeful session on PostgreSQL takes it for
    /// granted, and does not commit where it was not so.
    pub(crate) fn hope(&self, sql: Sql, params: impl Params) -> Result<bool, Failure> {
        match self {
            Session::Postgres(link) => link.hope(sql, params),
            _ => Ok(self.execute(sql, params)? > 0),
        }
    }

    /// How many rows the statement changed with each of these parameters, one after the other.
    pub(crate) fn execute_each<P: Params>(
        &self,
        sql: Sql,
        all: impl Iterator<Item = P>,
    ) -> Result<Vec<usize>, Failure> {
        match self {
            Session::Postgres(link) => link.execute_each(sql, all),
            _ => all.map(|params| self.execute(sql, params)).collect(),
        }
    }

    /// Whether there is any row.
    pub(crate) fn exists(&self, sql: Sql, params: impl Params) -> Result<bool, Failure> {
        Ok(self.first(sql, params, |_| Ok(()))?.is_some())
    }

    /// The first row, if there is any.
    pub(crate) fn first<T>(
        &self,
        sql: Sql,
        params: impl Params,
        read: impl FnOnce(&Columns<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        match self {
            Session::Kept(kept) => statement::first(&mut *kept.get(sql.sqlite)?, params, read),
            Session::Lent(db) => statement::first(&mut *db.prepare_cached(sql.sqlite)?, params, read),
            Session::Postgres(link) => link.first(sql, params, read),
        }
    }

    /// The row that there has to be.
    pub(crate) fn one<T>(
        &self,
        sql: Sql,
        params: impl Params,
        read: impl FnOnce(&Columns<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let found = self.first(sql, params, read)?;
        found.ok_or_else(|| Failure::Broken(format!("no row where there has to be one: {}", sql.sqlite)))
    }

    /// The first row for each of these parameters, where there is one.
    pub(crate) fn first_of_each<P: Params, T>(
        &self,
        sql: Sql,
        all: impl Iterator<Item = P>,
        read: impl Fn(&Columns<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<Option<T>>, Failure> {
        match self {
            Session::Postgres(link) => link.first_of_each(sql, all, read),
            _ => all.map(|params| self.first(sql, params, &read)).collect(),
        }
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Columns<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let mut found = Vec::new();
        self.each(sql, params, |row| {
            found.push(read(row)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// Visits the rows, as long as `visit` answers true.
    pub(crate) fn each(
        &self,
        sql: Sql,
        params: impl Params,
        visit: impl FnMut(&Columns<'_>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        match self {
            Session::Kept(kept) => statement::each(&mut *kept.get(sql.sqlite)?, params, visit),
            Session::Lent(db) => statement::each(&mut *db.prepare_cached(sql.sqlite)?, params, visit),
            Session::Postgres(link) => link.each(sql, params, visit),
        }
    }

    /// How many rows were changed by now. Those of [`Session::run`] count as one each, whatever they changed.
    pub(crate) fn changes(&self) -> u64 {
        match self {
            Session::Kept(kept) => kept.connection().total_changes(),
            Session::Lent(db) => db.total_changes(),
            Session::Postgres(link) => link.changes(),
        }
    }

    /// Whether a failed statement has left a transaction in which nothing more can be done but undoing.
    pub(crate) fn is_aborted(&self) -> bool {
        matches!(self, Session::Postgres(link) if link.is_aborted())
    }

    /// Looks at the answers that nobody waited for.
    pub(crate) fn settle(&self) -> Result<(), Failure> {
        match self {
            Session::Postgres(link) => link.settle(),
            _ => Ok(()),
        }
    }

    /// Forgets what nobody waited for, before undoing it.
    pub(crate) fn give_up(&self) {
        if let Session::Postgres(link) = self {
            link.give_up();
        }
    }

    /// Says whether [`Session::hope`] may take its answer for granted.
    pub(crate) fn set_hopeful(&self, hopeful: bool) {
        if let Session::Postgres(link) = self {
            link.set_hopeful(hopeful);
        }
    }

    /// Whether what was committed is kept for other nodes as well.
    pub(crate) fn keeps_outbox(&self) -> bool {
        matches!(self, Session::Postgres(_))
    }
}
