//! `reference`: the bare program beside which the server is measured: the same rows into SQLite, and nothing around it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::Failure;
use crate::spread::Spread;

/// Members of the one room, who write in turn.
const MEMBERS: usize = 64;

/// The tables, columns and indexes that the server writes for a message.
const SCHEMA: &str = "
CREATE TABLE instance (one INTEGER PRIMARY KEY, g INTEGER NOT NULL) STRICT;
CREATE TABLE rooms (id TEXT PRIMARY KEY, name TEXT NOT NULL, head INTEGER NOT NULL, count INTEGER NOT NULL,
    head_time INTEGER, g INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE members (room TEXT NOT NULL, user TEXT NOT NULL, role INTEGER, read INTEGER NOT NULL,
    version INTEGER NOT NULL, own_gv INTEGER NOT NULL, PRIMARY KEY (room, user)) STRICT, WITHOUT ROWID;
CREATE TABLE messages (room TEXT NOT NULL, seq INTEGER NOT NULL, gv INTEGER NOT NULL, kind INTEGER NOT NULL,
    author TEXT, text TEXT NOT NULL, time INTEGER NOT NULL, n INTEGER NOT NULL, deleted INTEGER NOT NULL,
    mentions TEXT NOT NULL, PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX messages_by_change ON messages (room, gv);
CREATE TABLE commands (user TEXT NOT NULL, cid TEXT NOT NULL, command TEXT NOT NULL, g INTEGER NOT NULL,
    at INTEGER NOT NULL, room TEXT, seq INTEGER, PRIMARY KEY (user, cid)) STRICT, WITHOUT ROWID;
";

const PUT_MESSAGE: &str = "INSERT INTO messages VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?2, 0, '')";
const SET_HEAD: &str = "UPDATE rooms SET head = ?2, count = ?2, head_time = ?3, g = ?4 WHERE id = ?1";
const SET_READ: &str = "UPDATE members SET read = ?3, own_gv = ?4 WHERE room = ?1 AND user = ?2";
const PUT_COMMAND: &str = "INSERT INTO commands VALUES (?1, ?2, 'messages.send', ?3, ?4, ?5, ?6)";

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The folder, on the disk in question, for a file that is deleted afterwards.
    #[arg(long, default_value = ".")]
    pub(crate) folder: PathBuf,
    /// How long to commit.
    #[arg(long, default_value_t = 5)]
    pub(crate) seconds: u64,
    /// Messages of one transaction.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) group: u32,
    /// The length of a message's text.
    #[arg(long, default_value_t = 100)]
    pub(crate) bytes: u32,
}

/// How many messages a second were committed.
pub(crate) struct Outcome {
    group: u32,
    messages: u64,
    elapsed: Duration,
    commits: Spread,
}

impl Outcome {
    pub(crate) fn messages_a_second(&self) -> f64 {
        self.messages as f64 / self.elapsed.as_secs_f64()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bare SQLite, {} messages a transaction, WAL, synchronous=FULL", self.group)?;
        writeln!(f, "  committed      {:10.0} messages/s", self.messages_a_second())?;
        write!(f, "  a transaction       {}", self.commits)
    }
}

/// Commits for as long as the options say, into a fresh file.
pub(crate) fn run(options: &Options) -> Result<Outcome, Failure> {
    let file = options.folder.join(format!("reference-{}.db", Uuid::now_v7()));
    let outcome = commit(options, &file);
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.clone().into_os_string();
        name.push(ending);
        // A file that was never made need not be removed.
        let _ = std::fs::remove_file(name);
    }
    outcome
}

fn commit(options: &Options, file: &Path) -> Result<Outcome, Failure> {
    let mut connection = open(file)?;
    let members: Vec<String> = (0..MEMBERS).map(|number| format!("member{number:06}")).collect();
    let room = "room00000000";
    connection.execute("INSERT INTO instance VALUES (1, 0)", [])?;
    connection.execute("INSERT INTO rooms VALUES (?1, 'Reference', 0, 0, NULL, 0)", [room])?;
    for member in &members {
        connection.execute("INSERT INTO members VALUES (?1, ?2, 0, 0, 0, 0)", [room, member])?;
    }
    let text = "x".repeat(options.bytes as usize);
    let mut commits = Spread::new();
    let mut seq = 0i64;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(options.seconds) {
        let started = Instant::now();
        let transaction = connection.transaction()?;
        for member in members.iter().cycle().take(options.group as usize) {
            seq += 1;
            let time = 1_700_000_000_000 + seq;
            let cid = Uuid::now_v7().to_string();
            transaction.prepare_cached(PUT_MESSAGE)?.execute(params![room, seq, seq, member, text, time])?;
            transaction.prepare_cached(SET_HEAD)?.execute(params![room, seq, time, seq])?;
            transaction.prepare_cached(SET_READ)?.execute(params![room, member, seq, seq])?;
            transaction.prepare_cached(PUT_COMMAND)?.execute(params![member, cid, seq, time, room, seq])?;
        }
        transaction.prepare_cached("UPDATE instance SET g = ?1")?.execute([seq])?;
        transaction.commit()?;
        commits.add(started.elapsed());
    }
    Ok(Outcome { group: options.group, messages: seq as u64, elapsed: begun.elapsed(), commits })
}

/// Set up as the server's writer is.
fn open(file: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(file).map_err(|e| format!("cannot make {}: {e}", file.display()))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "cache_size", -32 * 1024)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}
