//! The plan of every statement, the time limit of questions, and what migrations refuse.

use super::readers::Readers;
use super::{Options, files, migrations};
use crate::Error;
use crate::migrations::{MIGRATIONS, Migration};
use crate::sql::listing::statements;
use crate::sql::{Failure, Sql};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Statements that may do what the others may not, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Sorts the people whose display name starts with what somebody typed, and keeps only a page of them.
    ("accounts::SEARCH_FOLDS", "USE TEMP B-TREE FOR ORDER BY"),
    // Sorts the invitations that can still be used.
    ("invitations::USABLE", "USE TEMP B-TREE FOR ORDER BY"),
];

const ENDLESS: Sql = shared("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
const ONE: Sql = shared("SELECT 1");
const RAISE: Sql = shared("UPDATE instance SET g = 99");
const READ: Sql = shared("SELECT g FROM instance");

const fn shared(sqlite: &'static str) -> Sql {
    Sql { sqlite, postgres: None }
}

/// What SQLite would do for a statement, a line a step.
fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    steps
}

fn is_costly(step: &str) -> bool {
    (step.starts_with("SCAN ") && step != "SCAN CONSTANT ROW")
        || step.contains("TEMP B-TREE")
        || step.contains("AUTOMATIC")
}

#[test]
fn no_statement_reads_or_sorts_a_whole_table() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::run(&mut db).unwrap();
    check_plans(&db);
}

#[test]
fn plans_stay_when_the_planner_knows_the_tables() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::run(&mut db).unwrap();
    // As a young database is when it is first closed: a few users and rooms, some messages.
    for user in 0..5 {
        db.execute(
            "INSERT INTO users VALUES ('u' || ?1, 'u', 'u' || ?1, 'u' || ?1, 'u', 'u', '', '', 0, 0, '', 0, ?1, 0, NULL, 0)",
            [user],
        )
        .unwrap();
        db.execute(
            "INSERT INTO sessions VALUES ('s' || ?1, 'u' || ?1, CAST(?1 AS BLOB), '', '', 0, 0, NULL, ?1)",
            [user],
        )
        .unwrap();
        db.execute("INSERT INTO subscriptions VALUES ('s' || ?1, 'u' || ?1, ?1, x'', x'')", [user]).unwrap();
        db.execute("INSERT INTO pushed VALUES ('s' || ?1, 'r1', 1)", [user]).unwrap();
        db.execute("INSERT INTO commands VALUES ('c' || ?1, 'u', 'x', 0, 0, 0, NULL, NULL, NULL, NULL)", [user])
            .unwrap();
    }
    for room in 0..3 {
        db.execute(
            "INSERT INTO rooms VALUES ('r' || ?1, ?1, '', '', '', ?1, '', '', 5, 0, 40, 40, 0, 0, 0, 0, NULL, 0)",
            [room],
        )
        .unwrap();
        for user in 0..5 {
            let member = "INSERT INTO members VALUES ('r' || ?1, 'u' || ?2, 0, 0, ?2, 0, 0, 0, 0, 0, 1, ?2 % 4, NULL)";
            db.execute(member, (room, user)).unwrap();
        }
        for seq in 1..=40 {
            let message = "INSERT INTO messages VALUES ('r' || ?1, ?2, ?2, 0, 'u1', NULL, 'x', 0, ?2, NULL, ?2 % 2, NULL, '', 0, NULL, NULL, NULL, NULL)";
            db.execute(message, (room, seq)).unwrap();
            db.execute("INSERT INTO mentions VALUES ('u1', 'r' || ?1, ?2)", (room, seq)).unwrap();
            db.execute("INSERT INTO hidden VALUES ('u1', 'r' || ?1, ?2, ?2)", (room, seq)).unwrap();
            db.execute("INSERT INTO everybody VALUES ('r' || ?1, ?2)", (room, seq)).unwrap();
            db.execute("INSERT INTO reactions VALUES ('r' || ?1, ?2, 'x', 'u1', ?2)", (room, seq)).unwrap();
            db.execute("INSERT INTO saved VALUES ('u1', 'r' || ?1, ?2, ?2, ?2 % 2)", (room, seq)).unwrap();
        }
    }
    db.execute_batch("ANALYZE").unwrap();
    check_plans(&db);
}

