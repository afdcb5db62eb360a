//! A connection to PostgreSQL as a thread uses it that may block: statements prepared once, answers awaited within a
//! time limit, and what needs no answer sent ahead without waiting.

use super::wire::Owned;
use crate::sql::{Columns, Failure, Params, Sql, translate};
use futures_util::TryStreamExt;
use futures_util::future::{FutureExt, try_join_all};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio_postgres::{Client, Row, Statement};

/// Address and length of a statement's text: all of them are constants.
type Key = (usize, usize);
type Awaited = Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + Send>>;

/// More answers than this are not left waiting.
const MOST_AHEAD: usize = 2048;
/// How much longer than the server's own time limit we wait for it to say so.
const GRACE: Duration = Duration::from_millis(500);

/// A statement that was sent and whose answer nobody has seen yet.
struct Ahead {
    answer: Awaited,
    /// It has to change a row.
    hoped: bool,
}

/// The connection.
pub(crate) struct Link {
    client: Arc<Client>,
    runtime: Handle,
    prepared: RefCell<HashMap<Key, Statement>>,
    ahead: RefCell<Vec<Ahead>>,
    /// The most that one answer may take.
    limit: Duration,
    /// When the question that is being asked has to be answered.
    until: Cell<Option<Instant>>,
    changes: Cell<u64>,
    hopeful: Cell<bool>,
    /// A statement of the present transaction failed.
    aborted: Cell<bool>,
    /// An answer did not come: the next one would be taken for it.
    broken: Cell<bool>,
}

impl Link {
    pub(crate) fn new(client: Client, runtime: Handle, limit: Duration) -> Link {
        Link {
            client: Arc::new(client),
            runtime,
            prepared: RefCell::default(),
            ahead: RefCell::default(),
            limit,
            until: Cell::new(None),
            changes: Cell::new(0),
            hopeful: Cell::new(false),
            aborted: Cell::new(false),
            broken: Cell::new(false),
        }
    }

    /// Whether statements can still be sent.
    pub(crate) fn is_good(&self) -> bool {
        !self.broken.get() && !self.client.is_closed()
    }

    /// Makes the connection one that is not used again.
    pub(crate) fn give_away(&self) {
        self.broken.set(true);
    }

    /// Lets a question begin that has to be answered by then.
    pub(crate) fn begin_question(&self, until: Instant) {
        self.until.set(Some(until));
        self.give_up();
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes.get()
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.get()
    }

    pub(crate) fn set_hopeful(&self, hopeful: bool) {
        self.hopeful.set(hopeful);
    }

    pub(crate) fn give_up(&self) {
        self.ahead.borrow_mut().clear();
        self.aborted.set(false);
    }

    pub(crate) fn execute(&self, sql: Sql, params: impl Params) -> Result<usize, Failure> {
        let statement = self.prepare(sql)?;
        let changed = params.with(|values| {
            let values: Vec<_> = values.to_vec();
            self.wait(async { self.client.execute_raw(&statement, values).await })
        })?;
        self.changes.set(self.changes.get() + changed);
        Ok(changed as usize)
    }

    pub(crate) fn run(&self, sql: Sql, params: impl Params) -> Result<(), Failure> {
        self.send_ahead(sql, params, false)
    }

    pub(crate) fn hope(&self, sql: Sql, params: impl Params) -> Result<bool, Failure> {
        if self.hopeful.get() {
            return self.send_ahead(sql, params, true).map(|()| true);
        }
        Ok(self.execute(sql, params)? > 0)
    }

    fn send_ahead(&self, sql: Sql, params: impl Params, hoped: bool) -> Result<(), Failure> {
        let answer = self.send(sql, params)?;
        self.changes.set(self.changes.get() + 1);
        self.ahead.borrow_mut().push(Ahead { answer, hoped });
        if self.ahead.borrow().len() > MOST_AHEAD { self.settle() } else { Ok(()) }
    }

    /// Sends the statement; its answer comes later, after those that were sent before.
    fn send(&self, sql: Sql, params: impl Params) -> Result<Awaited, Failure> {
        let statement = self.prepare(sql)?;
        let values: Vec<Owned> = params.with(|values| values.iter().map(Owned::of).collect());
        let client = self.client.clone();
        let mut answer: Awaited = Box::pin(async move { client.execute_raw(&statement, values).await });
        // A future does nothing until it is looked at: this first look sends.
        match answer.as_mut().now_or_never() {
            None => Ok(answer),
            Some(Ok(changed)) => Ok(Box::pin(std::future::ready(Ok(changed)))),
            Some(Err(error)) => Err(self.failed(error.into())),
        }
    }

