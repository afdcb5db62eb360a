//! WebSocket frames as a server writes them (RFC 6455, section 5.2): unmasked, so the same for every recipient.

use bytes::Bytes;

/// The longest header of an unmasked frame.
const HEADER: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text = 1,
    Binary = 2,
    Close = 8,
    Pong = 10,
}

/// Builds frames one after the other in one buffer.
pub(crate) struct FrameWriter {
    buffer: Vec<u8>,
}

impl FrameWriter {
    /// A writer with room for payloads of `length` bytes in `frames` frames.
    pub(crate) fn with_capacity(length: usize, frames: usize) -> Self {
        Self { buffer: Vec::with_capacity(length + frames * HEADER) }
    }

    /// Appends a frame whose payload is the concatenation of `parts`.
    pub(crate) fn frame(&mut self, opcode: Opcode, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.buffer.push(0x80 | opcode as u8);
        match length {
            0..126 => self.buffer.push(length as u8),
            126..=0xffff => {
                self.buffer.push(126);
                self.buffer.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                self.buffer.push(127);
                self.buffer.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        for part in parts {
            self.buffer.extend_from_slice(part);
        }
    }

    pub(crate) fn finish(self) -> Bytes {
        Bytes::from(self.buffer)
    }
}

/// One frame with the concatenation of `parts` as its payload.
pub(crate) fn single(opcode: Opcode, parts: &[&[u8]]) -> Bytes {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut writer = FrameWriter::with_capacity(length, 1);
    writer.frame(opcode, parts);
    writer.finish()
}

/// A close frame with a status code and no reason.
pub(crate) fn close(code: u16) -> Bytes {
    single(Opcode::Close, &[&code.to_be_bytes()])
}

/// Where one of our own frames lies in a row of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) opcode: u8,
    pub(crate) payload: usize,
    pub(crate) end: usize,
}

/// The places of the frames that [`FrameWriter`] wrote into `frames`, in order.
pub(crate) fn places(frames: &[u8]) -> impl Iterator<Item = Place> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let head = frames.get(at..at + 2)?;
        let (header, length) = match head[1] {
            126 => (4, u16::from_be_bytes(frames.get(at + 2..at + 4)?.try_into().ok()?) as usize),
            127 => (10, u64::from_be_bytes(frames.get(at + 2..at + 10)?.try_into().ok()?) as usize),
            short => (2, short as usize),
        };
        let place = Place { opcode: head[0] & 0x0f, payload: at + header, end: at + header + length };
        at = place.end;
        Some(place)
    })
}

/// The end of the packet that has been begun when `written` bytes of `frames` are out: a boundary at which the rest
/// can be dropped. A packet is a frame with the binary frames that follow it, since those are its attachments; where
/// the first frame is a binary one, the packets are MessagePack, one in each frame.
pub(crate) fn packet_end(frames: &[u8], written: usize) -> usize {
    let binary = Opcode::Binary as u8;
    let alone = places(frames).next().is_some_and(|first| first.opcode == binary);
    let mut end = 0;
    for place in places(frames) {
        if end >= written && (alone || place.opcode != binary) {
            return end;
        }
        end = place.end;
    }
    end
}
