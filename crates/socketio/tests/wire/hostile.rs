//! Peers that do not play by the rules: each is closed, and nobody else notices.

use std::time::Duration;

use socketio::Config;

use crate::client::{Frame, WebSocket, frame};
use crate::host::{Host, brisk, quiet};

/// Sends frames after the namespace was entered; the close code that comes back.
async fn answer_to(host: &Host, frames: &[(u8, Vec<u8>)]) -> Option<u16> {
    let mut socket = WebSocket::connected(host.address).await;
    for (first, payload) in frames {
        socket.send_frame(*first, payload).await;
    }
    socket.closed().await
}

fn text(text: &str) -> (u8, Vec<u8>) {
    (0x81, text.as_bytes().to_vec())
}

#[tokio::test]
async fn malformed_packets_close_the_connection() {
    let host = Host::start(quiet()).await;
    for packet in
        ["4abc", "42{}", "42abc[\"x\"]", "42[\"x\"", "42[]", "42[1]", "43[]", "44{}", "47", "4", "42[\"connect\"]"]
    {
        assert_eq!(answer_to(&host, &[text(packet)]).await, Some(1002), "{packet}");
    }
}

#[tokio::test]
async fn before_a_namespace_nothing_else_is_taken() {
    let host = Host::start(quiet()).await;
    for packet in ["42[\"message\"]", "41", "430[]", "452-[\"x\",1]"] {
        let mut socket = WebSocket::open(host.address).await;
        socket.send(packet).await;
        assert_eq!(socket.closed().await, Some(1002), "{packet}");
    }
    let mut socket = WebSocket::open(host.address).await;
    socket.send(&format!("40{{\"token\":\"{}\"}}", "x".repeat(20_000))).await;
    assert_eq!(socket.closed().await, Some(1009));
}

#[tokio::test]
async fn attachments_are_limited_in_number_and_size() {
    let host = Host::start(quiet()).await;
    let announce = |count: &str| text(&format!("45{count}-[\"message\"]"));
    assert_eq!(answer_to(&host, &[announce("4")]).await, Some(1002));
    assert_eq!(answer_to(&host, &[announce("1000000")]).await, Some(1002));
    assert_eq!(answer_to(&host, &[(0x82, vec![1])]).await, Some(1002), "unannounced");
    assert_eq!(answer_to(&host, &[announce("2"), (0x82, vec![1]), text("42[\"x\"]")]).await, Some(1002), "interrupted");
    let big = (0x82, vec![0; 600_000]);
    assert_eq!(answer_to(&host, &[announce("2"), big.clone(), big]).await, Some(1002), "together too large");
}

#[tokio::test]
async fn frames_against_the_rfc_close_with_its_codes() {
    let host = Host::start(quiet()).await;
    assert_eq!(answer_to(&host, &[(0x81, vec![b'4', 0xff])]).await, Some(1007));
    assert_eq!(answer_to(&host, &[(0xc1, b"42[\"x\"]".to_vec())]).await, Some(1002), "compressed");
    assert_eq!(answer_to(&host, &[(0x80, b"x".to_vec())]).await, Some(1002));
    assert_eq!(answer_to(&host, &[(0x82, vec![0; 1_000_001])]).await, Some(1009));
    assert_eq!(answer_to(&host, &[(0x02, vec![0; 600_000]), (0x80, vec![0; 600_000])]).await, Some(1009));
    let mut socket = WebSocket::connected(host.address).await;
    socket.send_raw(&[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]).await;
    assert_eq!(socket.closed().await, Some(1009), "announced");
    let mut socket = WebSocket::connected(host.address).await;
    socket.send_raw(&[0x81, 0x01, b'3']).await;
    assert_eq!(socket.closed().await, Some(1002), "no mask");
}

