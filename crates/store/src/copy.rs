//! Moving up and back: everything of one engine's database into another's, table by table in the order of the keys.
//!
//! The source is only read. Each batch is a transaction of the target, so that a copy that was stopped goes on where it
//! was; until it is verified the target says that it is half a copy and cannot be opened otherwise.

use crate::migrations::known;
use crate::postgres::connect::{Connector, Purpose};
use crate::postgres::link::Link;
use crate::postgres::{self, migrations as on_postgres};
use crate::sql::statements::statements;
use crate::sql::value::Owned;
use crate::sql::{Columns, Failure, Session, Value};
use crate::sqlite::{self, files, migrations as on_sqlite, prepared::Statements};
use crate::{Error, G};
use rusqlite::Connection;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;
use tables::{TABLES, Table};

mod digest;
pub(crate) mod tables;

pub use digest::Digest;

statements! {
    BEGIN = "BEGIN IMMEDIATE", postgres "BEGIN";
    BEGIN_READING = "BEGIN", postgres "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    COMMIT = "COMMIT";
    INSTANCE = "SELECT epoch, g FROM instance WHERE one = 1";
    MAKE_NOTE = "CREATE TABLE IF NOT EXISTS copying (epoch TEXT NOT NULL, g BIGINT NOT NULL)";
    READ_NOTE = "SELECT epoch, g FROM copying";
    WRITE_NOTE = "INSERT INTO copying (epoch, g) VALUES (?1, ?2)";
    FORGET_NOTE = "DROP TABLE copying";
    FORGET_INSTANCE = "DELETE FROM instance WHERE one = 1";
}

/// The table that a database has while it is half a copy.
pub(crate) const NOTE: &str = "copying";

/// The most rows that are read, and written in one transaction, at a time.
const BATCH: usize = 500;

/// A database.
#[derive(Clone, Debug)]
pub enum Place {
    /// The folder.
    Sqlite(PathBuf),
    Postgres {
        url: String,
        options: postgres::Options,
    },
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    pub table: &'static str,
    /// So many of its rows were copied, or read, in this run.
    pub rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Copying,
    Verifying,
}

/// What was copied: the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub epoch: String,
    pub g: G,
    /// By table: how many rows, and what they come to.
    pub tables: Vec<(&'static str, Digest)>,
}

/// Copies everything and verifies it. The target has to be empty, or half a copy of the same source. Blocks, and must
/// not be called where futures run. Refused: a source that others have open or that is of another schema, a target that
/// is neither.
pub fn copy(from: &Place, to: &Place, progress: &mut dyn FnMut(Progress)) -> Result<Copied, Error> {
    let source = Opened::source(from)?;
    let target = Opened::target(to)?;
    let (source, target) = (source.session(), target.session());
    copy_between(&source, &target, progress).map_err(Failure::into_error)
}

