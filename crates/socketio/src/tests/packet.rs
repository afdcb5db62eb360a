//! Packets of a client: the well-formed, the malformed and the arbitrary.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::encode::{ack_frames, event_frames};
use crate::frame::places;
use crate::packet::{Arguments, Head, Incoming, Kind, parse, parse_auth};

fn head(kind: Kind, attachments: usize, namespace: &'static str, id: Option<u64>, data: &'static str) -> Head<'static> {
    Head { kind, attachments, namespace, id, data }
}

#[test]
fn packets_are_taken_apart() {
    assert_eq!(parse("0", 2), Ok(head(Kind::Connect, 0, "/", None, "")));
    assert_eq!(parse("0/a,{\"t\":1}", 2), Ok(head(Kind::Connect, 0, "/a", None, "{\"t\":1}")));
    assert_eq!(parse("0/a", 2), Ok(head(Kind::Connect, 0, "/a", None, "")));
    assert_eq!(parse("1/a,", 2), Ok(head(Kind::Disconnect, 0, "/a", None, "")));
    assert_eq!(parse("2[\"x\"]", 2), Ok(head(Kind::Event, 0, "/", None, "[\"x\"]")));
    assert_eq!(parse("2/a,12[\"x\"]", 2), Ok(head(Kind::Event, 0, "/a", Some(12), "[\"x\"]")));
    assert_eq!(parse("52-/a,3[\"x\"]", 2), Ok(head(Kind::Event, 2, "/a", Some(3), "[\"x\"]")));
    assert_eq!(parse("30[]", 2), Ok(head(Kind::Ack, 0, "/", Some(0), "[]")));
}

#[test]
fn malformed_packets_are_refused() {
    let long = format!("0/{}", "n".repeat(200));
    let refused = [
        "",
        "4{}",
        "7",
        "x",
        "2",
        "2{}",
        "2abc[\"x\"]",
        "2\"x\"",
        "3[]",
        "1{}",
        "0[]",
        "012{}",
        "0/a,\"x\"",
        "11",
        "5[\"x\"]",
        "5-[\"x\"]",
        "5+1-[\"x\"]",
        "53-[\"x\"]",
        "51000000000000000000000-[\"x\"]",
        "299999999999999999999[\"x\"]",
        "6-1[]",
        "61-[]",
        "0/a\"b",
        "0/a\\b,",
        "0/a\u{1}",
        &long,
    ];
    for text in refused {
        assert!(parse(text, 2).is_err(), "{text}");
    }
    for data in [
        "[]",
        "[1]",
        "[null,1]",
        "[\"x\"",
        "[\"x\",]",
        "[\"x\"]]",
        "[\"x\",{]",
        "[\"connect\"]",
        "[\"disconnecting\",1]",
        "[\"\\ud800\"]",
    ] {
        assert!(Incoming::parse(data).is_err(), "{data}");
    }
    for data in ["{", "{\"a\":}", "{}{}"] {
        assert!(parse_auth(data).is_err(), "{data}");
    }
    assert!(Arguments::parse("[1,").is_err());
}

#[test]
fn deep_nesting_is_neither_followed_nor_fatal() {
    let depth = 200_000;
    let deep = format!("[\"x\",{}{}]", "[".repeat(depth), "]".repeat(depth));
    let event = Incoming::parse(&deep).unwrap();
    assert!(event.arguments().get::<Value>(0).is_err());
    assert!(Incoming::parse(&deep[..deep.len() - 2]).is_err());
    assert!(parse_auth(&format!("{{\"a\":{}}}", "[".repeat(depth))).is_err());
}

#[test]
fn arguments_are_kept_as_they_came() {
    let event = Incoming::parse(" [ \"n\\u00e4me\" , 1 , {\"a\" : [2]} ] ").unwrap();
    assert_eq!(event.name(), "näme");
    assert_eq!(event.arguments().json(), "1 , {\"a\" : [2]}");
    assert_eq!(event.arguments().get::<Value>(1).unwrap(), json!({"a": [2]}));
    assert_eq!(event.arguments().get::<Option<u8>>(2).unwrap(), None);
    assert!(event.arguments().get::<u8>(1).is_err());
    assert_eq!(Incoming::parse("[\"x\"]").unwrap().arguments().json(), "");
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn events_come_back_as_they_were(
        name in "[^\u{0}]{1,20}", id in proptest::option::of(0..u64::MAX / 2), values in proptest::collection::vec(value(), 0..4),
        namespace in "/[a-z0-9]{0,20}",
    ) {
        prop_assume!(!name.contains("connect"));
        let list = serde_json::to_string(&values).unwrap();
        let frames = event_frames(&namespace, id, &name, &list.as_bytes()[1..list.len() - 1], &[]);
        let place = places(&frames).next().unwrap();
        let text = std::str::from_utf8(&frames[place.payload..place.end]).unwrap();
        let head = parse(text.strip_prefix('4').unwrap(), 0).unwrap();
        prop_assert_eq!((head.kind, head.namespace, head.id), (Kind::Event, &namespace[..], id));
        let event = Incoming::parse(head.data).unwrap();
        prop_assert_eq!(event.name(), name);
        for (index, value) in values.iter().enumerate() {
            prop_assert_eq!(&event.arguments().get::<Value>(index).unwrap(), value);
        }
        let frames = ack_frames(&namespace, 5, event.arguments().json().as_bytes(), &[]);
        let place = places(&frames).next().unwrap();
        let head = parse(std::str::from_utf8(&frames[place.payload + 1..place.end]).unwrap(), 0).unwrap();
        prop_assert_eq!((head.kind, head.id), (Kind::Ack, Some(5)));
        let replied = Arguments::parse(head.data).unwrap();
        prop_assert_eq!(replied.json(), event.arguments().json());
    }

    #[test]
    fn arbitrary_text_never_panics(text in "[0-6]?[0-9-]{0,4}(/[a-z]{0,3},?)?[0-9]{0,3}\\PC{0,40}") {
        if let Ok(head) = parse(&text, 3) {
            let _ = (Incoming::parse(head.data), Arguments::parse(head.data), parse_auth(head.data));
        }
    }

    #[test]
    fn a_truncated_event_is_refused(values in proptest::collection::vec(value(), 0..4), cut in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&[&[json!("name")][..], &values[..]].concat()).unwrap();
        let cut = (0..=cut.index(text.len() - 1)).rev().find(|cut| text.is_char_boundary(*cut)).unwrap();
        prop_assert!(Incoming::parse(&text[..cut]).is_err());
    }
}
