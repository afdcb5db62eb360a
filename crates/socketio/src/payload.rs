//! Long polling's bodies: several Engine.IO packets in one text, separated by 0x1E, binary ones as base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::frame::{Opcode, places};

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

/// Writes WebSocket frames as a payload.
pub(crate) fn encode<'a>(rows: impl Iterator<Item = &'a Bytes> + Clone) -> Vec<u8> {
    let mut payload = Vec::with_capacity(rows.clone().map(|row| row.len()).sum());
    for row in rows {
        for place in places(row) {
            if place.opcode != Opcode::Text as u8 && place.opcode != Opcode::Binary as u8 {
                continue;
            }
            if !payload.is_empty() {
                payload.push(SEPARATOR);
            }
            let body = &row[place.payload..place.end];
            if place.opcode == Opcode::Text as u8 {
                payload.extend_from_slice(body);
            } else {
                payload.push(b'b');
                payload.extend_from_slice(STANDARD.encode(body).as_bytes());
            }
        }
    }
    payload
}