fn check_plans(db: &Connection) {
    let mut costly = Vec::new();
    for (name, sql) in statements() {
        for step in plan(db, sql.sqlite).into_iter().filter(|step| is_costly(step)) {
            if !EXCEPTIONS.contains(&(name.as_str(), step.as_str())) {
                costly.push(format!("{name}: {step}"));
            }
        }
    }
    assert!(costly.is_empty(), "{costly:#?}");
}

#[test]
fn a_costly_plan_would_be_seen() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::run(&mut db).unwrap();
    for sql in [
        "SELECT text FROM messages WHERE text = 'x'",
        "SELECT text FROM messages WHERE room = 'x' ORDER BY time",
        "SELECT count(*) FROM users",
    ] {
        assert!(plan(&db, sql).iter().any(|step| is_costly(step)), "{sql}: {:?}", plan(&db, sql));
    }
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("store-engine-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_interrupted() {
    let folder = Folder::new();
    let options = Options { readers: 1, question_time: Duration::from_millis(30), ..Options::default() };
    let mut writer = files::connect_writer(&folder.0, &options).unwrap();
    migrations::run(&mut writer).unwrap();
    let readers = Readers::open(&files::database(&folder.0), &options).unwrap();
    for _ in 0..3 {
        let error = readers.ask(false, |db| db.one(ENDLESS, (), |_| Ok(()))).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        let one: i64 = readers.ask(false, |db| db.one(ONE, (), |row| row.get(0))).await.unwrap();
        assert_eq!(one, 1);
    }
    readers.close().await;
    let error = readers.ask(false, |_| Ok(())).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_question_cannot_write_and_a_panic_costs_no_connection() {
    let folder = Folder::new();
    let options = Options { readers: 1, ..Options::default() };
    let mut writer = files::connect_writer(&folder.0, &options).unwrap();
    migrations::run(&mut writer).unwrap();
    let readers = Readers::open(&files::database(&folder.0), &options).unwrap();
    let write = readers.ask(false, |db| db.execute(RAISE, ())).await;
    assert!(write.is_err());
    let broken: Result<(), Error> = readers.ask(false, |_| -> Result<(), Failure> { panic!("on purpose") }).await;
    assert!(matches!(broken, Err(Error::Internal(_))), "{broken:?}");
    let g: i64 = readers.ask(false, |db| db.one(READ, (), |row| row.get(0))).await.unwrap();
    assert_eq!(g, 0);
}

#[test]
fn a_step_that_fails_leaves_the_step_before() {
    let mut db = Connection::open_in_memory().unwrap();
    let steps = [
        Migration { number: 1, sqlite: MIGRATIONS[0].sqlite, postgres: "" },
        Migration {
            number: 2,
            sqlite: "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);",
            postgres: "",
        },
    ];
    let error = migrations::run_these(&mut db, &steps).unwrap_err();
    assert!(error.to_string().contains("migration 2"), "{error}");
    assert_eq!(migrations::version(&db).unwrap(), 1);
    assert!(db.prepare("SELECT a FROM two").is_err());
}

#[test]
fn a_newer_and_a_changed_schema_are_refused() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::run(&mut db).unwrap();
    db.execute("INSERT INTO migrations (number, checksum) VALUES (999, '')", []).unwrap();
    let error = migrations::run(&mut db).unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 999, .. }), "{error}");
    assert!(migrations::version(&db).is_err());
    db.execute("DELETE FROM migrations WHERE number = 999", []).unwrap();
    db.execute("UPDATE migrations SET checksum = 'another' WHERE number = 1", []).unwrap();
    let error = migrations::run(&mut db).unwrap_err();
    assert!(error.to_string().contains("changed after it ran"), "{error}");
}
