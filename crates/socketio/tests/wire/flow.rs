//! Readers and writers of different speed: the slow ones lose, and only they.

use socketio::{Burst, Config, Packet, SendError};

use crate::client::{Frame, Polling, WebSocket};
use crate::host::{Host, brisk, quiet};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slow_reader_is_told_to_start_again_and_others_lose_nothing() {
    let host = Host::start(Config { outbox_bytes: 100_000, ..quiet() }).await;
    let mut slow = WebSocket::connected(host.address).await;
    let slow_socket = host.socket();
    let mut quick = WebSocket::connected(host.address).await;
    let quick_socket = host.socket();
    let filler = "x".repeat(10_000);
    let mut sent = 0;
    let overflowed_at = loop {
        let burst = Burst::from(Packet::event("n", format!("{sent},\"{filler}\"").as_bytes()));
        assert_eq!(quick_socket.send(&burst), Ok(()));
        assert!(quick.text().await.starts_with(&format!("42[\"n\",{sent},")));
        sent += 1;
        match slow_socket.send(&burst) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, SendError::Overflowed);
                break sent - 1;
            }
        }
    };
    assert_eq!(slow_socket.emit_json("resync", b"{}", &[]), Ok(()));
    let mut next = 0;
    loop {
        let text = slow.text().await;
        if text == "42[\"resync\",{}]" {
            break;
        }
        assert!(text.starts_with(&format!("42[\"n\",{next},")) && text.len() > 10_000);
        next += 1;
    }
    assert!(next < overflowed_at, "what waited was dropped");
    assert_eq!(slow_socket.emit_json("n", b"\"again\"", &[]), Ok(()));
    assert_eq!(slow.text().await, "42[\"n\",\"again\"]");
    assert_eq!(host.server.stats().overflows, 1);
}

#[tokio::test]
async fn a_burst_arrives_as_its_packets() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    let packets: Vec<Packet> = (0..500).map(|n| Packet::event("n", n.to_string().as_bytes())).collect();
    host.socket().send(&Burst::new(&packets)).unwrap();
    for n in 0..500 {
        assert_eq!(socket.next().await, Frame::Text(format!("42[\"n\",{n}]")));
    }
}

#[tokio::test]
async fn one_large_event_gets_through_a_small_outbox() {
    let host = Host::start(Config { outbox_bytes: 1_000, ..quiet() }).await;
    let mut socket = WebSocket::connected(host.address).await;
    let text = "x".repeat(20_000_000);
    host.socket().emit("large", &text).unwrap();
    assert_eq!(socket.text().await.len(), text.len() + 14);
}

