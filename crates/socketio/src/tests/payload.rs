//! Bodies of long polling.

use bytes::Bytes;
use proptest::prelude::*;

use crate::frame::{Opcode, single};
use crate::payload::{Part, encode, part};

fn parts(payload: &str) -> Option<Vec<Part<'_>>> {
    let (mut at, mut all) = (0, Vec::new());
    while at <= payload.len() {
        let (part, next) = part(payload, at)?;
        all.push(part);
        at = next;
    }
    Some(all)
}

#[test]
fn packets_are_separated_and_binary_ones_are_base64() {
    let expected = vec![Part::Text("4hello"), Part::Binary(vec![1, 2, 3, 4]), Part::Text("2")];
    assert_eq!(parts("4hello\u{1e}bAQIDBA==\u{1e}2"), Some(expected));
    assert_eq!(parts("b%%%"), None);
    assert_eq!(parts("b"), Some(vec![Part::Binary(vec![])]));
    // An empty packet is for the reader of packets to refuse.
    assert_eq!(parts("4a\u{1e}"), Some(vec![Part::Text("4a"), Part::Text("")]));
}

#[test]
fn one_body_has_no_more_packets_than_asked_for() {
    let rows: Vec<Bytes> = (0..5).map(|n| single(Opcode::Text, &[format!("4{n}").as_bytes()])).collect();
    let (payload, taken) = encode(rows.iter().map(|row| &row[..]), 3);
    assert_eq!((&payload[..], taken), (&b"40\x1e41\x1e42"[..], 12));
}

proptest! {
    #[test]
    fn frames_come_out_of_a_body_as_they_went_in(
        packets in proptest::collection::vec(
            prop_oneof![
                "[^b\u{1e}][^\u{1e}]{0,200}".prop_map(|text| (Opcode::Text, text.into_bytes())),
                proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| (Opcode::Binary, bytes)),
            ],
            1..10,
        ),
        corked in 1..4_usize,
    ) {
        let frames: Vec<Bytes> = packets.iter().map(|(opcode, body)| single(*opcode, &[body])).collect();
        let rows: Vec<Vec<u8>> = frames.chunks(corked).map(|row| row.concat()).collect();
        let (payload, taken) = encode(rows.iter().map(|row| &row[..]), usize::MAX);
        prop_assert_eq!(taken, rows.iter().map(Vec::len).sum::<usize>());
        let payload = String::from_utf8(payload).unwrap();
        let read = parts(&payload).unwrap();
        prop_assert_eq!(read.len(), packets.len());
        for (part, (opcode, body)) in read.iter().zip(&packets) {
            match part {
                Part::Text(text) => prop_assert!(*opcode == Opcode::Text && text.as_bytes() == body),
                Part::Binary(bytes) => prop_assert!(*opcode == Opcode::Binary && bytes == body),
            }
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic(payload in "\\PC{0,50}(\u{1e}b?\\PC{0,20}){0,5}") {
        let _ = parts(&payload);
    }
}
