//! What the fuzz targets in `fuzz/` call: each parser of what a peer sends, from bytes.

use crate::decode::{Decoder, Fault};
use crate::encode::event_frames;
use crate::frame::places;
use crate::msgpack::{Limits, read, transcode};
use crate::packet::{Arguments, Incoming, parse, parse_auth};
use crate::payload::part;

const LIMIT: usize = 4096;

/// The first byte says in pieces of which size the rest arrives: what is decoded must not depend on it.
pub fn frame(input: &[u8]) {
    let Some((piece, stream)) = input.split_first() else { return };
    let whole = decoded(stream, stream.len().max(1));
    let pieces = decoded(stream, usize::from(*piece).max(1));
    assert_eq!(whole, pieces, "decoding depends on how the bytes arrive");
}

fn decoded(stream: &[u8], piece: usize) -> (Vec<String>, Option<Fault>) {
    let mut decoder = Decoder::default();
    let mut seen = Vec::new();
    for chunk in stream.chunks(piece) {
        let mut bytes = chunk.to_vec();
        let mut rest = &mut bytes[..];
        while !rest.is_empty() {
            let taken = match decoder.next(rest, LIMIT) {
                Ok((taken, received)) => {
                    seen.extend(received.map(|received| format!("{received:?}")));
                    taken
                }
                Err(fault) => return (seen, Some(fault)),
            };
            assert!(taken > 0 && taken <= rest.len());
            rest = &mut rest[taken..];
        }
    }
    (seen, None)
}

/// A Socket.IO packet, and what its data is read as.
pub fn packet(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let _ = parse(text, 10);
    let _ = Arguments::parse(text);
    let _ = Incoming::parse(text);
    let _ = parse_auth(text);
}

/// A packet in MessagePack: what an event is read as says the same when it is written and read again.
pub fn msgpack(input: &[u8]) {
    let Ok(parsed) = read(input, Limits { bytes: LIMIT, attachments: 10 }) else { return };
    let Ok(head) = parsed.head() else { return };
    let _ = (Arguments::parse(head.data), parse_auth(head.data));
    let Ok(event) = Incoming::parse(head.data) else { return };
    let arguments = event.arguments().json().as_bytes();
    let frames = event_frames(head.namespace, head.id, event.name(), arguments, &parsed.attachments);
    // Fractions may change in their last place, and the largest may become too large.
    let digits = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'.' | b'e');
    let exact = !head.data.as_bytes().windows(2).any(digits);
    let Some(packed) = transcode(&frames) else {
        assert!(!exact, "what was read cannot be written");
        return;
    };
    let payload = places(&packed).next().map_or(0, |place| place.payload);
    let again = read(&packed[payload..], Limits { bytes: usize::MAX, attachments: 10 });
    let again = again.expect("what was written can be read");
    assert_eq!(again.attachments, parsed.attachments);
    let again = again.head().expect("what was written is a packet");
    assert_eq!((again.namespace, again.id), (head.namespace, head.id));
    if exact {
        assert_eq!(again.data, head.data);
    }
}

/// The body of a polling request, part by part to its end.
pub fn payload(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut at = 0;
    while at <= text.len() {
        let Some((_, next)) = part(text, at) else { return };
        assert!(next > at, "a part that takes nothing");
        at = next;
    }
}
