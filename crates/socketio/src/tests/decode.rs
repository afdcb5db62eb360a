//! Frames of a client: whatever the pieces in which they come, and whatever they are.

use std::borrow::Cow;

use proptest::prelude::*;

use crate::decode::{Decoder, Fault, Received};

/// A frame as a client writes it.
fn frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

fn owned(received: Received<'_>) -> Received<'static> {
    match received {
        Received::Text(text) => Received::Text(Cow::Owned(text.into_owned())),
        Received::Binary(bytes) => Received::Binary(Cow::Owned(bytes.into_owned())),
        Received::Ping(bytes) => Received::Ping(Cow::Owned(bytes.into_owned())),
        Received::Pong => Received::Pong,
        Received::Close(code) => Received::Close(code),
    }
}

/// Everything that comes of `pieces`, and the fault that ends it.
fn decode<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    limit: usize,
) -> (Vec<Received<'static>>, Option<Fault>, Decoder) {
    let mut decoder = Decoder::default();
    let mut all = Vec::new();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut at = 0;
        while at < piece.len() {
            match decoder.next(&mut piece[at..], limit) {
                Ok((count, received)) => {
                    assert!(count > 0);
                    at += count;
                    all.extend(received.map(owned));
                }
                Err(fault) => return (all, Some(fault), decoder),
            }
        }
    }
    (all, None, decoder)
}

fn fault(bytes: &[u8]) -> Option<Fault> {
    let whole = decode(std::iter::once(bytes), 1_000).1;
    assert_eq!(whole, decode(bytes.chunks(1), 1_000).1);
    whole
}

fn text(text: &str) -> Received<'static> {
    Received::Text(Cow::Owned(text.to_owned()))
}

#[test]
fn a_message_may_come_in_fragments_with_a_ping_between() {
    let mut bytes = frame(0x01, "gr".as_bytes(), [1, 2, 3, 4]);
    bytes.extend(frame(0x89, b"?", [9; 4]));
    bytes.extend(frame(0x80, "ün".as_bytes(), [5, 6, 7, 8]));
    let expected = vec![Received::Ping(Cow::Owned(b"?".to_vec())), text("grün")];
    for size in [1, 2, 3, 7, 1_000] {
        let (all, fault, decoder) = decode(bytes.chunks(size), 1_000);
        assert_eq!((&all, fault), (&expected, None));
        assert!(decoder.is_idle());
    }
}

#[test]
fn multibyte_text_may_be_cut_between_fragments_but_must_end_whole() {
    let euro = "€".as_bytes();
    let mut bytes = frame(0x01, &euro[..1], [1; 4]);
    bytes.extend(frame(0x00, &euro[1..2], [2; 4]));
    let mut whole = bytes.clone();
    whole.extend(frame(0x80, &euro[2..], [3; 4]));
    assert_eq!(decode(std::iter::once(&whole[..]), 10).0, vec![text("€")]);
    bytes.extend(frame(0x80, b"", [3; 4]));
    assert_eq!(fault(&bytes), Some(Fault::Utf8));
}

#[test]
fn text_that_cannot_become_valid_is_refused_before_its_end() {
    // 0xf4 0x90 starts nothing: the rest of the frame need not come.
    let bytes = frame(0x81, &[0xf4, 0x90, 0x80, 0x80, b'x'], [1; 4]);
    assert_eq!(decode(bytes[..bytes.len() - 3].chunks(1), 1_000).1, Some(Fault::Utf8));
}

