//! What the engine is measured against: a loop on SQLite that commits the same rows and does nothing else.

use super::{Failed, POSTERS, author, cid, now, text};
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

/// What the bare loop inserts.
#[derive(Clone, Copy)]
pub enum Rows {
    /// The messages alone.
    Messages,
    /// All that a post leaves behind: the message with its index, what the intention was answered with, the author's
    /// read position, and once a transaction the room's head and the commit number.
    All,
}

/// Messages a second of a loop that writes rows and does nothing else: no queue, no rules, nobody waiting.
pub fn bare(folder: &Path, time: Duration, rows: Rows) -> Result<f64, Failed> {
    std::fs::create_dir_all(folder)?;
    let mut db = Connection::open(folder.join("bare.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", 4000)?;
    db.execute_batch(BARE_TABLES)?;
    if let Rows::All = rows {
        db.execute_batch(BARE_INDEX)?;
        for poster in 0..POSTERS {
            db.execute("INSERT INTO members VALUES ('garden', ?1, 0, 0)", [author(poster)])?;
        }
    }
    let text = text();
    let (start, mut seq) = (Instant::now(), 0_i64);
    while start.elapsed() < time {
        let transaction = db.transaction()?;
        {
            let mut insert = transaction.prepare_cached(BARE_MESSAGE)?;
            let mut answer = transaction.prepare_cached(BARE_COMMAND)?;
            let mut read = transaction.prepare_cached(BARE_MEMBER)?;
            for poster in 0..POSTERS {
                seq += 1;
                let (author, time) = (author(poster), now());
                insert.execute(("garden", seq, &author, &text, time))?;
                if let Rows::All = rows {
                    answer.execute((cid(poster, seq as u64), &author, seq, time, "garden"))?;
                    read.execute(("garden", &author, seq))?;
                }
            }
            if let Rows::All = rows {
                transaction.prepare_cached(BARE_ROOM)?.execute(("garden", seq, now()))?;
            }
        }
        transaction.commit()?;
    }
    Ok(seq as f64 / start.elapsed().as_secs_f64())
}

const BARE_TABLES: &str = "
    CREATE TABLE messages (room TEXT NOT NULL, seq INTEGER NOT NULL, gv INTEGER NOT NULL, kind INTEGER NOT NULL,
        author TEXT, subject TEXT, text TEXT NOT NULL, time INTEGER NOT NULL, n INTEGER NOT NULL, edited INTEGER,
        deleted INTEGER NOT NULL, reply_to INTEGER, mentions TEXT NOT NULL, PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE commands (cid TEXT NOT NULL, user TEXT NOT NULL, command TEXT NOT NULL, g INTEGER NOT NULL,
        at INTEGER NOT NULL, room TEXT, seq INTEGER, subject_user TEXT, PRIMARY KEY (cid, user)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE members (room TEXT NOT NULL, user TEXT NOT NULL, read INTEGER NOT NULL, own_gv INTEGER NOT NULL,
        PRIMARY KEY (room, user)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rooms (id TEXT PRIMARY KEY, head INTEGER NOT NULL, head_time INTEGER NOT NULL, g INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;";
const BARE_INDEX: &str = "CREATE INDEX messages_by_change ON messages (room, gv);
    INSERT INTO rooms VALUES ('garden', 0, 0, 0);";
const BARE_MESSAGE: &str = "INSERT INTO messages VALUES (?1, ?2, ?2, 0, ?3, NULL, ?4, ?5, ?2, NULL, 0, NULL, '')";
const BARE_COMMAND: &str = "INSERT INTO commands VALUES (?1, ?2, 'messages.send', ?3, ?4, ?5, ?3, NULL)";
const BARE_MEMBER: &str = "UPDATE members SET read = ?3, own_gv = ?3 WHERE room = ?1 AND user = ?2";
const BARE_ROOM: &str = "UPDATE rooms SET head = ?2, head_time = ?3, g = ?2 WHERE id = ?1";
