//! The MessagePack encoding: which connections speak it, and that all of a conversation can be had in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use socketio::{Burst, Packet};

use crate::client::{Frame, Polling, WebSocket};
use crate::host::{Host, quiet};

/// The data of the event that greets who has entered: `["auth", {}]`.
const GREETING: &[u8] = b"\x92\xa4auth\x80";

/// A packet for the default namespace; `fields` are `count` pairs.
fn packet(kind: u8, count: u8, fields: &[&[u8]]) -> Vec<u8> {
    [[0x82 + count].as_slice(), b"\xa4type", &[kind], b"\xa3nsp\xa1/", &fields.concat()].concat()
}

fn connect() -> Vec<u8> {
    packet(0, 1, &[b"\xa7options\x81\xa8compress\xc3"])
}

fn event(data: &[u8]) -> Vec<u8> {
    packet(2, 1, &[b"\xa4data", data])
}

fn with_id(kind: u8, id: u8, data: &[u8]) -> Vec<u8> {
    packet(kind, 2, &[b"\xa2id", &[id], b"\xa4data", data])
}

/// Whether it is the answer to an accepted CONNECT: `{type, nsp, data: {sid}}` with 22 characters.
fn is_welcome(answer: &[u8]) -> bool {
    let head = packet(0, 1, &[b"\xa4data\x81\xa3sid\xb6"]);
    answer.starts_with(&head) && answer.len() == head.len() + 22
}

async fn binary(socket: &mut WebSocket) -> Vec<u8> {
    match socket.next().await {
        Frame::Binary(bytes) => bytes,
        other => panic!("{other:?} is not binary"),
    }
}

/// Opens a session by WebSocket and enters the default namespace.
async fn connected(host: &Host) -> WebSocket {
    let mut socket = WebSocket::open(host.address).await;
    assert!(socket.text().await.starts_with("0{"));
    socket.send_binary(&connect()).await;
    assert!(is_welcome(&binary(&mut socket).await));
    assert_eq!(binary(&mut socket).await, event(GREETING));
    socket
}

#[tokio::test]
async fn a_conversation_can_be_had_in_messagepack() {
    let mut host = Host::start(quiet()).await;
    let mut socket = connected(&host).await;
    socket.send_binary(&event(b"\x93\xa7message\xc4\x03\x01\x02\x03\x81\xa1a\xd4\0\0")).await;
    assert_eq!(binary(&mut socket).await, event(b"\x93\xacmessage-back\xc4\x03\x01\x02\x03\x80"));
    socket.send_binary(&with_id(2, 5, b"\x93\xb0message-with-ack\x01\xc4\x01\x09")).await;
    assert_eq!(binary(&mut socket).await, with_id(3, 5, b"\x92\x01\xc4\x01\x09"));
    socket.send_binary(&event(b"\x91\xa3ask")).await;
    assert_eq!(binary(&mut socket).await, with_id(2, 0, b"\x92\xa8question\x01"));
    socket.send_binary(&with_id(3, 0, b"\x92\xa5forty\x02")).await;
    socket.send_binary(&event(b"\x91\xa5leave")).await;
    assert_eq!(binary(&mut socket).await, packet(1, 0, &[]));
    for note in ["connected /", "reply Some(\"\\\"forty\\\",2\")", "disconnected /: server namespace disconnect"] {
        assert_eq!(host.note().await, note);
    }
    socket.send_binary(&connect()).await;
    assert!(is_welcome(&binary(&mut socket).await));
    socket.send_binary(&packet(1, 0, &[])).await;
    for note in ["connected /", "disconnected /: client namespace disconnect"] {
        assert_eq!(host.note().await, note);
    }
}

#[tokio::test]
async fn who_is_refused_hears_it_in_messagepack() {
    let host = Host::start(quiet()).await;
    let mut socket = WebSocket::open(host.address).await;
    socket.text().await;
    socket.send_binary(b"\x82\xa4type\x00\xa3nsp\xa7/random").await;
    let refusal = b"\x83\xa4type\x04\xa3nsp\xa7/random\xa4data\x81\xa7message\xb1Invalid namespace";
    assert_eq!(binary(&mut socket).await, refusal);
    socket.send_binary(&connect()).await;
    assert!(is_welcome(&binary(&mut socket).await));
}

