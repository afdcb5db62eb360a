//! Engine.IO: handshake, messages, heartbeat and close, on both transports.

use crate::client::{Frame, Polling, WebSocket, request};
use crate::host::{Host, brisk, quiet};
use socketio::Config;

const ENGINE: &str = "/socket.io/?EIO=4&transport=polling";

#[tokio::test]
async fn a_handshake_tells_the_limits_and_times() {
    let host = Host::start(brisk()).await;
    let (status, body) = request(host.address, "GET", ENGINE, "", b"").await;
    assert_eq!(status, 200);
    let value: serde_json::Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
    assert_eq!(value["upgrades"], serde_json::json!(["websocket"]));
    assert_eq!((&value["pingInterval"], &value["pingTimeout"]), (&250.into(), &500.into()));
    assert_eq!(value["maxPayload"], 1_000_000);
    assert_eq!(value.as_object().unwrap().len(), 5);
    let by_websocket = WebSocket::open(host.address).await.text().await;
    assert!(by_websocket.contains("\"upgrades\":[]"), "{by_websocket}");
    assert_ne!(by_websocket[9..30], body[9..30]);
}

#[tokio::test]
async fn wrong_requests_get_the_protocols_errors() {
    let host = Host::start(quiet()).await;
    let cases = [
        ("GET", "/socket.io/?EIO=4", 400, 0),
        ("GET", "/socket.io/?EIO=4&transport=abc", 400, 0),
        ("GET", "/socket.io/?transport=polling", 400, 5),
        ("GET", "/socket.io/?EIO=3&transport=polling", 400, 5),
        ("GET", "/socket.io/?EIO=abc&transport=polling", 400, 5),
        ("POST", ENGINE, 400, 2),
        ("PUT", ENGINE, 400, 2),
        ("GET", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAA", 400, 1),
        ("GET", "/socket.io/?EIO=4&transport=polling&sid=", 400, 1),
        ("GET", "/socket.io/?EIO=4&transport=polling&sid=%00%ff", 400, 1),
        ("GET", "/socket.io/?EIO=4&transport=polling&j=0", 403, 4),
        ("GET", "/socket.io/?EIO=4&transport=websocket", 400, 3),
    ];
    for (method, target, status, code) in cases {
        let (got, body) = request(host.address, method, target, "", b"").await;
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((got, &value["code"]), (status, &code.into()), "{method} {target}");
        assert!(value["message"].is_string());
    }
    assert_eq!(request(host.address, "GET", "/other/?EIO=4&transport=polling", "", b"").await.0, 404);
    assert_eq!(request(host.address, "GET", "/socket.io?EIO=4&transport=polling", "", b"").await.0, 200);
    for target in ["/socket.io/?transport=websocket", "/socket.io/?EIO=4"] {
        assert_eq!(WebSocket::open_at(host.address, target, "").await.err(), Some(400), "{target}");
    }
    assert_eq!(host.server.stats().websocket, 0);
}

#[tokio::test]
async fn messages_of_text_and_bytes_come_back() {
    let host = Host::start_engine(quiet()).await;
    let polling = Polling::open(host.address).await;
    assert_eq!(polling.post("4hello\u{1e}4grün\u{1e}bAQIDBA==").await, (200, "ok".to_owned()));
    assert_eq!(polling.get().await, (200, "4hello\u{1e}4grün\u{1e}bAQIDBA==".to_owned()));
    let mut socket = WebSocket::open(host.address).await;
    socket.text().await;
    socket.send("4hello").await;
    socket.send_binary(&[1, 2, 3, 4]).await;
    assert_eq!(socket.next().await, Frame::Text("4hello".to_owned()));
    assert_eq!(socket.next().await, Frame::Binary(vec![1, 2, 3, 4]));
}

#[tokio::test]
async fn what_is_no_packet_closes_the_session() {
    let host = Host::start_engine(quiet()).await;
    for body in [&b"abc"[..], b"", b"4a\x1e", b"2", b"0", b"b%%", b"\xff\xfe"] {
        let polling = Polling::open(host.address).await;
        assert_eq!(polling.post(body).await.0, 400, "{body:?}");
        assert_eq!(polling.get().await.0, 400, "{body:?}");
    }
    for text in ["abc", "", "2", "0{}", "b4"] {
        let mut socket = WebSocket::open(host.address).await;
        socket.text().await;
        socket.send(text).await;
        assert_eq!(socket.closed().await, Some(1002), "{text:?}");
    }
}

#[tokio::test]
async fn the_server_pings_and_closes_who_does_not_answer() {
    let mut host = Host::start(brisk()).await;
    let mut socket = WebSocket::connected(host.address).await;
    let polling = Polling::connected(host.address).await;
    for _ in 0..4 {
        assert_eq!(socket.text().await, "2");
        socket.send("3").await;
        assert_eq!(polling.get().await, (200, "2".to_owned()));
        assert_eq!(polling.post("3").await.0, 200);
    }
    assert_eq!([host.note().await, host.note().await], ["connected /", "connected /"]);
    socket.closed().await;
    assert_eq!(
        [host.note().await, host.note().await],
        ["disconnected /: ping timeout", "disconnected /: ping timeout"]
    );
    assert_eq!(polling.get().await.0, 400);
    assert_eq!(host.server.stats().heartbeat_timeouts, 2);
}

#[tokio::test]
async fn the_client_can_close() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("1").await;
    assert_eq!(socket.closed().await, Some(1000));
    let mut socket = WebSocket::connected(host.address).await;
    socket.send_frame(0x88, &4_001_u16.to_be_bytes()).await;
    assert_eq!(socket.closed().await, Some(4_001));
    let polling = Polling::connected(host.address).await;
    let mut waiting = polling.begin_get().await;
    assert_eq!(polling.post("1").await, (200, "ok".to_owned()));
    assert_eq!(crate::client::finish_request(&mut waiting).await, (200, "6".to_owned()));
    assert_eq!(polling.get().await.0, 400);
    let mut notes = Vec::new();
    for _ in 0..6 {
        notes.push(host.note().await);
    }
    assert_eq!(notes.iter().filter(|note| *note == "disconnected /: transport close").count(), 3);
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_noticed_at_once() {
    let mut host = Host::start(quiet()).await;
    drop(WebSocket::connected(host.address).await);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: transport close"]);
    let polling = Polling::connected(host.address).await;
    drop(polling.begin_get().await);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: transport error"]);
}

#[tokio::test]
async fn control_frames_are_answered() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send_frame(0x8a, b"unasked").await;
    socket.send_frame(0x89, b"there?").await;
    assert_eq!(socket.next().await, Frame::Pong(b"there?".to_vec()));
}