fn copy_between(
    source: &Session<'_>,
    target: &Session<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, Failure> {
    source.run(BEGIN_READING, ())?;
    let (epoch, g) = source.one(INSTANCE, (), |row| Ok((row.get::<String>(0)?, row.get::<G>(1)?)))?;
    begin(target, &epoch, g)?;
    for table in TABLES.iter() {
        copy_table(source, target, table, progress)?;
    }
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES.iter() {
        let digest = digest::of(source, table, progress)?;
        let there = digest::of(target, table, progress)?;
        if digest != there {
            return Err(Failure::Broken(format!("the copy of {} differs: {digest} became {there}", table.name)));
        }
        tables.push((table.name, digest));
    }
    source.run(COMMIT, ())?;
    source.settle()?;
    // What was copied is of the moment at which it began.
    if source.one(INSTANCE, (), |row| row.get::<G>(1))? != g {
        return Err(Failure::Away(
            "the source was written to meanwhile: stop what uses it, and empty the target".into(),
        ));
    }
    target.run(FORGET_NOTE, ())?;
    target.settle()?;
    Ok(Copied { epoch, g, tables })
}

/// Notes whose copy the target is, or finds that it is one already.
fn begin(target: &Session<'_>, epoch: &str, g: G) -> Result<(), Failure> {
    target.run(BEGIN, ())?;
    target.run(MAKE_NOTE, ())?;
    let noted = target.first(READ_NOTE, (), |row| Ok((row.get::<String>(0)?, row.get::<G>(1)?)))?;
    match noted {
        Some((noted, at)) if noted == epoch && at == g => {}
        Some((noted, _)) if noted == epoch => {
            return Err(Failure::Away(
                "the source has changed since the copy was begun: empty the target first".into(),
            ));
        }
        Some(_) => return Err(Failure::Away("the target is half a copy of another database: empty it first".into())),
        None => {
            if target.one(INSTANCE, (), |row| row.get::<G>(1))? > 0 || is_filled(target)? {
                return Err(Failure::Away("the target is not empty".into()));
            }
            target.run(WRITE_NOTE, (epoch, g))?;
        }
    }
    target.run(COMMIT, ())?;
    target.settle()
}

fn is_filled(target: &Session<'_>) -> Result<bool, Failure> {
    for table in TABLES.iter().filter(|table| table.name != "instance") {
        if target.exists(table.any(), ())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Copies what of the table is not there yet. The one row of `instance`, which is last, takes the place of the target's.
fn copy_table(
    source: &Session<'_>,
    target: &Session<'_>,
    table: &'static Table,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Failure> {
    let whole = table.name == "instance";
    let mut after = if whole { None } else { target.first(table.last(), (), |row| owned(row, table.keys))? };
    let mut rows = 0;
    loop {
        let batch = batch(source, table, after.as_deref())?;
        let Some(last) = batch.last() else { return Ok(()) };
        target.run(BEGIN, ())?;
        if whole {
            target.run(FORGET_INSTANCE, ())?;
        }
        for row in &batch {
            target.run(table.insert(), &values(row)[..])?;
        }
        target.run(COMMIT, ())?;
        target.settle()?;
        rows += batch.len() as u64;
        progress(Progress { step: Step::Copying, table: table.name, rows });
        after = Some(last.iter().take(table.keys).map(|value| Owned::of(&value.value())).collect());
    }
}

/// The next rows in the order of their keys.
fn batch(db: &Session<'_>, table: &'static Table, after: Option<&[Owned]>) -> Result<Vec<Vec<Owned>>, Failure> {
    let most = Value::Number(BATCH as i64);
    let read = |row: &Columns<'_>| owned(row, table.columns.len());
    match after {
        None => db.all(table.first(), &[most][..], read),
        Some(key) => {
            let mut params = values(key);
            params.push(most);
            db.all(table.after(), &params[..], read)
        }
    }
}

fn owned(row: &Columns<'_>, count: usize) -> Result<Vec<Owned>, Failure> {
    (0..count).map(|at| Ok(Owned::of(&row.value(at)?))).collect()
}

fn values(row: &[Owned]) -> Vec<Value<'_>> {
    row.iter().map(Owned::value).collect()
}

/// Servers that are connected to the database: they would write what is not copied. Copies call themselves otherwise.
const IN_USE: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()";

/// How often it is looked, every tenth of a second: of a server that has just ended some may still be there.
const LOOKS: u32 = 30;

async fn unused(client: &tokio_postgres::Client, which: &str) -> Result<(), Error> {
    let name = postgres::Options::default().application_name;
    let failed = |error| Failure::from(error).into_error();
    let mut count: i64 = 0;
    for _ in 0..LOOKS {
        count = client.query_one(IN_USE, &[&name]).await.and_then(|row| row.try_get(0)).map_err(failed)?;
        if count == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Error::Unavailable(format!("the {which} is in use by {count} connections of a server: stop it first")))
}

/// An end of the copy.
enum Opened {
    Sqlite { connection: Connection, _lock: File },
    Postgres { link: Box<Link>, _connector: Box<Connector> },
}

impl Opened {
    fn source(place: &Place) -> Result<Opened, Error> {
        let (opened, found) = match place {
            Place::Sqlite(folder) => {
                let path = files::database(folder);
                if !path.exists() {
                    return Err(Error::Unavailable(format!("there is no database in {}", folder.display())));
                }
                let lock = files::lock(folder)?;
                let connection = files::connect_source(&path)?;
                let found = on_sqlite::version(&connection)?;
                (Opened::Sqlite { connection, _lock: lock }, found)
            }
            Place::Postgres { url, options } => {
                let connector = Connector::new(url, options)?;
                let runtime = connector.driver().handle();
                let client = runtime.block_on(connector.client(Purpose::Reading))?;
                runtime.block_on(unused(&client, "source"))?;
                let found = runtime.block_on(on_postgres::version(&client))?;
                let link = Box::new(connector.link(Purpose::Migrating)?);
                (Opened::Postgres { link, _connector: Box::new(connector) }, found)
            }
        };
        if found != known() {
            return Err(Error::Unavailable(format!(
                "the source has schema {found}, this program copies {}: migrate it first",
                known()
            )));
        }
        Ok(opened)
    }

    fn target(place: &Place) -> Result<Opened, Error> {
        match place {
            Place::Sqlite(folder) => {
                let lock = files::lock(folder)?;
                let mut connection = files::connect_writer(folder, &sqlite::Options::default())?;
                on_sqlite::run_these(&mut connection, crate::migrations::MIGRATIONS)?;
                Ok(Opened::Sqlite { connection, _lock: lock })
            }
            Place::Postgres { url, options } => {
                let connector = Connector::new(url, options)?;
                let runtime = connector.driver().handle();
                let mut client = runtime.block_on(connector.client(Purpose::Migrating))?;
                runtime.block_on(unused(&client, "target"))?;
                runtime.block_on(on_postgres::run_these(&mut client, crate::migrations::MIGRATIONS))?;
                let link = Box::new(connector.link(Purpose::Migrating)?);
                Ok(Opened::Postgres { link, _connector: Box::new(connector) })
            }
        }
    }

    fn session(&self) -> Session<'_> {
        match self {
            Opened::Sqlite { connection, .. } => Session::Kept(Statements::new(connection)),
            Opened::Postgres { link, .. } => Session::Postgres(link),
        }
    }
}

/// What whoever opens half a copy is told.
pub(crate) fn unfinished() -> Error {
    Error::Unavailable("this database is half a copy of another: copy again, which goes on where it was".into())
}

#[cfg(test)]
mod tests;
