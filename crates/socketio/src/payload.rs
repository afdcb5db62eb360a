//! Long polling's bodies: several Engine.IO packets in one text, separated by 0x1E, binary ones as base64.

use crate::frame::{Opcode, places};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SEPARATOR: u8 = 0x1e;

/// One packet of a payload, as it would come over a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Binary(Vec<u8>),
}

/// Reads the packet that starts at `at`: the packet, and where the next one starts. `None`: it is not valid.
pub(crate) fn part(payload: &str, at: usize) -> Option<(Part<'_>, usize)> {
    let rest = payload.get(at..)?;
    let end = rest.find(char::from(SEPARATOR)).unwrap_or(rest.len());
    let text = &rest[..end];
    let part = match text.strip_prefix('b') {
        Some(encoded) => Part::Binary(STANDARD.decode(encoded).ok()?),
        None => Part::Text(text),
    };
    Some((part, at + end + 1))
}

/// Writes WebSocket frames as a payload of at most `most` packets: the payload, and how many bytes of the rows went
/// into it.
pub(crate) fn encode<'a>(rows: impl Iterator<Item = &'a [u8]>, most: usize) -> (Vec<u8>, usize) {
    let mut payload = Vec::new();
    let mut taken = 0;
    let frames = rows.flat_map(|row| {
        let mut start = 0;
        places(row).map(move |place| {
            let size = place.end - std::mem::replace(&mut start, place.end);
            (place.opcode, &row[place.payload..place.end], size)
        })
    });
    for (opcode, body, size) in frames.take(most) {
        taken += size;
        if !payload.is_empty() {
            payload.push(SEPARATOR);
        }
        if opcode == Opcode::Binary as u8 {
            payload.push(b'b');
            payload.extend_from_slice(STANDARD.encode(body).as_bytes());
        } else {
            payload.extend_from_slice(body);
        }
    }
    (payload, taken)
}
