//! A client in another language, written from the page "Writing a client" alone, holds what the server shows.

use crate::clients::talker::{programs, python};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tests::dice::Dice;
use tests::folder::Folder;
use tests::gathering::{Gathering, cid};
use tests::people::PASSWORD;
use tests::proxy::Proxy;
use tests::server::{Setting, repository};
use tests::{Failure, Outcome, check, fail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

const LIMIT: Duration = Duration::from_secs(60);
/// How many things happen.
const LENGTH: usize = 120;

/// The client as a process.
struct Stranger {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Stranger {
    async fn start(gathering: &Gathering, person: usize, address: &str, folder: &Folder) -> Outcome<Stranger> {
        let mut command = Command::new(python().ok_or_else(|| Failure("there is no Python".into()))?);
        command.arg(programs().join("python/replica.py"));
        command
            .args([address, gathering.accounts[person].username.as_str(), PASSWORD])
            .arg(folder.join("replica.json"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { fail!("no pipes") };
        let mut stranger = Stranger { _child: child, input, output: BufReader::new(output).lines() };
        check!(stranger.next().await?["ready"] == true, "it does not begin");
        Ok(stranger)
    }

    async fn next(&mut self) -> Outcome<Value> {
        match timeout(LIMIT, self.output.next_line()).await {
            Ok(Ok(Some(line))) => {
                let told: Value = serde_json::from_str(&line)?;
                check!(told["failed"].is_null(), "it failed: {told}");
                Ok(told)
            }
            _ => fail!("it says nothing more"),
        }
    }

    async fn ask(&mut self, wish: Value) -> Outcome<Value> {
        self.input.write_all(format!("{wish}\n").as_bytes()).await?;
        self.next().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_written_from_the_page_holds_what_the_server_shows() -> Outcome {
    if !python().is_some_and(|python| python.is_file()) {
        println!("skipped: no Python with python-socketio (`make test` prepares one, PARLOUR_PYTHON names one)");
        return Ok(());
    }
    let mut gathering = Gathering::of(3, Setting::default()).await?;
    let other = gathering.value(0, "rooms.create", &json!({"cid": cid(), "name": "field", "kind": "public"})).await?;
    let Some(other) = other["id"].as_str().map(str::to_string) else { fail!("no room") };
    for person in [1, 2] {
        gathering.value(person, "rooms.join", &json!({"cid": cid(), "room": other})).await?;
    }
    let rooms = [gathering.room.clone(), other];
    let proxy = Proxy::to(gathering.server.address(), 11).await?;
    let folder = Folder::new()?;
    let mut stranger = Stranger::start(&gathering, 0, proxy.address(), &folder).await?;
    let mut dice = Dice::new(11);
    let mut sent = Vec::new();
    proxy.trouble(true);
    for step in 0..LENGTH {
        let room = dice.pick(&rooms).clone();
        match dice.throw(16) {
            0 => drop(stranger.ask(json!({"watch": [room]})).await?),
            1 => drop(stranger.ask(json!({"watch": rooms})).await?),
            2 => drop(stranger.ask(json!({"cut": true})).await?),
            3 => drop(stranger.ask(json!({"crash": true})).await?),
            4 if step % 3 == 0 => {
                gathering.server.kill().await?;
                gathering.server.again().await?;
            }
            5..=7 => {
                let text = format!("mine {step}");
                stranger.ask(json!({"send": {"room": room, "text": text}})).await?;
                sent.push((room, text));
            }
            _ => others(&gathering, &mut dice, &room).await?,
        }
    }
    proxy.trouble(false);
    drop(stranger.ask(json!({"watch": rooms})).await?);
    converges(&gathering, &mut stranger, &rooms).await?;
    for (room, text) in sent {
        let times = texts(&gathering, &room).await?.iter().filter(|one| **one == json!(text)).count();
        check!(times == 1, "{text:?} is there {times} times");
    }
    Ok(())
}

/// Somebody else does something; they cannot delete what the owner of the rooms said.
async fn others(gathering: &Gathering, dice: &mut Dice, room: &str) -> Outcome {
    let person = 1 + dice.throw(2) as usize;
    let seq = 1 + dice.throw(12);
    let text = *dice.pick(&["a", "@ada look", "@all come"]);
    let device = gathering.rest(person)?;
    let (command, wish) = match dice.throw(6) {
        0 => ("messages.edit", json!({"room": room, "seq": seq, "text": format!("{text}!"), "cid": cid()})),
        1 => ("messages.delete", json!({"room": room, "seq": seq, "cid": cid()})),
        2 => ("rooms.update", json!({"room": room, "name": format!("called {seq}"), "cid": cid()})),
        _ => ("messages.send", json!({"room": room, "text": text, "cid": cid()})),
    };
    // A refusal is as good: it changes nothing.
    device.call(&gathering.table, command, &wish).await.map(drop)
}

async fn texts(gathering: &Gathering, room: &str) -> Outcome<Vec<Value>> {
    let wish = json!({"room": room, "limit": 200});
    let page = gathering.value(0, "messages.history", &wish).await?;
    Ok(page["messages"].as_array().into_iter().flatten().map(|message| message["text"].clone()).collect())
}

/// Waits until it shows the rooms, the messages and the counts that the server shows.
async fn converges(gathering: &Gathering, stranger: &mut Stranger, rooms: &[String]) -> Outcome {
    let limit = Instant::now() + LIMIT;
    loop {
        let told = stranger.ask(json!({"show": true})).await?;
        let mut differences = Vec::new();
        for room in rooms {
            let shown = &told["shown"][room];
            let there = gathering.value(0, "rooms.get", &json!({"room": room})).await?;
            let page = gathering.value(0, "messages.history", &json!({"room": room, "limit": 200})).await?;
            let since = shown["since"].as_u64().unwrap_or(1);
            let page = page["messages"].as_array().into_iter().flatten();
            let right: Vec<&Value> = page.filter(|message| message["seq"].as_u64() >= Some(since)).collect();
            let held: Vec<&Value> = shown["messages"].as_array().into_iter().flatten().collect();
            if right != held {
                differences.push(format!("messages: {right:?}, held {held:?}"));
            }
            let right = json!([
                there["name"],
                there["head"],
                there["me"]["read"],
                there["me"]["unread"],
                there["me"]["mentions"]
            ]);
            let held = json!([shown["name"], shown["head"], shown["read"], shown["counts"][0], shown["counts"][1]]);
            if right != held || shown["watched"] != json!(true) {
                differences
                    .push(format!("name, head, read, unread, mentions: {right}, held {held}: {}", shown["watched"]));
            }
        }
        if told["settled"] == json!(true) && differences.is_empty() {
            return Ok(());
        }
        check!(Instant::now() < limit, "it does not converge:\n  {}", differences.join("\n  "));
        sleep(Duration::from_millis(200)).await;
    }
}

/// The example of the page is right.
#[test]
fn the_digest_of_the_page_is_what_the_page_says() -> Outcome {
    let page = std::fs::read_to_string(repository().join("docs/PROTOCOL.md"))?;
    let held = [(1, 5), (2, 6), (3, 9)];
    for (seq, gv) in held {
        let row = format!("| {seq} | {gv} | `{:016x}` |", tests::replica::mix(seq, gv));
        check!(page.contains(&row), "docs/PROTOCOL.md has no row {row}");
    }
    let sum = format!("| digest of block 0 | | `{}` |", tests::replica::digest(held.into_iter()));
    check!(page.contains(&sum), "docs/PROTOCOL.md has no row {sum}");
    Ok(())
}
