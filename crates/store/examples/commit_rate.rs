//! How many messages a second the engine acknowledges to 64 people who post at once, beside a bare loop on the same
//! disk that commits the same rows, 64 to a transaction.
//!
//! `cargo run --release -p store --example commit_rate [FOLDER [SECONDS]]`; the folder is made and removed.

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::accounts::{AccountWrite, Admission, Standing};
use store::commit::CommitSink;
use store::import::{ImportLine, ImportWrite};
use store::members::MemberWrite;
use store::messages::MessageWrite;
use store::rooms::{RoomKind, RoomWrite};
use store::{Cid, Committed, Database, Origin, Prepared, Write};

const POSTERS: u64 = 64;
/// The disk is seldom ours alone: many short rounds, and their median.
const ROUNDS: u64 = 7;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("commit_rate"), PathBuf::from);
    let seconds: f64 = arguments.next().map_or(Ok(1.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds);
    if folder.exists() {
        return Err(format!("{} exists: name a folder that does not", folder.display()).into());
    }
    let measured = measure(&folder, time);
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn measure(folder: &Path, time: Duration) -> Result<(), Failed> {
    std::fs::create_dir_all(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("messages a second; the bare loops commit {POSTERS} messages a transaction");
    let mut ratios = [Vec::new(), Vec::new()];
    for round in 1..=ROUNDS {
        let alone = bare(&folder.join(format!("alone{round}")), time, Rows::Messages)?;
        let all = bare(&folder.join(format!("all{round}")), time, Rows::All)?;
        let Measured { rate, group, cpu } = runtime.block_on(engine(&folder.join(format!("engine{round}")), time))?;
        println!(
            "bare: messages alone {alone:7.0}, all rows of a post {all:7.0}   engine: {rate:7.0} in groups of \
             {group:.1}, {cpu:.1} µs of CPU each   ratios {:.2}, {:.2}",
            rate / alone,
            rate / all
        );
        ratios[0].push(rate / alone);
        ratios[1].push(rate / all);
    }
    let [alone, all] = ratios.map(|mut ratios| {
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    });
    println!("median ratios: {alone:.2} of messages alone, {all:.2} of all rows of a post");
    let lines = runtime.block_on(import(&folder.join("import")))?;
    println!("import: {lines:.0} lines a second, 1,000 to a write");
    Ok(())
}

/// What the bare loop inserts.
#[derive(Clone, Copy)]
enum Rows {
    /// The messages alone.
    Messages,
    /// All that a post leaves behind: the message with its index, what the intention was answered with, the author's
    /// read position, and once a transaction the room's head and the commit number.
    All,
}

/// Messages a second of a loop that writes rows and does nothing else: no queue, no rules, nobody waiting.
fn bare(folder: &Path, time: Duration, rows: Rows) -> Result<f64, Failed> {
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

struct Measured {
    rate: f64,
    /// Messages in a group, on average.
    group: f64,
    /// Microseconds.
    cpu: f64,
}

#[derive(Default)]
struct Counting(Arc<Counts>);

#[derive(Default)]
struct Counts {
    groups: AtomicU64,
    changes: AtomicU64,
}

impl CommitSink for Counting {
    fn prepare(&self, committed: Committed, keep: bool) -> Prepared {
        let counts = self.0.clone();
        let tell = move || {
            counts.groups.fetch_add(1, Ordering::Relaxed);
            counts.changes.fetch_add(committed.changes.len() as u64, Ordering::Relaxed);
        };
        // About what a group of posts comes to.
        Prepared { body: keep.then(|| vec![0; 300]), tell: Box::new(tell) }
    }
}

async fn engine(folder: &Path, time: Duration) -> Result<Measured, Failed> {
    let sink = Arc::new(Counting::default());
    let db = store::sqlite::open(folder, store::sqlite::Options::default(), sink.clone()).await?;
    set_up(&db).await?;
    let before = (sink.0.groups.load(Ordering::Relaxed), sink.0.changes.load(Ordering::Relaxed), cpu()?);
    let done = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let posters: Vec<_> =
        (0..POSTERS).map(|poster| tokio::spawn(keep_posting(db.clone(), poster, done.clone()))).collect();
    tokio::time::sleep(time).await;
    done.store(true, Ordering::Relaxed);
    let mut posted = 0;
    for poster in posters {
        posted += poster.await??;
    }
    let elapsed = start.elapsed().as_secs_f64();
    let groups = sink.0.groups.load(Ordering::Relaxed) - before.0;
    let changes = sink.0.changes.load(Ordering::Relaxed) - before.1;
    let cpu = (cpu()? - before.2).as_secs_f64();
    db.close().await;
    if changes != posted {
        return Err(format!("{posted} messages acknowledged, {changes} told").into());
    }
    Ok(Measured {
        rate: posted as f64 / elapsed,
        group: changes as f64 / groups as f64,
        cpu: cpu * 1e6 / posted as f64,
    })
}

async fn set_up(db: &Arc<dyn Database>) -> Result<(), store::Error> {
    for poster in 0..POSTERS {
        let id = author(poster);
        let create = AccountWrite::Create {
            id: id.clone(),
            username: id.clone(),
            name_key: id.clone(),
            skeleton: id.clone(),
            display_name: id.clone(),
            time_zone: String::new(),
            standing: Standing::Member,
            password: None,
            admission: Admission::Free,
        };
        write(db, &id, None, Write::Account(create)).await?;
        let enter = if poster == 0 {
            let (name, topic, code) = ("Garden".to_owned(), String::new(), "GARDENXY".to_owned());
            let create =
                RoomWrite::Create { id: "garden".into(), owner: id.clone(), kind: RoomKind::Public, name, topic, code };
            Write::Room(create)
        } else {
            Write::Member(MemberWrite::Join { user: id.clone(), room: Some("garden".into()), code: None })
        };
        write(db, &id, None, enter).await?;
    }
    Ok(())
}

async fn keep_posting(db: Arc<dyn Database>, poster: u64, done: Arc<AtomicBool>) -> Result<u64, store::Error> {
    let (author, text) = (author(poster), text());
    let mut posted = 0;
    while !done.load(Ordering::Relaxed) {
        let cid = Cid { id: cid(poster, posted), input: 0 };
        let (room, author, text) = ("garden".to_owned(), author.clone(), text.clone());
        let post =
            MessageWrite::Post { room, author: author.clone(), text, reply_to: None, mentions: vec![], all: false };
        write(&db, &author, Some(cid), Write::Message(post)).await?;
        posted += 1;
    }
    Ok(posted)
}

async fn write(db: &Arc<dyn Database>, user: &str, cid: Option<Cid>, write: Write) -> Result<(), store::Error> {
    let origin = Origin { user: Some(user.to_owned()), cid, command: "messages.send", at: now(), answer: None };
    db.write(origin, write).await.map(drop)
}

/// Lines a second of an import into one room with 500 authors.
async fn import(folder: &Path) -> Result<f64, Failed> {
    let db = store::sqlite::open(folder, store::sqlite::Options::default(), Arc::new(Counting::default())).await?;
    set_up(&db).await?;
    let house = |write: ImportWrite| {
        let origin = Origin { user: None, cid: None, command: "import", at: now(), answer: None };
        db.write(origin, Write::Import(write))
    };
    let (id, key, name, code) = ("old".to_owned(), "old".to_owned(), "old".to_owned(), "OLDGARDN".to_owned());
    house(ImportWrite::Room { id, key, name, code }).await?;
    let start = Instant::now();
    let most = 100_000;
    for first in (0..most).step_by(1_000) {
        let lines = (first..first + 1_000).map(line).collect();
        house(ImportWrite::Lines { room: "old".into(), lines }).await?;
    }
    let elapsed = start.elapsed().as_secs_f64();
    db.close().await;
    Ok(most as f64 / elapsed)
}

fn line(number: u64) -> ImportLine {
    // Digests are spread as those of a hash are.
    let spread = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut digest = [0; 16];
    digest[..8].copy_from_slice(&spread.to_le_bytes());
    ImportLine {
        author: Some(format!("author{:06}", number % 500)),
        text: text(),
        time: now(),
        mentions: Vec::new(),
        reply_to: None,
        digest,
    }
}

/// As a UUID of version 7: milliseconds first, then what makes it unique.
fn cid(poster: u64, number: u64) -> String {
    let (time, number) = (now(), number % 0x1000);
    format!("{:08x}-{:04x}-7{number:03x}-8000-{poster:012x}", time >> 16, time & 0xffff)
}

fn author(poster: u64) -> String {
    format!("poster{poster:06}")
}

fn text() -> String {
    "All that we see or seem is but a dream within a dream; so at least it was said in the garden today.".into()
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// The processor time of this process so far, all threads (proc(5), fields 14 and 15 in ticks of 10 ms).
fn cpu() -> Result<Duration, Failed> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}