#[tokio::test]
async fn polling_carries_messagepack() {
    let host = Host::start(quiet()).await;
    let polling = Polling::open(host.address).await;
    let posted = format!("b{}\u{1e}b{}", STANDARD.encode(connect()), STANDARD.encode(event(b"\x91\xa7message")));
    assert_eq!(polling.post(posted).await, (200, "ok".to_owned()));
    let mut packets = Vec::new();
    while packets.len() < 3 {
        let body = polling.get().await.1;
        packets.extend(body.split('\u{1e}').map(|part| STANDARD.decode(part.strip_prefix('b').unwrap()).unwrap()));
    }
    assert!(is_welcome(&packets[0]));
    assert_eq!(packets[1..], [event(GREETING), event(b"\x91\xacmessage-back")]);
}

#[tokio::test]
async fn one_burst_is_heard_in_both_encodings() {
    let host = Host::start(quiet()).await;
    let mut json = WebSocket::connected(host.address).await;
    let mut packed = connected(&host).await;
    let arguments = br#"{"_placeholder":true,"num":0}"#;
    let attached = Packet::binary_event_in("/", "two", arguments, &[Bytes::from_static(b"bytes")]);
    let burst = Burst::new(&[Packet::event("one", b"{\"a\":[1.5,null]}"), attached]);
    let sockets = host.app.sockets.lock().unwrap().clone();
    assert_eq!(sockets.len(), 2);
    for socket in sockets {
        socket.send(&burst).unwrap();
    }
    assert_eq!(json.text().await, r#"42["one",{"a":[1.5,null]}]"#);
    assert_eq!(json.text().await, r#"451-["two",{"_placeholder":true,"num":0}]"#);
    assert_eq!(json.next().await, Frame::Binary(b"bytes".to_vec()));
    let one = event(b"\x92\xa3one\x81\xa1a\x92\xcb\x3f\xf8\0\0\0\0\0\0\xc0");
    assert_eq!(binary(&mut packed).await, one);
    assert_eq!(binary(&mut packed).await, event(b"\x92\xa3two\xc4\x05bytes"));
}

#[tokio::test]
async fn the_first_connect_decides() {
    let host = Host::start(quiet()).await;
    let mut packed = connected(&host).await;
    packed.send("42[\"message\"]").await;
    assert_eq!(packed.closed().await, Some(1002));
    let mut json = WebSocket::connected(host.address).await;
    json.send_binary(&event(b"\x91\xa7message")).await;
    assert_eq!(json.closed().await, Some(1002));
    let mut refused = WebSocket::open(host.address).await;
    refused.send("40/random").await;
    refused.send_binary(&connect()).await;
    assert_eq!(refused.closed().await, Some(1002));
    for early in [event(b"\x91\xa7message"), packet(1, 0, &[]), with_id(3, 0, b"\x90"), b"\x81".to_vec()] {
        let mut socket = WebSocket::open(host.address).await;
        socket.send_binary(&early).await;
        assert_eq!(socket.closed().await, Some(1002));
    }
}

#[tokio::test]
async fn a_packet_beyond_the_limits_ends_its_connection_alone() {
    let host = Host::start(quiet()).await;
    let mut other = connected(&host).await;
    let deep = [b"\x92\xa7message".as_slice(), &b"\x91".repeat(10_000)].concat();
    let many = [b"\x95\xa7message".as_slice(), &b"\xc4\x00".repeat(4)].concat();
    let absent = b"\x92\xa7message\xdd\xff\xff\xff\xff".to_vec();
    for data in [deep, many, absent] {
        let mut socket = connected(&host).await;
        socket.send_binary(&event(&data)).await;
        assert_eq!(socket.closed().await, Some(1002));
    }
    other.send_binary(&event(b"\x91\xa7message")).await;
    assert_eq!(binary(&mut other).await, event(b"\x91\xacmessage-back"));
}
