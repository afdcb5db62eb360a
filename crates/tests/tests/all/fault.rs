//! What goes wrong: a reader that stalls, and requests that are broken or far too large.

use serde_json::{Value, json};
use std::time::Duration;
use tests::gathering::{Gathering, cid, connected};
use tests::rest::answer;
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Outcome, check, fail, oracle};
use tokio::time::timeout;

/// 500 messages of 20 kB: far more than the kernel and the server keep for one connection.
const FLOOD: usize = 500;
const LETTERS: usize = 10_000;
const IN_FLIGHT: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stalls_holds_up_nobody_and_catches_up() -> Outcome {
    let gathering = Gathering::of(3, Setting::default()).await?;
    let ada = gathering.device(0, Transport::WebSocket).await?;
    let bo = gathering.device(1, Transport::WebSocket).await?;
    let mut cleo = gathering.device(2, Transport::WebSocket).await?;
    cleo.socket()?.pause();
    let text = "ä".repeat(LETTERS);
    let mut last = 0;
    for _ in 0..FLOOD / IN_FLIGHT {
        let mut waiting = Vec::new();
        for _ in 0..IN_FLIGHT {
            let wish = json!({"room": gathering.room, "cid": cid(), "text": text});
            waiting.push(ada.socket()?.emit("messages.send", &wish).await?);
        }
        for acknowledged in waiting {
            let answer = acknowledged.await?;
            let Some(seq) = answer["value"]["seq"].as_u64() else { fail!("not acknowledged: {answer}") };
            last = seq;
        }
    }
    let newest = (gathering.room.clone(), last);
    bo.wait("the last message of the flood", |seen| seen.replica.messages.contains_key(&newest)).await?;
    cleo.socket()?.resume();
    tokio::select! {
        told = cleo.wait("resync", |seen| seen.replica.resyncs > 0) => told?,
        _ = cleo.cut_off() => {}
    }
    if cleo.is_connected() {
        cleo.hello().await?;
    } else {
        connected(cleo.connect(gathering.server.address()).await)?;
        cleo.hello().await?;
    }
    for device in [&bo, &cleo] {
        oracle::agree(device, &gathering.table, gathering.server.address()).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_and_huge_requests_get_clear_errors() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let rest = gathering.rest(0)?;
    let room = format!("/api/v1/rooms/{}/messages", gathering.room);
    let deep = format!(r#"{{"text": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    let of_length = |length| format!(r#"{{"cid": "{}", "text": "{}"}}"#, cid(), "x".repeat(length)).into_bytes();
    let cases: [(&str, &str, Vec<u8>, u16, &str); 10] = [
        ("POST", &room, b"{\"text\": ".to_vec(), 400, "invalid.json"),
        ("POST", &room, b"hello".to_vec(), 400, "invalid.json"),
        ("POST", &room, b"{\"text\": \"\xff\xfe\"}".to_vec(), 400, "invalid.json"),
        ("POST", &room, b"{} {}".to_vec(), 400, "invalid.json"),
        ("POST", &room, b"[1, 2]".to_vec(), 422, "invalid.type"),
        ("POST", &room, Vec::new(), 422, "invalid.missing_field"),
        ("POST", &room, deep, 422, "invalid.type"),
        ("POST", &room, of_length(300 << 10), 413, "limit.too_large"),
        ("POST", &room, of_length(10 << 20), 413, "limit.too_large"),
        ("GET", "/api/v1/no-such-thing", Vec::new(), 404, "commands.unknown"),
    ];
    for (method, path, body, status, code) in cases {
        let said =
            format!("{method} with {} bytes {:?}", body.len(), String::from_utf8_lossy(&body[..body.len().min(24)]));
        let response = rest.raw(method, path, body).await.map_err(|failure| failure.during(&said))?;
        check!(response.status().as_u16() == status, "{said}: {} instead of {status}", response.status());
        let closes = response.headers().get("connection").is_some_and(|option| option == "close");
        check!(status != 413 || closes, "{said}: the connection ends after the answer, which does not say so");
        match answer(response).await.map_err(|failure| failure.during(&said))? {
            Err(error) if error["code"] == code => {}
            other => fail!("{said}: {other:?} instead of {code}"),
        }
    }
    check!(gathering.history(0).await?.iter().all(|message| message["kind"] != "text"), "something was posted");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_and_huge_packets_end_that_connection_at_most() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let bo = gathering.device(1, Transport::WebSocket).await?;
    let nested = format!("42777[\"messages.send\",{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let huge = format!("42777[\"messages.send\",{{\"text\":\"{}\"}}]", "x".repeat(10 << 20));
    let packets = [
        nested.as_str(),
        huge.as_str(),
        "42777[",
        "42777{}",
        "42",
        "429999999999999999999[\"profile.get\"]",
        "42777-[\"profile.get\"]",
        "451-777[\"profile.get\",{\"_placeholder\":true,\"num\":0}]",
        "459999999-777[\"profile.get\"]",
        "40{}",
        "9",
        "",
        "42/elsewhere,777[\"profile.get\"]",
        "43777[1]",
    ];
    for (transport, name) in [(Transport::WebSocket, "WebSocket"), (Transport::Polling, "polling")] {
        for packet in packets {
            let said = format!("{name}, after {:?}", &packet[..packet.len().min(60)]);
            let ada = gathering.device(0, transport).await?;
            // A server that closes while a packet is being written has answered, too.
            let _ = ada.socket()?.send(packet.to_string()).await;
            let profile = timeout(Duration::from_secs(15), ada.socket()?.call("profile.get", &json!({}))).await;
            let Ok(answered) = profile else {
                fail!("{said}: the connection neither answers nor ends ({:?})", ada.socket()?.ending())
            };
            if answered.is_err() {
                check!(!ada.is_connected(), "{said}: a call fails on an open connection");
            }
            bo.fence().await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_command_is_refused_by_name() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let ada = gathering.device(0, Transport::WebSocket).await?;
    for (event, argument, code) in [
        ("no.such.command", json!({}), "commands.unknown"),
        ("profile.get", json!("not an object"), "invalid.type"),
        ("profile.get", json!([1]), "invalid.type"),
        ("messages.send", Value::Null, "invalid.type"),
        ("watch.set", json!({"rooms": vec![gathering.room.as_str(); 101]}), "invalid.too_long"),
        ("direct.open", json!({"users": vec!["nobody"; 100]}), "invalid.too_long"),
    ] {
        match ada.socket()?.call(event, &argument).await? {
            Err(error) if error["code"] == code => {}
            other => fail!("{event} {argument}: {other:?} instead of {code}"),
        }
    }
    for (name, arguments) in [("presence.set", json!({"presence": "away"})), ("watch.set", json!({"rooms": []}))] {
        match gathering.rest(0)?.call(&gathering.table, name, &arguments).await? {
            Err(error) if error["code"] == "commands.connection_only" => {}
            other => fail!("{name} by REST: {other:?}"),
        }
    }
    Ok(())
}
