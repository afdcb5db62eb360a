//! Reading WebSocket frames of a client (RFC 6455, section 5): masked, possibly fragmented, possibly hostile.

use std::borrow::Cow;

/// What a client has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received<'a> {
    Text(Cow<'a, str>),
    Binary(Cow<'a, [u8]>),
    Ping(Cow<'a, [u8]>),
    Pong,
    /// The status code with which to answer.
    Close(u16),
}

/// Why the connection must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Protocol,
    Utf8,
    TooBig,
}

impl Fault {
    /// The status code of the close frame (RFC 6455, section 7.4.1).
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Utf8 => 1007,
            Self::TooBig => 1009,
        }
    }
}

/// Takes a stream of bytes apart into messages. It holds memory only while a frame or a message is incomplete.
#[derive(Default)]
pub(crate) struct Decoder {
    partial: Option<Box<Partial>>,
}

#[derive(Default)]
struct Partial {
    head: [u8; 14],
    head_length: usize,
    frame: Option<Frame>,
    message: Option<Assembly>,
    control: Vec<u8>,
}

/// A frame whose payload has not arrived in full.
struct Frame {
    head: Head,
    got: usize,
}

/// A message whose last frame has not arrived in full.
struct Assembly {
    text: bool,
    bytes: Vec<u8>,
    /// How many of the bytes are known to be UTF-8.
    checked: usize,
}

#[derive(Clone, Copy)]
struct Head {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    length: usize,
    size: usize,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

impl Decoder {
    /// Takes bytes from the start of `input` up to the end of the next message: how many, and the message. Without a
    /// message all of `input` was taken. Messages longer than `limit` are a fault.
    pub(crate) fn next<'a>(
        &mut self,
        input: &'a mut [u8],
        limit: usize,
    ) -> Result<(usize, Option<Received<'a>>), Fault> {
        if self.partial.is_none()
            && let Some(head) = read_head(input)?
            && head.opcode != CONTINUATION
            && head.fin
            && input.len() - head.size >= head.length
        {
            check_size(&head, 0, limit)?;
            let end = head.size + head.length;
            let payload = &mut input[head.size..end];
            unmask(payload, head.mask, 0);
            return Ok((end, Some(whole(head.opcode, payload)?)));
        }
        self.slowly(input, limit)
    }

    /// Whether nothing is kept for what is still to come.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.partial.is_none()
    }

    fn slowly<'a>(&mut self, input: &[u8], limit: usize) -> Result<(usize, Option<Received<'a>>), Fault> {
        let mut at = 0;
        while at < input.len() {
            let partial = self.partial.get_or_insert_default();
            at += partial.take(&input[at..], limit)?;
            let Some(received) = partial.complete()? else { continue };
            if partial.is_idle() {
                self.partial = None;
            }
            if let Some(received) = received {
                return Ok((at, Some(received)));
            }
        }
        Ok((at, None))
    }
}

impl Partial {
    /// Takes bytes for the header, or for the payload, of the frame that is due.
    fn take(&mut self, input: &[u8], limit: usize) -> Result<usize, Fault> {
        let Some(frame) = &mut self.frame else {
            return self.take_head(input, limit);
        };
        let count = input.len().min(frame.head.length - frame.got);
        let target = match &mut self.message {
            Some(message) if frame.head.opcode < CLOSE => &mut message.bytes,
            _ => &mut self.control,
        };
        let start = target.len();
        target.extend_from_slice(&input[..count]);
        unmask(&mut target[start..], frame.head.mask, frame.got);
        frame.got += count;
        if frame.head.opcode < CLOSE
            && let Some(message) = &mut self.message
        {
            message.check()?;
        }
        Ok(count)
    }

    fn take_head(&mut self, input: &[u8], limit: usize) -> Result<usize, Fault> {
        let before = self.head_length;
        let count = input.len().min(self.head.len() - before);
        self.head[before..before + count].copy_from_slice(&input[..count]);
        let Some(head) = read_head(&self.head[..before + count])? else {
            self.head_length = before + count;
            return Ok(count);
        };
        self.head_length = 0;
        match (head.opcode, &self.message) {
            (CONTINUATION, None) | (TEXT | BINARY, Some(_)) => return Err(Fault::Protocol),
            (CONTINUATION, Some(message)) => check_size(&head, message.bytes.len(), limit)?,
            (TEXT | BINARY, None) => {
                check_size(&head, 0, limit)?;
                self.message = Some(Assembly { text: head.opcode == TEXT, bytes: Vec::new(), checked: 0 });
            }
            _ => {}
        }
        self.frame = Some(Frame { head, got: 0 });
        Ok(head.size - before)
    }