#[tokio::test]
async fn a_writer_waits_for_its_handlers() {
    let mut host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    for note in ["connected /", "waiting"] {
        if note == "waiting" {
            socket.send("42[\"wait\",0]").await;
        }
        assert_eq!(host.note().await, note);
    }
    let filler = "x".repeat(100_000);
    let writing = tokio::spawn(async move {
        for _ in 0..200 {
            socket.send(&format!("42[\"big\",\"{filler}\"]")).await;
        }
        socket
    });
    while host.server.stats().bytes_in < 500_000 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let read = host.server.stats().bytes_in;
    assert!(read < 2_000_000, "{read} bytes were read ahead");
    host.app.gate.add_permits(1);
    assert_eq!(host.note().await, "waited 0");
    for _ in 0..200 {
        assert_eq!(host.note().await, "event big");
    }
    drop(writing.await.unwrap());
    assert_eq!(host.note().await, "disconnected /: transport close");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_that_is_no_bare_socket_works_as_well() {
    let mut host = Host::start_wrapped(Config { outbox_bytes: 100_000, ..quiet() }).await;
    let mut socket = WebSocket::connected(host.address).await;
    let text = "x".repeat(900_000);
    for n in 0..5 {
        socket.send(&format!("42[\"message\",{n},\"{text}\"]")).await;
        assert_eq!(socket.text().await, format!("42[\"message-back\",{n},\"{text}\"]"));
    }
    let polling = Polling::connected(host.address).await;
    let mut upgraded = polling.websocket().await;
    upgraded.send("2probe").await;
    assert_eq!(upgraded.text().await, "3probe");
    upgraded.send("5").await;
    upgraded.send("42[\"message\",1]").await;
    assert_eq!(upgraded.text().await, "42[\"message-back\",1]");
    let packet = Packet::event("n", format!("\"{text}\"").as_bytes());
    while host.socket().send(&packet.clone().into()).is_ok() {}
    assert_eq!(host.socket().emit_json("resync", b"", &[]), Ok(()));
    while upgraded.text().await != "42[\"resync\"]" {}
    host.socket().close();
    assert_eq!(upgraded.closed().await, Some(1000));
    drop(socket);
    for note in ["connected /", "connected /"] {
        assert_eq!(host.note().await, note);
    }
    let mut ends = [host.note().await, host.note().await];
    ends.sort();
    assert_eq!(ends, ["disconnected /: server namespace disconnect", "disconnected /: transport close"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_send_at_once_and_frames_stay_whole() {
    for wrapped in [false, true] {
        let config = Config { outbox_bytes: 1_000_000_000, ..quiet() };
        let host = if wrapped { Host::start_wrapped(config).await } else { Host::start(config).await };
        let mut socket = WebSocket::connected(host.address).await;
        for sender in 0..8 {
            let target = host.socket();
            std::thread::spawn(move || {
                for n in 0..500_usize {
                    let filler = "x".repeat(n * 7919 % 3_000);
                    target.send(&Packet::event("n", format!("{sender},{n},\"{filler}\"").as_bytes()).into()).unwrap();
                }
            });
        }
        let mut next = [0; 8];
        while next != [500; 8] {
            let text = socket.text().await;
            let values: (String, usize, usize, String) = serde_json::from_str(&text[2..]).unwrap();
            assert_eq!(values.2, next[values.1]);
            assert_eq!(values.3.len(), values.2 * 7919 % 3_000);
            next[values.1] += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_may_end_while_everybody_sends_to_them() {
    let host = Host::start(Config { outbox_bytes: 10_000, ..quiet() }).await;
    let packet: Burst = Packet::event("n", format!("\"{}\"", "x".repeat(2_000)).as_bytes()).into();
    for round in 0..40 {
        let mut socket = WebSocket::connected(host.address).await;
        let target = host.socket();
        let senders: Vec<_> = (0..3)
            .map(|_| {
                let (target, packet) = (target.clone(), packet.clone());
                std::thread::spawn(move || while target.send(&packet) != Err(SendError::Closed) {})
            })
            .collect();
        for _ in 0..round {
            assert!(socket.text().await.starts_with("42[\"n\","));
        }
        match round % 3 {
            0 => drop(socket),
            1 => target.close(),
            _ => target.disconnect(),
        }
        tokio::task::spawn_blocking(|| senders.into_iter().for_each(|sender| sender.join().unwrap())).await.unwrap();
    }
    while host.server.stats().websocket > 0 {
        host.app.sockets.lock().unwrap().drain(..).for_each(|socket| socket.close());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Where the kernel can be told to hold little (Linux), it does.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_that_never_reads_holds_little_and_not_for_long() {
    let mut host = Host::start(Config { outbox_bytes: 100_000, ..brisk() }).await;
    let socket = WebSocket::connected(host.address).await;
    assert_eq!(host.note().await, "connected /");
    let target = host.socket();
    let burst = Burst::from(Packet::event("n", format!("\"{}\"", "x".repeat(1_000)).as_bytes()));
    let mut accepted = 0;
    let refused = loop {
        match target.send(&burst) {
            Ok(()) => accepted += 1_000,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, SendError::Overflowed);
    assert!(accepted < 1_500_000, "{accepted} bytes are held for who reads nothing");
    assert_eq!(host.note().await, "disconnected /: ping timeout");
    while host.server.stats().websocket > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(socket);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_next_event_waits_until_what_was_asked_for_is_read() {
    let mut host = Host::start(Config { outbox_bytes: 100_000, ..quiet() }).await;
    let polling = Polling::connected(host.address).await;
    assert_eq!(host.note().await, "connected /");
    // Each answer is larger than what may wait in the outbox beside another: two at once would end the session.
    let text = "x".repeat(90_000);
    let asked: Vec<String> = (0..5).map(|n| format!("42{n}[\"message-with-ack\",\"{text}\"]")).collect();
    assert_eq!(polling.post(asked.join("\u{1e}")).await, (200, "ok".to_owned()));
    for n in 0..5 {
        let answer = polling.get().await;
        assert!(answer == (200, format!("43{n}[\"{text}\"]")), "answer {n}: {} {:.60}", answer.0, answer.1);
    }
    assert!(host.is_silent());
}
