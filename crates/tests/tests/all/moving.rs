//! Moving from SQLite to PostgreSQL and back: everything comes along, nothing changes where it came from, devices carry on.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, sync::Arc};
use tests::companions::{Database, shared_postgres};
use tests::device::{Device, Way};
use tests::folder::{self, Folder};
use tests::gathering::{Gathering, cid, connected};
use tests::server::{Server, Setting, Stage, Ties, binary, run};
use tests::socket::Transport;
use tests::{Outcome, check, oracle};
use tokio::process::Command;
use tokio::time::sleep;

/// Says things of many kinds, so that every table has something.
async fn live(gathering: &Gathering, times: usize) -> Outcome {
    let room = &gathering.room;
    for number in 0..times {
        let text = format!("number {number}, @bo and 🌻");
        gathering.value(number % 2, "messages.send", &json!({"room": room, "cid": cid(), "text": text})).await?;
    }
    let of = |seq: u64| json!({"room": room, "seq": seq, "cid": cid()});
    let with = |seq: u64, name: &str, value: &str| {
        let mut wish = of(seq);
        wish[name] = json!(value);
        wish
    };
    let head = gathering.value(0, "rooms.get", &json!({"room": room})).await?["head"].as_u64().unwrap_or(1);
    // The last one is Bo's, the one before Ada's.
    gathering.value(1, "messages.edit", &with(head, "text", "said differently")).await?;
    let on = |mut wish: Value| {
        wish["on"] = json!(true);
        wish
    };
    gathering.value(0, "reactions.set", &on(with(head, "emoji", "👍"))).await?;
    gathering.value(0, "pins.set", &on(of(head))).await?;
    gathering.value(0, "saved.set", &on(of(head))).await?;
    gathering.value(0, "messages.delete", &of(head - 1)).await?;
    gathering.value(0, "drafts.set", &json!({"room": room, "text": "to be continued", "cid": cid()})).await?;
    gathering.value(0, "settings.set", &json!({"values": {"scheme": "dark"}, "cid": cid()})).await?;
    let status = json!({"status": "on the way", "status_until": "2999-01-01T00:00:00Z", "cid": cid()});
    gathering.value(0, "profile.set", &status).await?;
    gathering.value(0, "direct.open", &json!({"users": [gathering.accounts[1].id], "cid": cid()})).await?;
    // The last one is the administrator.
    gathering.value(gathering.accounts.len() - 1, "invitations.create", &json!({"cid": cid()})).await.map(drop)
}

async fn copied(from: &str, to: &str) -> Outcome<String> {
    let (status, out, complaint) = run(&["copy", "--from", from, "--to", to], "").await?;
    check!(status.success(), "copying {from} to {to} ended with {status}:\n{out}{complaint}");
    Ok(format!("{out}{complaint}"))
}

