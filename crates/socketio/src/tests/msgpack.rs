//! MessagePack packets: what JavaScript sends, what is refused, and that both encodings say the same.

use bytes::Bytes;
use proptest::prelude::*;

use super::packet::value;
use crate::encode::{ack_frames, connect_error_frames, connect_frames, disconnect_frames, event_frames};
use crate::frame::places;
use crate::msgpack::{Limits, iso, read, transcode};
use crate::packet::{Head, Incoming, Kind, Malformed};
use crate::{Burst, ConnectError, Packet};

const LIMITS: Limits = Limits { bytes: 1_000, attachments: 2 };

/// An event for the default namespace whose data is this.
fn event(data: &[u8]) -> Vec<u8> {
    [b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data".as_slice(), data].concat()
}

/// What the data of an event is in JSON.
fn json(data: &[u8]) -> Result<String, Malformed> {
    Ok(read(&event(data), LIMITS)?.head()?.data.to_owned())
}

/// The packet in the only frame.
fn payload(frames: &[u8]) -> &[u8] {
    let places: Vec<_> = places(frames).collect();
    assert_eq!((places.len(), places[0].opcode), (1, 2));
    &frames[places[0].payload..]
}

#[test]
fn packets_are_read_as_javascript_sends_them() {
    let connect = read(b"\x84\xa4type\x00\xa4data\xd4\0\0\xa7options\x81\xa8compress\xc3\xa3nsp\xa1/", LIMITS).unwrap();
    assert_eq!(connect.head(), Ok(Head { kind: Kind::Connect, attachments: 0, namespace: "/", id: None, data: "" }));
    let ack = read(b"\x84\xa4type\x03\xa2id\xcd\x01\x00\xa4data\x91\xc4\x02hi\xa3nsp\xa2/a", LIMITS).unwrap();
    let data = "[{\"_placeholder\":true,\"num\":0}]";
    assert_eq!(ack.head(), Ok(Head { kind: Kind::Ack, attachments: 1, namespace: "/a", id: Some(256), data }));
    assert_eq!(ack.attachments, [Bytes::from_static(b"hi")]);
    let leave = read(b"\x82\xa4type\x01\xa3nsp\xa1/", LIMITS).unwrap();
    assert_eq!(leave.head(), Ok(Head { kind: Kind::Disconnect, attachments: 0, namespace: "/", id: None, data: "" }));
    let values: [(&[u8], &str); 9] = [
        (b"\x95\xa1e\xc0\xc2\xff\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "[\"e\",null,false,-1,18446744073709551615]"),
        (b"\x93\xa1e\xd3\x80\0\0\0\0\0\0\0\xd0\x80", "[\"e\",-9223372036854775808,-128]"),
        (b"\x93\xa1e\xca\x3f\xc0\0\0\xcb\x40\x24\0\0\0\0\0\0", "[\"e\",1.5,10]"),
        (b"\x93\xa1e\xcb\x7f\xf8\0\0\0\0\0\0\xcb\x80\0\0\0\0\0\0\0", "[\"e\",null,0]"),
        (b"\x92\xa1e\xa3\xed\xa0\x80", "[\"e\",\"\u{fffd}\u{fffd}\u{fffd}\"]"),
        (b"\x93\xa1e\xd4\0\0\x82\xa1a\xd4\0\0\xa1b\x01", "[\"e\",null,{\"b\":1}]"),
        (b"\x92\xa1e\xd7\0\0\0\0\0\0\0\0\0", "[\"e\",\"1970-01-01T00:00:00.000Z\"]"),
        (b"\x92\xa1e\xd7\0\x7f\xff\xff\xff\xff\xff\xff\xff", "[\"e\",null]"),
        (b"\x92\xa1e\xc7\x01\0\x07", "[\"e\",{\"_placeholder\":true,\"num\":0}]"),
    ];
    for (data, wanted) in values {
        assert_eq!(json(data).as_deref(), Ok(wanted));
    }
}

#[test]
fn moments_are_written_as_javascript_does() {
    let moments = [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
        (1_795_175_231_045, "2026-11-20T11:47:11.045Z"),
        (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
        (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
        (-8_640_000_000_000_000, "-271821-04-20T00:00:00.000Z"),
    ];
    for (milliseconds, wanted) in moments {
        assert_eq!(iso(milliseconds).as_deref(), Some(wanted));
    }
    assert_eq!([iso(8_640_000_000_000_001), iso(i64::MIN)], [None, None]);
}

#[test]
fn malformed_packets_are_refused() {
    let refused: [&[u8]; 19] = [
        b"",
        b"\x80",
        b"\x93\x00\x01\x02",
        b"\x81\xa4type\x00",
        b"\x81\xa3nsp\xa1/",
        b"\x82\xa4type\x04\xa3nsp\xa1/",
        b"\x82\xa4type\xff\xa3nsp\xa1/",
        b"\x82\xa4type\xa10\xa3nsp\xa1/",
        b"\x82\xa4type\x00\xa3nsp\xa1a",
        b"\x82\xa4type\x00\xa3nsp\xa4/a,b",
        b"\x82\xa4type\x00\xa3nsp\xa3/a\n",
        b"\x82\xa4type\x00\xa3nsp\xa1/\x00",
        b"\x83\xa4type\x00\xa3nsp\xa1/\xa4type\x00",
        b"\x83\xa4type\x00\xa3nsp\xa1/\xa2id\x01",
        b"\x83\xa4type\x02\xa3nsp\xa1/\xa2id\xff",
        b"\x84\xa4type\x03\xa3nsp\xa1/\xa4data\x90\xa2id\xcf\x80\0\0\0\0\0\0\0",
        b"\x83\xa4type\x03\xa3nsp\xa1/\xa4data\x90",
        b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa1a\xc4\x00",
        b"\x83\xa4type\x01\xa3nsp\xa1/\xa4data\x01",
    ];
    for bytes in refused {
        assert!(read(bytes, LIMITS).and_then(|packet| packet.head().map(drop)).is_err(), "{bytes:x?}");
    }
    let data: [&[u8]; 10] = [
        b"\x81\x01\x01",
        b"\xc0",
        b"\xa1e",
        b"\x92\xa1e\x81\x01\x01",
        b"\x92\xa1e\x82\xac_placeholder\xc3\xa3num\x00",
        b"\x92\xa1e\xd4\x01\x00",
        b"\x92\xa1e\xd4\x00\x01",
        b"\x92\xa1e\xd5\x00\x00\x00",
        b"\x92\xa1e\xc7\x01\x05\x00",
        b"\x92\xa1e\xc1",
    ];
    for data in data {
        assert!(json(data).is_err(), "{data:x?}");
    }
}

#[test]
fn nothing_is_taken_beyond_the_limits() {
    let nested = |depth: usize| [&b"\x91".repeat(depth)[..], b"\xc0"].concat();
    assert!(json(&nested(100)).is_ok());
    assert!(json(&nested(101)).is_err());
    assert!(json(&b"\x81\xa0".repeat(200_000)).is_err());
    assert!(read(&[b"\x81\xa1x".as_slice(), &b"\x91".repeat(200_000)].concat(), LIMITS).is_err());
    assert!(json(b"\x93\xa1e\xc4\x00\xc4\x00").is_ok());
    assert!(json(b"\x94\xa1e\xc4\x00\xc4\x00\xc4\x00").is_err());
    // What is announced is not there.
    for lie in [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"] {
        assert!(json(&[b"\x92\xa1e".as_slice(), lie].concat()).is_err());
    }
    assert!(read(b"\xdf\xff\xff\xff\xff\xa4type\x00\xa3nsp\xa1/", LIMITS).is_err());
    // A byte may become five of JSON, or six: it is the JSON that counts.
    let nulls = |count: u8| [b"\xdc\0".as_slice(), &[count], &b"\xc0".repeat(count.into())].concat();
    assert!(json(&nulls(199)).is_ok());
    assert!(json(&nulls(200)).is_err());
    let bytes = |count: u16| [b"\x91\xc5".as_slice(), &count.to_be_bytes(), &vec![0; count.into()]].concat();
    assert!(json(&bytes(967)).is_ok());
    assert!(json(&bytes(970)).is_err());
}

#[test]
fn what_the_server_says_is_made_over() {
    let made = |frames: &Bytes| payload(&transcode(frames).unwrap()).to_vec();
    assert_eq!(made(&connect_frames("/", "abc")), b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa3sid\xa3abc");
    assert_eq!(made(&disconnect_frames("/a")), b"\x82\xa4type\x01\xa3nsp\xa2/a");
    let error = ConnectError::with_data("no", serde_json::json!([1]));
    let wanted = b"\x83\xa4type\x04\xa3nsp\xa2/a\xa4data\x82\xa7message\xa2no\xa4data\x91\x01";
    assert_eq!(made(&connect_error_frames("/a", &error)), wanted);
    assert_eq!(made(&ack_frames("/", 7, b"", &[])), b"\x84\xa4type\x03\xa3nsp\xa1/\xa2id\x07\xa4data\x90");
    let (first, second) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
    let arguments = br#"{"_placeholder":true,"num":1},[{"num":0,"_placeholder":true}]"#;
    let frames = event_frames("/", Some(1), "e", arguments, &[first.clone(), second.clone()]);
    assert_eq!(made(&frames), b"\x84\xa4type\x02\xa3nsp\xa1/\xa2id\x01\xa4data\x93\xa1e\xc4\x03two\x91\xc4\x03one");
    // Without attachments it is a map like any other.
    let frames = event_frames("/", None, "e", br#"{"_placeholder":true,"num":0}"#, &[]);
    assert_eq!(made(&frames), event(b"\x92\xa1e\x82\xac_placeholder\xc3\xa3num\x00"));
    let long = format!("[{}1]", "1,".repeat(69_999));
    let array = made(&event_frames("/", None, "e", long.as_bytes(), &[]));
    assert_eq!(array[event(b"").len()..][..9], *b"\x92\xa1e\xdd\x00\x01\x11\x70\x01");
}

#[test]
fn what_messagepack_cannot_say_is_not_made_over() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for arguments in ["\"\\ud800\"", "1e999", "[1", "1]", &deep] {
        assert_eq!(transcode(&event_frames("/", None, "e", arguments.as_bytes(), &[])), None, "{arguments}");
    }
    let one = [Bytes::from_static(b"x")];
    let reference = r#"{"_placeholder":true,"num":0}"#;
    for arguments in [format!("{reference},{reference}"), reference.replace('0', "1"), reference.replace('0', "-1")] {
        assert_eq!(transcode(&event_frames("/", None, "e", arguments.as_bytes(), &one)), None, "{arguments}");
    }
    let (good, bad) = (Packet::event("e", b"1"), Packet::event("e", b"1e999"));
    assert!(Burst::new(&[good.clone(), bad.clone()]).packed().is_none());
    assert!(Burst::from(bad).packed().is_none());
    assert!(Burst::from(good).packed().is_some());
}

#[test]
fn a_packet_is_made_over_once_for_all() {
    let packet = Packet::event("e", b"1");
    let (first, second) = (Burst::new(std::slice::from_ref(&packet)), Burst::from(packet.clone()));
    let (one, other) = (first.packed().unwrap(), second.packed().unwrap());
    assert_eq!(one.as_ptr(), other.as_ptr());
    let several = Burst::new(&[packet.clone(), Packet::event("f", b"2")]);
    let shared = several.clone();
    let frames = several.packed().unwrap();
    assert_eq!(frames.as_ptr(), shared.packed().unwrap().as_ptr());
    let places: Vec<_> = places(frames).collect();
    assert_eq!(frames[places[0].payload..places[0].end], event(b"\x92\xa1e\x01"));
    assert_eq!(frames[places[1].payload..places[1].end], event(b"\x92\xa1f\x02"));
    assert_eq!(Burst::new(&[]).packed().map(Bytes::len), Some(0));
}

proptest! {
    #[test]
    fn both_encodings_say_the_same(
        namespace in "/[a-z0-9]{0,20}", id in proptest::option::of(any::<u32>()), name in "[^\u{0}]{1,40}",
        values in proptest::collection::vec(value(), 0..20), quarter in any::<i16>(),
        attachments in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..3),
        cut in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!name.contains("connect"));
        let mut arguments: Vec<String> = values.iter().map(ToString::to_string).collect();
        arguments.push((f64::from(quarter) / 4.0 + 0.125).to_string());
        arguments.extend((0..attachments.len()).map(|number| format!("{{\"_placeholder\":true,\"num\":{number}}}")));
        let arguments = arguments.join(",");
        let attachments: Vec<Bytes> = attachments.into_iter().map(Bytes::from).collect();
        let id = id.map(u64::from);
        let frames = transcode(&event_frames(&namespace, id, &name, arguments.as_bytes(), &attachments)).unwrap();
        let packet = payload(&frames);
        let limits = Limits { bytes: 1_000_000, attachments: 3 };
        let parsed = read(packet, limits).unwrap();
        let head = parsed.head().unwrap();
        prop_assert_eq!((head.kind, head.namespace, head.id), (Kind::Event, &namespace[..], id));
        let event = Incoming::parse(head.data).unwrap();
        prop_assert_eq!((event.name(), event.arguments().json()), (&name[..], &arguments[..]));
        prop_assert_eq!(&parsed.attachments, &attachments);
        prop_assert!(read(&packet[..cut.index(packet.len())], limits).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(head in 0..4_u8, data in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&data, LIMITS);
        let mut packet = event(&data);
        packet[6] = head;
        if let Ok(parsed) = read(&packet, LIMITS)
            && let Ok(head) = parsed.head()
        {
            prop_assert!(head.data.is_empty() || serde_json::from_str::<serde::de::IgnoredAny>(head.data).is_ok());
        }
    }

    #[test]
    fn arbitrary_arguments_are_made_over_or_not(arguments in "[\\[\\]{}\",:0-9a-z_\\\\u.eE-]{0,60}") {
        let _ = transcode(&event_frames("/", None, "e", arguments.as_bytes(), &[Bytes::from_static(b"x")]));
    }
}
