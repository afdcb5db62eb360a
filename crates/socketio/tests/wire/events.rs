//! Socket.IO: namespaces, events, acknowledgements and attachments.

use crate::client::{Frame, Polling, WebSocket};
use crate::host::{Host, brisk, quiet};

#[tokio::test]
async fn namespaces_are_entered_with_auth_and_refused_with_data() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::open(host.address).await;
    socket.text().await;
    socket.send("40/refused,{\"token\":1}").await;
    assert_eq!(socket.text().await, r#"44/refused,{"message":"no","data":{"code":"auth.required"}}"#);
    socket.send("40/random").await;
    assert_eq!(socket.text().await, r#"44/random,{"message":"Invalid namespace"}"#);
    socket.send("40{\"token\":\"123\"}").await;
    assert!(socket.text().await.starts_with("40{\"sid\":\""));
    assert_eq!(socket.text().await, "42[\"auth\",{\"token\":\"123\"}]");
    socket.send("40/custom,").await;
    assert!(socket.text().await.starts_with("40/custom,{\"sid\":\""));
    assert_eq!(socket.text().await, "42/custom,[\"auth\",{}]");
    socket.send("42/custom,[\"message\",1]").await;
    assert_eq!(socket.text().await, "42/custom,[\"message-back\",1]");
    socket.send("41/custom,").await;
    socket.send("42/custom,[\"message\",2]").await;
    socket.send("42[\"message\",3]").await;
    assert_eq!(socket.text().await, "42[\"message-back\",3]", "the other namespace stays");
    assert_eq!([host.note().await, host.note().await], ["connected /", "connected /custom"]);
    assert_eq!(host.note().await, "disconnected /custom: client namespace disconnect");
}

#[tokio::test]
async fn a_namespace_that_is_asked_for_twice_is_entered_once() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::open(host.address).await;
    socket.text().await;
    socket.send("40").await;
    socket.send("40").await;
    socket.send("42[\"message\"]").await;
    assert!(socket.text().await.starts_with("40{"));
    assert_eq!(socket.text().await, "42[\"auth\",{}]");
    assert_eq!(socket.text().await, "42[\"message-back\"]");
    assert_eq!(host.note().await, "connected /");
    assert!(host.is_silent());
}

#[tokio::test]
async fn headers_are_there_for_the_first_connect_only() {
    let mut host = Host::start(quiet()).await;
    let target = "/socket.io/?EIO=4&transport=websocket";
    let mut socket = WebSocket::open_at(host.address, target, "Cookie: a=b\r\n").await.unwrap();
    socket.send("40/refused").await;
    socket.send("40/cookie").await;
    socket.send("41/cookie").await;
    socket.send("40/cookie").await;
    for note in ["cookie a=b", "connected /cookie", "disconnected /cookie: client namespace disconnect", "cookie none"]
    {
        assert_eq!(host.note().await, note);
    }
}

#[tokio::test]
async fn who_enters_no_namespace_is_closed() {
    let mut host = Host::start(brisk()).await;
    let mut socket = WebSocket::open(host.address).await;
    socket.text().await;
    let mut left = WebSocket::connected(host.address).await;
    left.send("41").await;
    for socket in [&mut socket, &mut left] {
        loop {
            match socket.next().await {
                Frame::Text(_) => socket.send("3").await,
                other => break assert_eq!(other, Frame::Close(1008)),
            }
        }
    }
    assert_eq!(host.note().await, "connected /");
    assert_eq!(host.note().await, "disconnected /: client namespace disconnect");
    assert!(host.is_silent());
}

#[tokio::test]
async fn acknowledgements_go_both_ways() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]").await;
    assert_eq!(socket.text().await, "43456[1,\"2\",{\"3\":[false]}]");
    socket.send("42[\"ask\"]").await;
    assert_eq!(socket.text().await, "420[\"question\",1]");
    // Neither an unknown id nor other events keep the answer from its asker.
    socket.send("4399[0]").await;
    socket.send("42[\"later\"]").await;
    socket.send("430[\"forty\",2]").await;
    for note in ["connected /", "reply Some(\"\\\"forty\\\",2\")", "event later"] {
        assert_eq!(host.note().await, note);
    }
}

#[tokio::test]
async fn attachments_go_both_ways() {
    let host = Host::start(quiet()).await;
    let packet = "452-789[\"message-with-ack\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
    let answer = "462-789[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
    let mut socket = WebSocket::connected(host.address).await;
    socket.send(packet).await;
    socket.send_binary(&[1, 2, 3]).await;
    socket.send_binary(&[4, 5, 6]).await;
    assert_eq!(socket.text().await, answer);
    assert_eq!(socket.next().await, Frame::Binary(vec![1, 2, 3]));
    assert_eq!(socket.next().await, Frame::Binary(vec![4, 5, 6]));
    let polling = Polling::connected(host.address).await;
    assert_eq!(polling.post(format!("{packet}\u{1e}bAQID\u{1e}bBAUG")).await.0, 200);
    assert_eq!(polling.get().await.1, format!("{answer}\u{1e}bAQID\u{1e}bBAUG"));
}

#[tokio::test]
async fn events_are_handled_in_order_while_pings_are_answered() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    assert_eq!(host.note().await, "connected /");
    for n in 0..40 {
        socket.send(&format!("42[\"wait\",{n}]")).await;
        if n == 2 {
            assert_eq!(host.note().await, "waiting");
            socket.send_frame(0x89, b"").await;
            assert_eq!(socket.next().await, Frame::Pong(vec![]));
        }
    }
    assert!(host.is_silent());
    for n in 0..40 {
        host.app.gate.add_permits(1);
        assert_eq!(host.note().await, format!("waited {n}"));
        if n < 39 {
            assert_eq!(host.note().await, "waiting");
        }
    }
}

#[tokio::test]
async fn what_was_sent_before_hanging_up_is_handled() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("42[\"wait\",1]").await;
    socket.send("42[\"second\"]").await;
    for note in ["connected /", "waiting"] {
        assert_eq!(host.note().await, note);
    }
    drop(socket);
    host.app.gate.add_permits(1);
    for note in ["waited 1", "event second", "disconnected /: transport close"] {
        assert_eq!(host.note().await, note);
    }
}

#[tokio::test]
async fn a_connect_whose_client_has_gone_is_not_counted() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::open(host.address).await;
    socket.send("40/slow").await;
    assert_eq!(host.note().await, "connecting");
    drop(socket);
    while host.server.stats().websocket > 0 {
        host.app.gate.add_permits(1);
        tokio::task::yield_now().await;
    }
    assert!(host.is_silent());
}

#[tokio::test]
async fn the_application_can_disconnect_and_close() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("42[\"leave\"]").await;
    socket.send("42[\"too late\"]").await;
    assert_eq!(socket.text().await, "41");
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: server namespace disconnect"]);
    assert_eq!(host.socket().emit("x", &1).map_err(|error| error.to_string()), Err("the socket has ended".to_owned()));
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("42[\"close\"]").await;
    assert_eq!(socket.closed().await, Some(1000));
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: server namespace disconnect"]);
    assert!(host.is_silent());
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_connection_alone() {
    let mut host = Host::start(quiet()).await;
    let mut other = WebSocket::connected(host.address).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("42[\"panic\"]").await;
    socket.closed().await;
    assert_eq!([host.note().await, host.note().await], ["connected /", "connected /"]);
    assert_eq!(host.note().await, "disconnected /: transport error");
    other.send("42[\"message\"]").await;
    assert_eq!(other.text().await, "42[\"message-back\"]");
    while host.server.stats().websocket != 1 {
        tokio::task::yield_now().await;
    }
}
