//! A real history of 111,166 messages: loaded in one go, loaded again, and read.

use crate::import::{import, ok};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tests::contract::{self, Table};
use tests::folder::Folder;
use tests::people::{Account, PASSWORD};
use tests::rest::Rest;
use tests::server::{Server, Setting, repository};
use tests::{Outcome, check, fail};

const MESSAGES: i64 = 111_166;
const ROOMS: i64 = 340;
const PAGE: u64 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_history_loads_in_one_go_and_can_be_read() -> Outcome {
    let corpus = repository().join("../shared/corpora/gitter.jsonl.gz");
    if !corpus.is_file() {
        println!("skipped: ../shared/corpora/gitter.jsonl.gz is not there");
        return Ok(());
    }
    let folder = Arc::new(Folder::new()?);
    let data = folder.join("data");
    import(&data, &corpus).await?;
    check_counts(&data)?;
    import(&data, &corpus).await.map_err(|failure| failure.during("imported again"))?;
    check_counts(&data)?;
    let (room, head) = largest(&data)?;
    let server = Server::start(folder, Setting::default()).await?;
    read(&server, &room, head).await
}

fn check_counts(data: &Path) -> Outcome {
    let database = Connection::open(data.join("parlour.db"))?;
    let count = |query: &str| -> Outcome<i64> { Ok(database.query_row(query, [], |row| row.get(0))?) };
    let messages = count("SELECT count(*) FROM messages")?;
    let rooms = count("SELECT count(DISTINCT room) FROM messages")?;
    check!((messages, rooms) == (MESSAGES, ROOMS), "{messages} messages in {rooms} rooms");
    let uneven = count("SELECT count(*) FROM (SELECT room FROM messages GROUP BY room HAVING max(seq) <> count(*))")?;
    check!(uneven == 0, "in {uneven} rooms `seq` has holes");
    Ok(())
}

fn largest(data: &Path) -> Outcome<(String, u64)> {
    let database = Connection::open(data.join("parlour.db"))?;
    let query = "SELECT room, count(*) FROM messages GROUP BY room ORDER BY count(*) DESC LIMIT 1";
    let (room, count): (String, i64) = database.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((room, u64::try_from(count)?))
}

/// Somebody who registers now joins the largest room and pages through all of it.
async fn read(server: &Server, room: &str, head: u64) -> Outcome {
    let (table, rest) = (contract::table()?, Rest::new(server.address(), None)?);
    let wish = json!({"username": "reader", "password": PASSWORD});
    let registered = ok(rest.call(&table, "accounts.create", &wish).await?)?;
    let rest = rest.signed_in(&Account::from_answer(&registered)?.token);
    let joined = ok(rest.call(&table, "rooms.join", &json!({"room": room})).await?)?;
    check!(joined["count"] == json!(head) && joined["me"]["unread"] == json!(0), "joined {joined}");
    let mut seen = 0;
    let mut time = String::new();
    while seen < head {
        let page = page(&rest, &table, room, json!({"after": seen})).await?;
        for message in &page {
            check!(message["seq"] == json!(seen + 1), "after #{seen} comes {message}");
            let now = message["time"].as_str().unwrap_or_default().to_string();
            check!(now >= time, "#{} is older than the one before: {now}, {time}", seen + 1);
            (seen, time) = (seen + 1, now);
        }
        check!(!page.is_empty(), "the pages end at #{seen} of {head}");
    }
    for position in [1, head / 2, head] {
        let page = page(&rest, &table, room, json!({"around": position})).await?;
        check!(page.iter().any(|message| message["seq"] == json!(position)), "#{position} is not around itself");
    }
    let unread = ok(rest.call(&table, "reads.set", &json!({"room": room, "seq": head / 2})).await?)?;
    check!(unread["unread"] == json!(head - head / 2), "half of it unread: {unread}");
    Ok(())
}

async fn page(rest: &Rest, table: &Table, room: &str, mut place: Value) -> Outcome<Vec<Value>> {
    place["room"] = json!(room);
    place["limit"] = json!(PAGE);
    let page = ok(rest.call(table, "messages.history", &place).await?)?;
    match page["messages"].as_array() {
        Some(messages) => Ok(messages.clone()),
        None => fail!("no page: {page}"),
    }
}
