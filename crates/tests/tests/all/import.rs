//! Histories brought in from files.

use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tests::folder::Folder;
use tests::people::{Account, PASSWORD};
use tests::rest::Rest;
use tests::server::{Server, Setting, run};
use tests::{Failure, Outcome, check, contract, fail};

/// Nine lines, three of them bad: the fourth is no JSON, the sixth has no time, the eighth a time that is none.
const LINES: &str = r#"{"time": "2016-03-01T10:00:00.000Z", "room": "rust/help", "user": "grace", "text": "first"}
{"time": "2016-03-01T10:00:01.500Z", "room": "rust/help", "user": "linus", "text": "second @grace"}
{"time": "2016-03-02T00:00:00Z", "room": "rust/off topic", "user": "grace", "text": "elsewhere\nwith a second line"}
this is not JSON
{"time": "2016-03-01T10:00:02.000Z", "room": "rust/help", "user": "grace", "text": "third"}
{"room": "rust/help", "user": "grace", "text": "without a time"}
{"time": "2016-03-01T10:00:02.000Z", "room": "rust/help", "user": "grace", "text": "third"}
{"time": "yesterday", "room": "rust/help", "user": "grace", "text": "at a time that is none"}
{"time": "2016-03-01T10:00:03.000Z", "room": "rust/help", "user": "some one with spaces", "text": "last"}
"#;

const TEXTS: [&str; 5] = ["first", "second @grace", "third", "third", "last"];

pub(crate) async fn import(data: &Path, file: &Path) -> Outcome<String> {
    let (data, file) = (data.to_string_lossy().into_owned(), file.to_string_lossy().into_owned());
    let (status, out, err) = run(&["import", "--data", &data, "jsonl", &file], "").await?;
    check!(status.success() || status.code() == Some(1), "import ended with {status}:\n{out}{err}");
    Ok(format!("{out}{err}"))
}

fn stored(data: &Path) -> Outcome<Vec<(String, i64, String)>> {
    let database = Connection::open(data.join("parlour.db"))?;
    let mut query = database.prepare("SELECT room, seq, text FROM messages ORDER BY room, seq")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_history_is_imported_once_and_can_be_read() -> Outcome {
    let folder = Arc::new(Folder::new()?);
    let (plain, packed, data) = (folder.join("history.jsonl"), folder.join("history.jsonl.gz"), folder.join("data"));
    fs::write(&plain, LINES)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(LINES.as_bytes())?;
    fs::write(&packed, gzip.finish()?)?;
    let said = import(&data, &packed).await?;
    for bad in ["4", "6", "8"] {
        let named = said.lines().any(|line| line.split(|c: char| !c.is_ascii_digit()).any(|number| number == bad));
        check!(named, "the bad line {bad} is not reported:\n{said}");
    }
    let once = stored(&data)?;
    check!(once.len() == 6, "6 good lines, {} messages: {once:?}", once.len());
    import(&data, &packed).await?;
    import(&data, &plain).await?;
    let thrice = stored(&data)?;
    check!(once == thrice, "imported again it is another: {thrice:?}");
    read_back(folder).await
}

async fn read_back(folder: Arc<Folder>) -> Outcome {
    let server = Server::start(folder, Setting::default()).await?;
    let (table, rest) = (contract::table()?, Rest::new(server.address(), None)?);
    let wish = json!({"username": "reader", "password": PASSWORD});
    let registered = ok(rest.call(&table, "accounts.create", &wish).await?)?;
    let rest = rest.signed_in(&Account::from_answer(&registered)?.token);
    let found = ok(rest.call(&table, "rooms.list", &json!({"scope": "public", "query": "rust/help"})).await?)?;
    let Some(room) = found["rooms"][0]["id"].as_str() else { fail!("rust/help is not listed: {found}") };
    ok(rest.call(&table, "rooms.join", &json!({"room": room})).await?)?;
    let page = ok(rest.call(&table, "messages.history", &json!({"room": room, "limit": 200})).await?)?;
    let said: Vec<&Value> = page["messages"].as_array().into_iter().flatten().filter(|m| m["kind"] == "text").collect();
    let texts: Vec<&str> = said.iter().filter_map(|message| message["text"].as_str()).collect();
    check!(texts == TEXTS, "the order is {texts:?}");
    let times: Vec<&str> = said.iter().filter_map(|message| message["time"].as_str()).collect();
    check!(times[..2] == ["2016-03-01T10:00:00.000Z", "2016-03-01T10:00:01.500Z"], "the times are {times:?}");
    let author = said[0]["author"].as_str().unwrap_or_default();
    let person = ok(rest.call(&table, "users.get", &json!({"user": author})).await?)?;
    check!(person["imported"] == json!(true) && person["display_name"] == "grace", "the author is {person}");
    let name = person["username"].as_str().unwrap_or_default();
    let refused = rest.call(&table, "sessions.create", &json!({"username": name, "password": ""})).await?;
    check!(refused.is_err_and(|error| error["code"] == "auth.wrong"), "an imported account could sign in");
    Ok(())
}

pub(crate) fn ok(answer: Result<Value, Value>) -> Outcome<Value> {
    answer.map_err(|error| Failure(error.to_string()))
}