/// The device goes on at another server, from its cursor, and was not told to forget.
async fn carries_on(device: &mut Device, server: &Server, gathering: &Gathering) -> Outcome {
    device.cut();
    device.rest = server.rest(Some(&device.account.token))?;
    connected(device.connect(server.address()).await)?;
    let before = device.seen().replica.messages.len();
    device.hello().await?;
    check!(device.seen().replica.messages.len() >= before, "{} had to start over", device.name);
    oracle::agree(device, &gathering.table, server.address()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_along_to_postgres_and_back() -> Outcome {
    if let Some(reason) = Stage::Postgres.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let mut gathering = Gathering::of(3, Setting { stage: Stage::Sqlite, ..Setting::default() }).await?;
    let mut devices =
        [gathering.device(0, Transport::WebSocket).await?, gathering.device(1, Transport::Polling).await?];
    // Fewer than make a gap: what is missed is told one by one.
    live(&gathering, 200).await?;
    for device in &devices {
        oracle::agree(device, &gathering.table, gathering.server.address()).await?;
    }
    let wish = json!({"room": gathering.room, "cid": cid(), "text": "said before, repeated afterwards"});
    let said = gathering.value(0, "messages.send", &wish).await?;
    gathering.server.stop().await?;
    let source = gathering.server.data();
    let (whole, before) = (format!("sqlite:{}", source.display()), contents(&source)?);
    let database = Database::create(&shared_postgres().unwrap_or_default(), None).await?;
    println!("{}", copied(&whole, &database.url()).await?);
    check!(contents(&source)? == before, "the copied database was changed");

    let ties = vec![Ties { database: database.url(), nats: String::new() }];
    let mut moved = Server::empty(Setting { ties, ..Setting::default() }).await?;
    for device in &mut devices {
        carries_on(device, &moved, &gathering).await?;
    }
    // Whoever did not hear the answer repeats the command at the new place.
    let again = devices[0].call(&gathering.table, Way::Rest, "messages.send", &wish).await?;
    check!(again.as_ref() == Ok(&said), "repeated after the move: {again:?}, first {said}");
    let later = json!({"room": gathering.room, "cid": cid(), "text": "said on PostgreSQL"});
    let answer = devices[1].call(&gathering.table, Way::Socket, "messages.send", &later).await?;
    check!(answer.is_ok(), "{answer:?}");
    // What is said while it is copied would be missing in the copy.
    let folder = Folder::new()?;
    let target = format!("sqlite:{}", folder.join("data").display());
    let (status, _, complaint) = run(&["copy", "--from", &database.url(), "--to", &target], "").await?;
    check!(!status.success() && complaint.contains("in use"), "a running server was copied: {complaint}");
    moved.stop().await?;

    let folder = Arc::new(Folder::new()?);
    copied(&database.url(), &format!("sqlite:{}", folder.join("data").display())).await?;
    let back = Server::start(folder, Setting::default()).await?;
    for device in &mut devices {
        carries_on(device, &back, &gathering).await?;
    }
    let again = devices[1].call(&gathering.table, Way::Rest, "messages.send", &later).await?;
    check!(again == answer, "repeated after the way back: {again:?}, first {answer:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_killed_is_finished_by_the_next() -> Outcome {
    if let Some(reason) = Stage::Postgres.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let mut gathering = Gathering::of(2, Setting { stage: Stage::Sqlite, ..Setting::default() }).await?;
    live(&gathering, 400).await?;
    let mut device = gathering.device(0, Transport::WebSocket).await?;
    gathering.server.stop().await?;
    let from = format!("sqlite:{}", gathering.server.data().display());
    let database = Database::create(&shared_postgres().unwrap_or_default(), None).await?;
    for milliseconds in [30, 80, 160] {
        let mut command = Command::new(binary()?);
        command.args(["copy", "--from", &from, "--to", &database.url()]);
        let mut copy = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        sleep(Duration::from_millis(milliseconds)).await;
        // It may have ended by itself.
        let _ = copy.kill().await;
    }
    let (status, out, complaint) = run(&["copy", "--from", &from, "--to", &database.url()], "").await?;
    // One that was quick had finished before it was to be killed; what it made is looked at below.
    let finished = status.success() || complaint.contains("the target is not empty");
    check!(finished, "the copy that was killed cannot be finished:\n{out}{complaint}");
    let ties = vec![Ties { database: database.url(), nats: String::new() }];
    let moved = Server::empty(Setting { ties, ..Setting::default() }).await?;
    carries_on(&mut device, &moved, &gathering).await?;
    // What is in use is not copied over.
    let (status, out, complaint) = run(&["copy", "--from", &from, "--to", &database.url()], "").await?;
    check!(!status.success(), "it was copied over a database in use: {out}{complaint}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_of_its_own_is_not_copied_over() -> Outcome {
    if let Some(reason) = Stage::Postgres.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let mut one = Gathering::of(1, Setting { stage: Stage::Sqlite, ..Setting::default() }).await?;
    let mut other = Gathering::of(2, Setting { stage: Stage::Postgres, ..Setting::default() }).await?;
    one.server.stop().await?;
    other.server.stop().await?;
    let from = format!("sqlite:{}", one.server.data().display());
    let to = other.server.database().map(Database::url).unwrap_or_default();
    let (status, out, complaint) = run(&["copy", "--from", &from, "--to", &to], "").await?;
    check!(!status.success(), "another instance was copied over: {out}{complaint}");
    other.server.again().await?;
    let room = other.value(0, "rooms.get", &json!({"room": other.room})).await?;
    check!(room["id"] == json!(other.room), "its room is gone: {room}");
    Ok(())
}

/// The database's bytes, without what SQLite keeps beside it while it is open.
fn contents(data: &Path) -> Outcome<Vec<u8>> {
    let copy = Folder::new()?;
    folder::copy(data, &copy.join("data"))?;
    Ok(fs::read(copy.join("data/parlour.db"))?)
}