#[tokio::test]
async fn multibyte_text_may_be_cut_anywhere() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    let packet = "42[\"message\",\"grün €🦀\"]".as_bytes();
    for cut in 0..=packet.len() {
        socket.send_frame(0x01, &packet[..cut]).await;
        socket.send_frame(0x80, &packet[cut..]).await;
        assert_eq!(socket.text().await, "42[\"message-back\",\"grün €🦀\"]");
    }
    for byte in frame(0x81, packet) {
        socket.send_raw(&[byte]).await;
    }
    assert_eq!(socket.text().await, "42[\"message-back\",\"grün €🦀\"]");
}

#[tokio::test]
async fn deeply_nested_arguments_do_no_harm() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    let deep = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
    socket.send(&format!("42[\"message\",{deep}]")).await;
    assert_eq!(socket.text().await, format!("42[\"message-back\",{deep}]"));
    assert_eq!(answer_to(&host, &[text(&format!("42[\"message\",{}", "[".repeat(400_000)))]).await, Some(1002));
}

#[tokio::test]
async fn namespaces_are_limited() {
    let host = Host::start(quiet()).await;
    let enter = ["40/custom", "40/cookie", "40/slow"].map(text);
    host.app.gate.add_permits(1);
    assert_eq!(answer_to(&host, &enter).await, Some(1008));
    assert_eq!(answer_to(&host, &[text(&format!("40/{}", "n".repeat(200)))]).await, Some(1002));
}

#[tokio::test]
async fn a_byte_a_time_is_no_way_to_stay_without_a_namespace() {
    let host = Host::start(brisk()).await;
    let mut socket = WebSocket::open(host.address).await;
    let bytes = frame(0x81, &[b'4'; 1_000]);
    let (mut reader, mut writer) = socket.stream.split();
    let reading = async {
        use tokio::io::AsyncReadExt;
        let mut all = Vec::new();
        // Being cut off is an end as well.
        let _ = reader.read_to_end(&mut all).await;
    };
    let writing = async {
        use tokio::io::AsyncWriteExt;
        for byte in bytes {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::time::timeout(crate::host::PATIENCE, async {
        tokio::select! { () = reading => {}, () = writing => {} }
    })
    .await
    .expect("the server hangs up");
}

#[tokio::test]
async fn pings_without_reading_the_pongs_cost_a_bounded_amount() {
    let mut host = Host::start(Config { outbox_bytes: 20_000, ..quiet() }).await;
    let mut socket = WebSocket::connected(host.address).await;
    assert_eq!(host.note().await, "connected /");
    let pings = frame(0x89, &[0; 125]).repeat(500);
    let flooding = async {
        loop {
            socket.send_raw(&pings).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = flooding => {}
        note = host.note() => assert_eq!(note, "disconnected /: overflowed"),
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_who_never_hangs_up() {
    let mut host = Host::start(brisk()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send("4nonsense").await;
    assert_eq!(socket.next().await, Frame::Close(1002));
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: parse error"]);
    while host.server.stats().websocket > 0 {
        socket.send("42[\"still talking\"]").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(host.is_silent());
}

#[tokio::test]
async fn a_frame_that_never_ends_ends_with_the_heartbeat() {
    let mut host = Host::start(brisk()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send_raw(&frame(0x82, &[0; 900_000])[..20]).await;
    assert_eq!(socket.closed().await, Some(1008));
    assert_eq!([host.note().await, host.note().await], ["connected /", "disconnected /: ping timeout"]);
}

#[tokio::test]
async fn a_message_of_endless_fragments_is_held_to_the_limit_of_one() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::connected(host.address).await;
    socket.send_frame(0x01, b"42[\"x\",\"").await;
    let more = frame(0x00, &[b'x'; 10_000]);
    let code = loop {
        socket.send_raw(&more.repeat(20)).await;
        let answer = tokio::time::timeout(Duration::from_millis(1), socket.next());
        if let Ok(Frame::Close(code)) = answer.await {
            break code;
        }
    };
    assert_eq!(code, 1009);
}
