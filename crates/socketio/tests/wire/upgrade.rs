//! From polling to WebSocket: nothing lost, nothing doubled, nothing out of order, whatever happens on the way.

use std::time::Duration;

use socketio::Config;

use crate::client::{Frame, Polling, WebSocket, finish_request, request};
use crate::host::{Host, quiet};

async fn probed(polling: &Polling) -> WebSocket {
    let mut socket = polling.websocket().await;
    socket.send("2probe").await;
    assert_eq!(socket.text().await, "3probe");
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_goes_on_by_websocket() {
    let mut host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let mut waiting = polling.begin_get().await;
    let mut socket = probed(&polling).await;
    assert_eq!(finish_request(&mut waiting).await, (200, "6".to_owned()), "a waiting request is ended");
    assert_eq!(polling.get().await, (200, "6".to_owned()), "and so is another");
    socket.send("5").await;
    socket.send("42[\"message\",1]").await;
    assert_eq!(socket.text().await, "42[\"message-back\",1]");
    assert_eq!(polling.get().await.0, 400);
    assert_eq!(polling.post("42[\"message\",2]").await.0, 400);
    let mut second = polling.websocket().await;
    assert_eq!(second.closed().await, Some(1008));
    socket.send("42[\"message\",3]").await;
    assert_eq!(socket.text().await, "42[\"message-back\",3]");
    let stats = host.server.stats();
    assert_eq!((stats.polling, stats.websocket, stats.upgrades), (0, 1, 1));
    drop(socket);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: transport close"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_of_all_that_time_come_once_and_in_order() {
    let host = Host::start(quiet()).await;
    for round in 0..20 {
        let polling = Polling::connected(host.address).await;
        let sender = host.socket();
        let sending = tokio::spawn(async move {
            for n in 0..200 {
                sender.emit("n", &n).unwrap();
                if n % 3 == 0 {
                    tokio::time::sleep(Duration::from_micros(300)).await;
                }
            }
        });
        let mut got = Vec::new();
        for _ in 0..round % 3 {
            got.extend(polling.get().await.1.split('\u{1e}').map(str::to_owned));
        }
        let mut socket = probed(&polling).await;
        if round % 2 == 0 {
            got.extend(polling.get().await.1.split('\u{1e}').map(str::to_owned));
        }
        socket.send("5").await;
        while got.last().is_none_or(|last| last != "42[\"n\",199]") {
            got.push(socket.text().await);
        }
        sending.await.unwrap();
        got.retain(|packet| packet != "6");
        let expected: Vec<String> = (0..200).map(|n| format!("42[\"n\",{n}]")).collect();
        assert_eq!(got, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_websocket_that_breaks_off_leaves_the_session_as_it_was() {
    let host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    drop(probed(&polling).await);
    for wrong in ["42[\"message\",1]", "5", "2", "2probes"] {
        loop {
            // The one before is still being forgotten.
            let mut socket = polling.websocket().await;
            socket.send(wrong).await;
            match socket.closed().await {
                Some(1008) => tokio::task::yield_now().await,
                code => break assert_eq!(code, Some(1002), "{wrong}"),
            }
        }
    }
    host.socket().emit("still", "here").unwrap();
    assert_eq!(polling.get().await, (200, "42[\"still\",\"here\"]".to_owned()));
    assert_eq!(polling.post("42[\"message\",1]").await.0, 200);
    assert_eq!(polling.get().await.1, "42[\"message-back\",1]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_websocket_that_stalls_half_way_is_given_up() {
    let config = Config { upgrade_timeout: Duration::from_millis(200), ..quiet() };
    let host = Host::start(config).await;
    let polling = Polling::connected(host.address).await;
    let mut silent = polling.websocket().await;
    let mut second = polling.websocket().await;
    assert_eq!(second.closed().await, Some(1008), "one at a time");
    silent.closed().await;
    let mut stalled = probed(&polling).await;
    stalled.closed().await;
    host.socket().emit("still", "here").unwrap();
    assert_eq!(polling.get().await.1, "42[\"still\",\"here\"]");
    let mut third = probed(&polling).await;
    third.send("5").await;
    third.send("42[\"message\",1]").await;
    assert_eq!(third.text().await, "42[\"message-back\",1]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_ends_takes_its_probing_websocket_along() {
    let host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let mut socket = probed(&polling).await;
    assert_eq!(polling.post("1").await.0, 200);
    socket.send("5").await;
    assert_eq!(socket.next().await, Frame::End);
    assert_eq!(polling.get().await, (200, "6".to_owned()), "a request that was overtaken by the close");
    assert_eq!(polling.get().await.0, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_of_a_websocket_cannot_be_polled_or_taken() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::open(host.address).await;
    let open = socket.text().await;
    let sid = open.split('"').nth(3).unwrap();
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    assert_eq!(request(host.address, "GET", &target, "", b"").await.0, 400);
    assert_eq!(request(host.address, "POST", &target, "", b"41").await.0, 400);
    let mut thief = Polling { address: host.address, target }.websocket().await;
    assert_eq!(thief.closed().await, Some(1008));
    socket.send("40").await;
    assert!(socket.text().await.starts_with("40{"));
    // What everybody may see of a socket opens nothing.
    socket.text().await;
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={}", host.socket().id());
    assert_eq!(request(host.address, "GET", &target, "", b"").await.0, 400);
}