    pub(crate) fn execute_each<P: Params>(
        &self,
        sql: Sql,
        all: impl Iterator<Item = P>,
    ) -> Result<Vec<usize>, Failure> {
        let mut sent = Vec::new();
        let mut changed = Vec::new();
        for params in all {
            sent.push(self.send(sql, params)?);
            if sent.len() >= MOST_AHEAD {
                changed.extend(self.wait(in_order(std::mem::take(&mut sent)))?);
            }
        }
        changed.extend(self.wait(in_order(sent))?);
        self.changes.set(self.changes.get() + changed.iter().sum::<u64>());
        Ok(changed.into_iter().map(|rows| rows as usize).collect())
    }

    pub(crate) fn first<T>(
        &self,
        sql: Sql,
        params: impl Params,
        read: impl FnOnce(&Columns<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let rows = self.rows(sql, params)?;
        rows.first().map(|row| read(&Columns::Postgres(row))).transpose()
    }

    pub(crate) fn each(
        &self,
        sql: Sql,
        params: impl Params,
        mut visit: impl FnMut(&Columns<'_>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        for row in self.rows(sql, params)? {
            if !visit(&Columns::Postgres(&row))? {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn first_of_each<P: Params, T>(
        &self,
        sql: Sql,
        all: impl Iterator<Item = P>,
        read: impl Fn(&Columns<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<Option<T>>, Failure> {
        let statement = self.prepare(sql)?;
        let asked = all.map(|params| {
            let values: Vec<Owned> = params.with(|values| values.iter().map(Owned::of).collect());
            let statement = statement.clone();
            async move { self.client.query_raw(&statement, values).await?.try_collect::<Vec<Row>>().await }
        });
        let found = self.wait(try_join_all(asked))?;
        found.iter().map(|rows| rows.first().map(|row| read(&Columns::Postgres(row))).transpose()).collect()
    }

    fn rows(&self, sql: Sql, params: impl Params) -> Result<Vec<Row>, Failure> {
        let statement = self.prepare(sql)?;
        let rows: Vec<Row> = params.with(|values| {
            let values: Vec<_> = values.to_vec();
            self.wait(async { self.client.query_raw(&statement, values).await?.try_collect().await })
        })?;
        if !sql.sqlite.starts_with("SELECT") {
            // It returns what it changed.
            self.changes.set(self.changes.get() + rows.len() as u64);
        }
        Ok(rows)
    }

    fn prepare(&self, sql: Sql) -> Result<Statement, Failure> {
        let key = (sql.sqlite.as_ptr() as usize, sql.sqlite.len());
        if let Some(statement) = self.prepared.borrow().get(&key) {
            return Ok(statement.clone());
        }
        let text = translate::for_postgres(sql.for_postgres());
        let statement = self.wait(self.client.prepare(&text))?;
        self.prepared.borrow_mut().insert(key, statement.clone());
        Ok(statement)
    }

    /// Waits for all that was sent ahead. The first that failed is told.
    pub(crate) fn settle(&self) -> Result<(), Failure> {
        let ahead = std::mem::take(&mut *self.ahead.borrow_mut());
        if ahead.is_empty() {
            return Ok(());
        }
        let disappointed = self.wait(async {
            let mut disappointed = false;
            for Ahead { answer, hoped } in ahead {
                disappointed |= answer.await? == 0 && hoped;
            }
            Ok(disappointed)
        })?;
        if disappointed { Err(Failure::Hoped) } else { Ok(()) }
    }

    /// Asks nothing more of a transaction that only read.
    pub(crate) fn leave(&self, sql: Sql) {
        // Whether it ends well matters to nobody: with the connection it would be over as well.
        drop(self.send(sql, ()));
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Failure> {
        let now = Instant::now();
        let limit = match self.until.get() {
            Some(until) if until <= now => return Err(Failure::Away("the question took too long".into())),
            Some(until) => until - now,
            None => self.limit,
        };
        let answered = self.runtime.block_on(async { tokio::time::timeout(limit + GRACE, answer).await });
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failed(error.into())),
            Err(_) => {
                self.broken.set(true);
                Err(Failure::Away("the database did not answer in time".into()))
            }
        }
    }

    /// Of several failures the first is the reason.
    fn failed(&self, failure: Failure) -> Failure {
        if self.aborted.replace(true) {
            return failure;
        }
        match self.settle() {
            Err(Failure::Hoped) | Ok(()) => failure,
            Err(first) => first,
        }
    }
}

async fn in_order(sent: Vec<Awaited>) -> Result<Vec<u64>, tokio_postgres::Error> {
    let mut changed = Vec::with_capacity(sent.len());
    for answer in sent {
        changed.push(answer.await?);
    }
    Ok(changed)
}
