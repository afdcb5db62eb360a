//! Long polling: one request of each kind at a time, and its limits.

use tokio::io::AsyncWriteExt;

use crate::client::{Polling, begin_request, finish_request, request};
use crate::host::{Host, brisk, quiet};

#[tokio::test]
async fn two_requests_for_packets_at_once_close_the_session() {
    let mut host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let mut first = polling.begin_get().await;
    assert_eq!(polling.get().await.0, 400);
    assert_eq!(finish_request(&mut first).await, (200, "1".to_owned()));
    assert_eq!(polling.get().await.0, 400);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: transport error"]);
}

#[tokio::test]
async fn two_requests_with_packets_at_once_close_the_session() {
    let mut host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let mut first = tokio::net::TcpStream::connect(host.address).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 10\r\n\r\n42[\"",
        polling.target
    );
    first.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(polling.post("3").await.0, 400);
    assert_eq!(finish_request(&mut first).await.0, 400);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: transport error"]);
}

#[tokio::test]
async fn a_request_with_packets_that_is_cut_short_closes_the_session() {
    let mut host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let mut first = tokio::net::TcpStream::connect(host.address).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n42[\"x", polling.target);
    first.write_all(head.as_bytes()).await.unwrap();
    drop(first);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: transport error"]);
}

#[tokio::test]
async fn large_bodies_are_refused_while_they_are_read() {
    let host = Host::start(quiet()).await;
    let early = Polling::open(host.address).await;
    assert_eq!(early.post("4".repeat(20_000)).await.0, 413, "nobody needs much to enter a namespace");
    let polling = Polling::connected(host.address).await;
    let announced = format!("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 1000001\r\n\r\n", polling.target);
    let mut stream = tokio::net::TcpStream::connect(host.address).await.unwrap();
    stream.write_all(announced.as_bytes()).await.unwrap();
    assert_eq!(finish_request(&mut stream).await.0, 413, "announced");
    let polling = Polling::connected(host.address).await;
    let chunked = format!("POST {} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n", polling.target);
    let mut stream = tokio::net::TcpStream::connect(host.address).await.unwrap();
    stream.write_all(chunked.as_bytes()).await.unwrap();
    let chunk = [&b"10000\r\n"[..], &[b'4'; 0x10000], b"\r\n"].concat();
    for _ in 0..16 {
        // It may hang up before all of it is sent.
        if stream.write_all(&chunk).await.is_err() {
            break;
        }
    }
    assert_eq!(finish_request(&mut stream).await.0, 413, "not announced");
}

#[tokio::test]
async fn a_large_body_within_the_limit_is_taken() {
    let host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let text = "é".repeat(400_000);
    assert_eq!(polling.post(format!("42[\"message\",\"{text}\"]")).await.0, 200);
    assert_eq!(polling.get().await.1, format!("42[\"message-back\",\"{text}\"]"));
}

#[tokio::test]
async fn packets_that_wait_come_in_portions_and_in_order() {
    let host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    for n in 0..100 {
        host.socket().emit("n", &n).unwrap();
    }
    let mut all = Vec::new();
    while all.len() < 100 {
        let (status, body) = polling.get().await;
        assert_eq!(status, 200);
        let packets: Vec<String> = body.split('\u{1e}').map(str::to_owned).collect();
        assert!(packets.len() <= 16);
        all.extend(packets);
    }
    let expected: Vec<String> = (0..100).map(|n| format!("42[\"n\",{n}]")).collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn only_text_is_taken_and_only_by_get_and_post() {
    let host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    assert_eq!(request(host.address, "PUT", &polling.target, "", b"").await.0, 400);
    let binary = "Content-Type: application/octet-stream\r\n";
    let mut stream = begin_request(host.address, "POST", &polling.target, binary, b"42[\"message\"]").await;
    assert_eq!(finish_request(&mut stream).await.0, 400);
}

#[tokio::test]
async fn who_asks_after_the_server_has_closed_still_gets_the_last_packets() {
    let mut host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    host.socket().emit("last", "words").unwrap();
    host.socket().close();
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: server namespace disconnect"]);
    assert_eq!(polling.post("3").await.0, 400);
    assert_eq!(polling.get().await, (200, "42[\"last\",\"words\"]".to_owned()));
    assert_eq!(polling.get().await.0, 400);
    let silent = Polling::connected(host.address).await;
    host.socket().emit("last", "words").unwrap();
    // Who never asks is not waited for too long.
    tokio::time::timeout(crate::host::PATIENCE, host.server.shut_down()).await.unwrap();
    assert_eq!((host.server.stats().polling, silent.get().await.0), (0, 400));
}

#[tokio::test]
async fn a_backlog_does_not_hold_up_the_heartbeat() {
    let host = Host::start(brisk()).await;
    let polling = Polling::connected(host.address).await;
    for n in 0..200 {
        host.socket().emit("n", &n).unwrap();
    }
    let mut next = 0;
    let mut pings = 0;
    while next < 200 {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        for packet in polling.get().await.1.split('\u{1e}') {
            if packet == "2" {
                assert_eq!(polling.post("3").await.0, 200);
                pings += 1;
            } else {
                assert_eq!(packet, format!("42[\"n\",{next}]"));
                next += 1;
            }
        }
    }
    assert!(pings > 0);
}

#[tokio::test]
async fn multibyte_text_may_be_cut_by_the_chunks_of_a_body() {
    let host = Host::start(quiet()).await;
    let polling = Polling::connected(host.address).await;
    let packet = "42[\"message\",\"grün €🦀\"]".as_bytes();
    for cut in 1..packet.len() {
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked",
            polling.target
        );
        let mut stream = tokio::net::TcpStream::connect(host.address).await.unwrap();
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        for part in [&packet[..cut], &packet[cut..]] {
            stream.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.unwrap();
            stream.write_all(&[part, b"\r\n"].concat()).await.unwrap();
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        assert_eq!(finish_request(&mut stream).await, (200, "ok".to_owned()));
        assert_eq!(polling.get().await.1, "42[\"message-back\",\"grün €🦀\"]");
    }
    let half = &packet[..packet.len() - 3];
    assert_eq!(polling.post(half).await.0, 400, "a body that ends within a character");
}

#[tokio::test]
async fn a_body_that_never_ends_ends_with_the_session() {
    let mut host = Host::start(brisk()).await;
    let polling = Polling::connected(host.address).await;
    let mut stream = tokio::net::TcpStream::connect(host.address).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n42[\"x",
        polling.target
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(finish_request(&mut stream).await.0, 400);
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: ping timeout"]);
}

#[tokio::test]
async fn a_session_that_was_is_not_opened_again_by_its_name() {
    let host = Host::start(quiet()).await;
    let ended = Polling::connected(host.address).await;
    assert_eq!(ended.post("1").await.0, 200);
    ended.get().await;
    let guessed = ["", "0", "AAAAAAAAAAAAAAAAAAAA", "../../etc/passwd", "%00"];
    let targets = guessed.map(|sid| format!("/socket.io/?EIO=4&transport=polling&sid={sid}"));
    for target in targets.iter().chain([&ended.target]) {
        for (method, body) in [("GET", ""), ("POST", "40")] {
            assert_eq!(request(host.address, method, target, "", body.as_bytes()).await.0, 400, "{method} {target}");
        }
        let mut taken = Polling { address: host.address, target: target.clone() };
        taken.target = taken.target.replace("polling", "websocket");
        let headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        assert_eq!(request(host.address, "GET", &taken.target, headers, b"").await.0, 400, "{}", taken.target);
    }
}
