//! Sessions, passwords and intentions where somebody who guesses, hurries or repeats tests them.

use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use tests::gathering::{Gathering, cid};
use tests::people::PASSWORD;
use tests::rest::{Answer, answer};
use tests::server::{Setting, Stage};
use tests::socket::Transport;
use tests::{Outcome, check, fail};

/// A sign-in from an address of loopback.
async fn sign_in(gathering: &Gathering, password: &str, last: u8) -> Outcome<Answer> {
    let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    let http = Client::builder().no_proxy().local_address(from).build()?;
    let wish = json!({"username": gathering.accounts[0].username, "password": password});
    answer(http.post(format!("{}/api/v1/sessions", gathering.server.address())).json(&wish).send().await?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_guesses_does_not_shut_the_owner_out() -> Outcome {
    let gathering = Gathering::of(1, Setting { limits: true, ..Setting::default() }).await?;
    let mut tries = 0;
    loop {
        tries += 1;
        match sign_in(&gathering, "a wrong guess", 66).await? {
            Err(error) if error["code"] == "limit.too_fast" => break,
            Err(error) if error["code"] == "auth.wrong" && tries < 50 => {}
            other => fail!("guess {tries}: {other:?}"),
        }
    }
    match sign_in(&gathering, PASSWORD, 66).await? {
        Err(error) if error["code"] == "limit.too_fast" => {}
        other => fail!("whoever guessed may go on: {other:?}"),
    }
    let owner = sign_in(&gathering, PASSWORD, 77).await?;
    check!(owner.is_ok(), "the owner is shut out, from another address: {owner:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_follows_the_end_of_a_session_is_not_carried_out() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    for _ in 0..20 {
        let signed_in = sign_in(&gathering, PASSWORD, 1).await?;
        let Ok(answer) = signed_in else { fail!("signing in: {signed_in:?}") };
        let mut gone = gathering.device(0, Transport::WebSocket).await?;
        gone.account.token = answer["token"].as_str().unwrap_or_default().into();
        tests::gathering::connected(gone.connect(gathering.server.address()).await)?;
        let ended = gone.socket()?.emit("sessions.end", &json!({})).await?;
        for _ in 0..5 {
            let late = json!({"room": gathering.room, "cid": cid(), "text": "too late"});
            // The connection may be over already, which is as good.
            let _ = gone.socket()?.emit("messages.send", &late).await;
        }
        check!(ended.await.is_ok_and(|answer| answer["ok"] == true), "signing out is not acknowledged");
        gone.socket()?.ended().await;
    }
    let late = gathering.history(1).await?.iter().filter(|message| message["text"] == "too late").count();
    check!(late == 0, "{late} messages were posted by sessions that had ended");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_made_from_a_password_stands_beside_its_hash() -> Outcome {
    let setting = Setting { stage: Stage::Sqlite, ..Setting::default() };
    let mut gathering = Gathering::of(1, setting).await?;
    let rest = gathering.rest(0)?;
    let (first, second) = ("the first new password", "the second new password");
    let same = cid();
    for (current, new) in [(PASSWORD, first), (first, second)] {
        let wish = json!({"cid": same, "current": current, "new": new});
        let changed = rest.call(&gathering.table, "password.change", &wish).await?;
        // If the intention were remembered, the second would be another use of the same cid.
        check!(changed.is_ok(), "{changed:?}");
    }
    gathering.server.stop().await?;
    let mut kept = 0;
    for entry in fs::read_dir(gathering.server.data())?.flatten().filter(|entry| entry.path().is_file()) {
        let bytes = fs::read(entry.path())?;
        for password in [PASSWORD, first, second] {
            let found = bytes.windows(password.len()).any(|window| window == password.as_bytes());
            check!(!found, "{password:?} stands in {}", entry.path().display());
        }
        if bytes.starts_with(b"SQLite format 3\0") {
            let remembered = "SELECT count(*) FROM commands WHERE command = 'password.change'";
            let count: u32 = Connection::open(entry.path())?.query_row(remembered, [], |row| row.get(0))?;
            check!(count == 0, "{count} changes of a password are remembered with what they said");
            kept += 1;
        }
    }
    check!(kept == 1, "{kept} databases in the folder");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intention_is_the_same_however_it_is_written() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let ada = gathering.device(0, Transport::WebSocket).await?;
    let (id, text) = (cid(), "said once");
    let by_socket = json!({"room": gathering.room, "cid": id, "text": text});
    let first = ada.socket()?.call("messages.send", &by_socket).await?;
    let Ok(first) = first else { fail!("refused: {first:?}") };
    let written = [
        json!({"cid": id.to_uppercase(), "text": text}),
        json!({"text": text, "cid": id, "reply_to": null}),
        json!({"reply_to": Value::Null, "cid": id.to_uppercase(), "text": text}),
    ];
    for body in written {
        let path = format!("/api/v1/rooms/{}/messages", gathering.room);
        let again = answer(gathering.rest(0)?.raw("POST", &path, body.to_string().into_bytes()).await?).await?;
        check!(again.as_ref() == Ok(&first), "{body} is answered with {again:?}, not with {first}");
    }
    let said = gathering.history(0).await?.iter().filter(|message| message["text"] == text).count();
    check!(said == 1, "it was posted {said} times");
    Ok(())
}
