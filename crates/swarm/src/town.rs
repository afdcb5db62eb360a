//! A town: rooms and people in a data folder before its server starts, brought in by `parlour import`, with sessions
//! that are written straight into the database. Registering as many people would take the server minutes of hashing,
//! and the memory of it would stand in every figure that follows.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Failure;

/// A line every second from here on: lines of a history must differ, and need not be far apart.
const SECONDS_A_DAY: u64 = 86_400;
/// Days that the times of a history can have: the first eleven months of a year count as 28 days each.
const DAYS_A_MONTH: u64 = 28;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's program, which imports.
    #[arg(long)]
    parlour: PathBuf,
    /// The data folder, whose server is not running.
    #[arg(long)]
    data: PathBuf,
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rooms: u32,
    /// People in each room, each in that room alone.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    members: u32,
    /// The file to write for `send --town`.
    #[arg(long)]
    town: Option<PathBuf>,
    /// The file to write one CONNECT packet a line into, for a load generator that knows nothing of Parlour.
    #[arg(long)]
    connects: Option<PathBuf>,
}

/// One room with what its members sign in with.
#[derive(Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) id: String,
    pub(crate) tokens: Vec<String>,
}

/// A line of a history.
pub(crate) struct Line<'a> {
    pub(crate) room: &'a str,
    pub(crate) user: &'a str,
    pub(crate) text: &'a str,
}

/// Founds it and prints the first room's id.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let town = found(&options.parlour, &options.data, options.rooms, options.members)?;
    if let Some(path) = &options.connects {
        let lines: String = town[0].tokens.iter().map(|token| format!("40{}\n", json!({"token": token}))).collect();
        std::fs::write(path, lines).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    println!("{}", town[0].id);
    if let Some(path) = &options.town {
        write(path, &town)?;
    }
    Ok(())
}

/// Makes that many rooms of that many people, each in one room, in the folder of a server that is not running.
pub(crate) fn found(parlour: &Path, data: &Path, rooms: u32, members: u32) -> Result<Vec<Place>, Failure> {
    std::fs::create_dir_all(data)?;
    let history = data.with_extension("jsonl");
    let mut file = History::create(&history)?;
    for room in 0..rooms {
        for member in 0..members {
            let (room, user) = (format!("swarm {room}"), format!("p{room}m{member}"));
            file.put(&Line { room: &room, user: &user, text: "here I am" })?;
        }
    }
    file.finish()?;
    import(parlour, data, &history)?;
    std::fs::remove_file(&history)?;
    let mut people = People::open(data)?;
    let mut town = Vec::new();
    for room in 0..rooms {
        let names = (0..members).map(|member| format!("p{room}m{member}"));
        town.push(Place { id: people.room(&format!("swarm {room}"))?, tokens: people.sign_in(names)? });
    }
    people.finish()?;
    Ok(town)
}

/// Writes a file for `send --town`.
pub(crate) fn write(path: &Path, town: &[Place]) -> Result<(), Failure> {
    Ok(std::fs::write(path, serde_json::to_vec(town)?).map_err(|e| format!("cannot write {}: {e}", path.display()))?)
}

/// The rooms of a file that `town` wrote.
pub(crate) fn read(path: &Path) -> Result<Vec<Place>, Failure> {
    let file = std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let places: Vec<Place> = serde_json::from_slice(&file)?;
    match places.iter().all(|place| !place.tokens.is_empty()) && !places.is_empty() {
        true => Ok(places),
        false => Err(format!("{} has a room without people, or none at all", path.display()).into()),
    }
}

/// A history being written for `parlour import jsonl`.
pub(crate) struct History {
    out: BufWriter<File>,
    lines: u64,
}

impl History {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(Self { out: BufWriter::new(file), lines: 0 })
    }

    /// Adds a line, a second after the one before.
    pub(crate) fn put(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let Line { room, user, text } = line;
        let time = time(self.lines).ok_or("a history has more lines than a year has seconds")?;
        serde_json::to_writer(&mut self.out, &json!({"time": time, "room": room, "user": user, "text": text}))?;
        self.out.write_all(b"\n")?;
        self.lines += 1;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<u64, Failure> {
        self.out.flush()?;
        Ok(self.lines)
    }
}

/// That second of the year 2026, as RFC 3339; `None` where the year is over.
fn time(second: u64) -> Option<String> {
    let (day, rest) = (second / SECONDS_A_DAY, second % SECONDS_A_DAY);
    let (month, day) = (day / DAYS_A_MONTH + 1, day % DAYS_A_MONTH + 1);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    (month <= 12).then(|| format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z"))
}

/// Has the product read a history in.
pub(crate) fn import(parlour: &Path, data: &Path, history: &Path) -> Result<(), Failure> {
    let mut import = Command::new(parlour);
    import.arg("import").arg("--data").arg(data).arg("jsonl").arg(history).stdin(Stdio::null());
    let done = import.output().map_err(|e| format!("cannot start {}: {e}", parlour.display()))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!("importing {} ended with {}: {said}", history.display(), done.status).into());
    }
    Ok(())
}

/// The database of a stopped server, in one transaction.
pub(crate) struct People {
    database: Connection,
    sessions: u32,
}

impl People {
    pub(crate) fn open(data: &Path) -> Result<Self, Failure> {
        let database = Connection::open(data.join("parlour.db"))?;
        database.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self { database, sessions: 0 })
    }

    /// The id of a room that an import made, by its name in the history.
    pub(crate) fn room(&self, name: &str) -> Result<String, Failure> {
        let mut find = self.database.prepare_cached("SELECT id FROM rooms WHERE import_key = ?1")?;
        Ok(find.query_row([name], |row| row.get(0)).map_err(|e| format!("there is no room {name:?}: {e}"))?)
    }

    /// A new session for each of these user names (in small letters); answers the tokens, in order.
    pub(crate) fn sign_in(&mut self, names: impl IntoIterator<Item = String>) -> Result<Vec<String>, Failure> {
        let mut find = self.database.prepare_cached("SELECT id FROM users WHERE name_key = ?1")?;
        let mut put = self.database.prepare_cached(
            "INSERT INTO sessions (id, user, token_hash, label, address, created, seen, gv)
             SELECT ?1, ?2, ?3, 'swarm', '127.0.0.1', ?4, ?4, g FROM instance",
        )?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis() as i64;
        let mut tokens = Vec::new();
        for name in names {
            let user: String =
                find.query_row([&name], |row| row.get(0)).map_err(|e| format!("there is no user {name:?}: {e}"))?;
            let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
            let id = format!("swarm{:07}", self.sessions);
            self.sessions += 1;
            put.execute(params![id, user, Sha256::digest(token.as_bytes()).as_slice(), now])?;
            tokens.push(token);
        }
        Ok(tokens)
    }

    pub(crate) fn finish(self) -> Result<(), Failure> {
        Ok(self.database.execute_batch("COMMIT")?)
    }
}