#[test]
fn what_the_rfc_forbids_is_refused() {
    let mask = [1, 2, 3, 4];
    assert_eq!(fault(&[0x81, 0x01, b'x']), Some(Fault::Protocol), "no mask");
    for first in [0xc1, 0xa1, 0x91, 0x83, 0x87, 0x8b, 0x8f] {
        assert_eq!(fault(&frame(first, b"x", mask)), Some(Fault::Protocol), "reserved bits and opcodes: {first:#x}");
    }
    assert_eq!(fault(&frame(0x09, b"x", mask)), Some(Fault::Protocol), "a ping in fragments");
    assert_eq!(fault(&frame(0x89, &[0; 126], mask)), Some(Fault::Protocol), "a long ping");
    assert_eq!(fault(&frame(0x80, b"x", mask)), Some(Fault::Protocol), "nothing to continue");
    let mut twice = frame(0x01, b"x", mask);
    twice.extend(frame(0x81, b"y", mask));
    assert_eq!(fault(&twice), Some(Fault::Protocol), "a message within a message");
    assert_eq!(fault(&[0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), Some(Fault::Protocol), "a negative length");
    assert_eq!(fault(&frame(0x81, &[0xff], mask)), Some(Fault::Utf8));
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        assert_eq!(fault(&frame(0x88, &code.to_be_bytes(), mask)), Some(Fault::Protocol), "close {code}");
    }
    assert_eq!(fault(&frame(0x88, &[3], mask)), Some(Fault::Protocol), "half a close code");
    assert_eq!(fault(&frame(0x88, &[3, 0xe8, 0xff], mask)), Some(Fault::Utf8), "a close reason that is no text");
}

#[test]
fn size_is_refused_when_it_is_announced() {
    let mask = [1, 2, 3, 4];
    assert_eq!(fault(&frame(0x82, &[0; 1_001], mask)[..8]), Some(Fault::TooBig));
    assert_eq!(fault(&frame(0x82, &[0; 1_000], mask)), None);
    let mut parts = frame(0x02, &[0; 600], mask);
    parts.extend(frame(0x80, &[0; 401], mask));
    assert_eq!(fault(&parts[..parts.len() - 401]), Some(Fault::TooBig));
    // A terabyte is not waited for, nor is room made for it.
    assert_eq!(fault(&[0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0]), None);
    assert_eq!(fault(&[0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]), Some(Fault::TooBig));
}

/// Whether it is text, its bytes, where it is cut, and the mask.
type Sent = (bool, Vec<u8>, Vec<usize>, [u8; 4]);

fn messages() -> impl Strategy<Value = Vec<Sent>> {
    let text = any::<String>().prop_map(|text| (true, text.into_bytes()));
    let binary = proptest::collection::vec(any::<u8>(), 0..400).prop_map(|bytes| (false, bytes));
    let cuts = proptest::collection::vec(0..400_usize, 0..4);
    let one = (prop_oneof![text, binary], cuts, any::<[u8; 4]>());
    proptest::collection::vec(one.prop_map(|((text, bytes), cuts, mask)| (text, bytes, cuts, mask)), 0..6)
}

proptest! {
    #[test]
    fn any_messages_in_any_fragments_and_pieces_come_out_as_they_were(messages in messages(), size in 1..200_usize) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (is_text, payload, mut cuts, mask) in messages {
            cuts.retain(|cut| *cut < payload.len());
            cuts.sort_unstable();
            let mut start = 0;
            let opcode = if is_text { 1 } else { 2 };
            for (index, cut) in cuts.iter().enumerate() {
                bytes.extend(frame(if index == 0 { opcode } else { 0 }, &payload[start..*cut], mask));
                start = *cut;
            }
            bytes.extend(frame(0x80 | if cuts.is_empty() { opcode } else { 0 }, &payload[start..], mask));
            expected.push(match is_text {
                true => Received::Text(Cow::Owned(String::from_utf8(payload).unwrap())),
                false => Received::Binary(Cow::Owned(payload)),
            });
        }
        let (all, fault, decoder) = decode(bytes.chunks(size), 10_000);
        prop_assert_eq!((all, fault), (expected, None));
        prop_assert!(decoder.is_idle());
    }

    #[test]
    fn arbitrary_bytes_mean_the_same_in_any_pieces(
        bytes in proptest::collection::vec(any::<u8>(), 0..600), size in 1..20_usize,
    ) {
        let (all, fault, _) = decode(std::iter::once(&bytes[..]), 500);
        let (pieces, other_fault, _) = decode(bytes.chunks(size), 500);
        prop_assert_eq!(fault.is_some(), other_fault.is_some());
        prop_assert_eq!(all, pieces);
    }
}