#[tokio::test]
async fn shutting_down_lets_clients_come_back() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    let polling = Polling::connected(host.address).await;
    let mut waiting = polling.begin_get().await;
    host.socket().emit("last", "words").unwrap();
    assert_eq!(crate::client::finish_request(&mut waiting).await, (200, "42[\"last\",\"words\"]".to_owned()));
    let mut waiting = polling.begin_get().await;
    let server = host.server.clone();
    let closing = tokio::spawn(async move { server.shut_down().await });
    // Not a Socket.IO DISCONNECT: after that, clients stay away.
    assert_eq!(socket.next().await, Frame::Close(1001));
    // Nor an Engine.IO CLOSE: after that, Python's client stays away.
    assert_eq!(crate::client::finish_request(&mut waiting).await.0, 503);
    socket.send_frame(0x88, &1_001_u16.to_be_bytes()).await;
    assert_eq!(socket.next().await, Frame::End);
    drop(socket);
    closing.await.unwrap();
    assert_eq!([host.note().await, host.note().await], ["connected /", "connected /"]);
    for _ in 0..2 {
        assert_eq!(host.note().await, "disconnected /: server shutting down");
    }
    assert_eq!(request(host.address, "GET", ENGINE, "", b"").await.0, 503);
}

#[tokio::test]
async fn a_session_says_whose_it_is() {
    let host = Host::start(Config { session_tag: "n0de1a".to_owned(), ..quiet() }).await;
    let polling = Polling::connected(host.address).await;
    let (_, sid) = polling.target.split_once("sid=n0de1a").expect("the tag");
    let untagged = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    let (status, body) = request(host.address, "GET", &untagged, "", b"").await;
    assert_eq!(status, 400);
    assert!(body.contains("\"code\":1"));
    assert_eq!(polling.post("3").await.0, 200);
}