    /// `None`: the frame is incomplete. `Some(None)`: a frame, but not a message.
    fn complete(&mut self) -> Result<Option<Option<Received<'static>>>, Fault> {
        let Some(Frame { head, .. }) = self.frame.take_if(|frame| frame.got == frame.head.length) else {
            return Ok(None);
        };
        if head.opcode >= CLOSE {
            let payload = std::mem::take(&mut self.control);
            return Ok(Some(Some(match control(head.opcode, &payload)? {
                Received::Ping(_) => Received::Ping(Cow::Owned(payload)),
                Received::Close(code) => Received::Close(code),
                _ => Received::Pong,
            })));
        }
        match self.message.take_if(|_| head.fin) {
            None => Ok(Some(None)),
            Some(message) if message.text => {
                let text = String::from_utf8(message.bytes).map_err(|_| Fault::Utf8)?;
                Ok(Some(Some(Received::Text(Cow::Owned(text)))))
            }
            Some(message) => Ok(Some(Some(Received::Binary(Cow::Owned(message.bytes))))),
        }
    }

    fn is_idle(&self) -> bool {
        self.frame.is_none() && self.message.is_none() && self.head_length == 0
    }
}

impl Assembly {
    /// Refuses text as soon as it cannot become UTF-8 any more.
    fn check(&mut self) -> Result<(), Fault> {
        if !self.text {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(rest) => self.checked += rest.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(Fault::Utf8),
        }
        Ok(())
    }
}

/// Reads a frame's header; `None` if it is incomplete.
fn read_head(input: &[u8]) -> Result<Option<Head>, Fault> {
    let [first, rest @ ..] = input else { return Ok(None) };
    let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
    if first & 0x70 != 0 || !matches!(opcode, 0..=2 | 8..=10) || (opcode >= CLOSE && !fin) {
        return Err(Fault::Protocol);
    }
    let [second, rest @ ..] = rest else { return Ok(None) };
    let short = (second & 0x7f) as usize;
    if second & 0x80 == 0 || (opcode >= CLOSE && short > 125) {
        return Err(Fault::Protocol);
    }
    let extended = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if rest.len() < extended + 4 {
        return Ok(None);
    }
    let length = match extended {
        0 => short as u64,
        _ => rest[..extended].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
    };
    let length = usize::try_from(length).ok().filter(|length| *length <= isize::MAX as usize).ok_or(Fault::Protocol)?;
    let mask = [rest[extended], rest[extended + 1], rest[extended + 2], rest[extended + 3]];
    Ok(Some(Head { fin, opcode, mask, length, size: 2 + extended + 4 }))
}

fn check_size(head: &Head, before: usize, limit: usize) -> Result<(), Fault> {
    if head.opcode < CLOSE && head.length > limit.saturating_sub(before) { Err(Fault::TooBig) } else { Ok(()) }
}

/// Removes a mask from bytes that lie `offset` bytes into the payload (RFC 6455, section 5.3).
fn unmask(payload: &mut [u8], mask: [u8; 4], offset: usize) {
    let mut mask = mask;
    mask.rotate_left(offset % 4);
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(eight) ^ wide).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

fn whole(opcode: u8, payload: &[u8]) -> Result<Received<'_>, Fault> {
    match opcode {
        TEXT => Ok(Received::Text(Cow::Borrowed(std::str::from_utf8(payload).map_err(|_| Fault::Utf8)?))),
        BINARY => Ok(Received::Binary(Cow::Borrowed(payload))),
        _ => control(opcode, payload),
    }
}

fn control(opcode: u8, payload: &[u8]) -> Result<Received<'_>, Fault> {
    match (opcode, payload) {
        (PING, _) => Ok(Received::Ping(Cow::Borrowed(payload))),
        (CLOSE, []) => Ok(Received::Close(1000)),
        (CLOSE, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(Fault::Protocol);
            }
            std::str::from_utf8(reason).map_err(|_| Fault::Utf8)?;
            Ok(Received::Close(code))
        }
        (CLOSE, _) => Err(Fault::Protocol),
        _ => Ok(Received::Pong),
    }
}
