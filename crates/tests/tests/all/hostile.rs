//! Peers that are slow, silent or heard twice, at the outer boundary.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tests::gathering::{Gathering, cid};
use tests::server::Setting;
use tests::socket::{Refused, Socket, Transport};
use tests::{Outcome, check, fail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Longer than any limit of time of the server; it only bounds how long a server without one holds up the run.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than a first request may take to come, shorter than anybody keeps an idle connection.
const IDLE: Duration = Duration::from_secs(12);

/// One byte of the head each so often: a whole one would take minutes.
const PACE: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_comes_a_byte_at_a_time_is_cut_off_and_a_connection_that_is_idle_for_a_while_is_not() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let place = gathering.server.address().trim_start_matches("http://");
    tokio::try_join!(slow_head(place), two_requests_with_a_pause(place)).map(drop)
}

async fn slow_head(place: &str) -> Outcome {
    let head = format!("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nX-Slow: {}", "s".repeat(4_000));
    let (mut reader, mut writer) = TcpStream::connect(place).await?.into_split();
    let writing = async {
        for byte in head.bytes() {
            sleep(PACE).await;
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    };
    let reading = async {
        let mut answer = Vec::new();
        // Being cut off is an end as well.
        let _ = reader.read_to_end(&mut answer).await;
    };
    let ended = timeout(PATIENCE, async {
        tokio::select! { () = writing => {} () = reading => {} }
    });
    check!(ended.await.is_ok(), "a head that does not end keeps its connection");
    Ok(())
}

/// Clients and proxies use a connection again that was idle: a request that met its closing would be lost.
async fn two_requests_with_a_pause(place: &str) -> Outcome {
    let mut stream = TcpStream::connect(place).await?;
    for pause in [Duration::ZERO, IDLE] {
        sleep(pause).await;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
        let mut start = [0; 15];
        let read = timeout(PATIENCE, stream.read_exact(&mut start)).await;
        check!(matches!(read, Ok(Ok(_))), "a request after {pause:?} of silence is not answered: {read:?}");
        check!(start.starts_with(b"HTTP/1.1 200 OK"), "answered with {}", String::from_utf8_lossy(&start));
        // The rest of the answer comes at once and is not looked at.
        sleep(PACE).await;
        let _rest = stream.try_read(&mut [0; 4_096]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_network_is_heard_when_the_pings_stay_out() -> Outcome {
    let config = "[socket]\nping_interval = 1\nping_timeout = 1\n".to_string();
    let gathering = Gathering::of(2, Setting { config, ..Setting::default() }).await?;
    let ada = gathering.device(0, Transport::WebSocket).await?;
    for transport in [Transport::WebSocket, Transport::Polling] {
        let bo = gathering.device(1, transport).await?;
        let id = bo.account.id.clone();
        ada.wait("Bo online", |seen| seen.presence.get(&id).is_some_and(|presence| presence == "online")).await?;
        // Its socket stays open; it only answers nothing any more, as behind a wall that drops everything.
        bo.socket()?.pause();
        let offline =
            ada.wait("Bo offline", |seen| seen.presence.get(&id).is_some_and(|presence| presence == "offline"));
        offline.await?;
    }
    Ok(())
}

/// How often each change of a message was heard: by its `g`.
type Heard = Arc<Mutex<BTreeMap<u64, u32>>>;

async fn listen(gathering: &Gathering, person: usize) -> Outcome<(Socket, Heard, watch::Receiver<String>)> {
    let heard = Heard::default();
    let (tell, told) = watch::channel(String::new());
    let counts = heard.clone();
    let ear = Box::new(move |event: &str, value: Value| {
        if event == "op" && value["kind"] == "message" {
            let g = value["g"].as_u64().unwrap_or_default();
            *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(g).or_default() += 1;
            tell.send_replace(value["value"]["text"].as_str().unwrap_or_default().to_string());
        }
    });
    let auth = json!({"token": gathering.accounts[person].token});
    match Socket::open(gathering.server.address(), &auth, Transport::WebSocket, ear).await {
        Ok(socket) => {
            let hello = socket.call("hello", &json!({"watch": [gathering.room]})).await?;
            check!(hello.is_ok(), "hello: {hello:?}");
            Ok((socket, heard, told))
        }
        Err(Refused::ByServer(refusal)) => fail!("refused: {refusal}"),
        Err(Refused::Otherwise(failure)) => Err(failure),
    }
}

/// In the room, watching it, named in the text and its author: four reasons to be told, one op.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_somebody_in_several_ways_is_heard_once() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let names: Vec<String> = gathering.accounts.iter().map(|account| account.username.clone()).collect();
    let (ada, by_ada, mut told_ada) = listen(&gathering, 0).await?;
    let (_bo, by_bo, mut told_bo) = listen(&gathering, 1).await?;
    let texts = [format!("@{} and @{}", names[0], names[1]), "@all of you".into(), "the last".into()];
    for text in &texts {
        let sent = json!({"room": gathering.room, "cid": cid(), "text": text});
        check!(ada.call("messages.send", &sent).await?.is_ok(), "{text:?} is refused");
    }
    for told in [&mut told_ada, &mut told_bo] {
        let last = timeout(PATIENCE, told.wait_for(|text| text == "the last")).await;
        check!(matches!(last, Ok(Ok(_))), "the last message is not heard");
    }
    for (name, heard) in [(&names[0], by_ada), (&names[1], by_bo)] {
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        check!(heard.len() == texts.len() && heard.values().all(|times| *times == 1), "{name} heard {heard:?}");
    }
    Ok(())
}
