//! Packets and bursts: what is sent, encoded once and shared by all who get it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;

use crate::frame::{FrameWriter, Opcode, single};
use crate::msgpack::transcode;

/// One Socket.IO packet in its final form on the wire. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Packet {
    frames: Bytes,
    packed: Arc<Packed>,
}

/// The second form of a packet or of a burst, for those who read MessagePack; made when the first of them is sent it.
#[derive(Debug, Default)]
struct Packed {
    /// None inside if it cannot be said in MessagePack.
    frames: OnceLock<Option<Bytes>>,
    /// What a burst of several was joined from.
    packets: Box<[Packet]>,
}

impl Packed {
    /// The second form of `frames`.
    fn get(&self, frames: &[u8]) -> Option<&Bytes> {
        let make = || {
            if self.packets.is_empty() {
                return transcode(frames);
            }
            let parts: Option<Vec<&[u8]>> =
                self.packets.iter().map(|packet| packet.packed.get(&packet.frames).map(|frames| &**frames)).collect();
            Some(Bytes::from(parts?.concat()))
        };
        self.frames.get_or_init(make).as_ref()
    }
}

impl Packet {
    /// An event for the default namespace: `42["name",ARGUMENTS]`.
    ///
    /// `arguments` is trusted to be valid JSON: one value, several separated by commas, or nothing.
    pub fn event(name: &str, arguments: &[u8]) -> Self {
        Self::event_in("/", name, arguments)
    }

    /// An event for a namespace (`/name`). Its packets must be sent only to sockets of that namespace.
    pub fn event_in(namespace: &str, name: &str, arguments: &[u8]) -> Self {
        Self::binary_event_in(namespace, name, arguments, &[])
    }

    /// An event with binary attachments, which `arguments` names as `{"_placeholder":true,"num":N}`.
    pub fn binary_event_in(namespace: &str, name: &str, arguments: &[u8], attachments: &[Bytes]) -> Self {
        Self { frames: event_frames(namespace, None, name, arguments, attachments), packed: Arc::default() }
    }

    /// Bytes of its JSON form on a WebSocket, headers of the frames included.
    pub fn wire_size(&self) -> usize {
        self.frames.len()
    }
}

/// Packets that leave together, in order, as one write for each recipient. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Burst {
    frames: Bytes,
    packed: Arc<Packed>,
}

impl Burst {
    /// Joins packets once for all recipients; a single packet is not copied.
    pub fn new(packets: &[Packet]) -> Self {
        if let [packet] = packets {
            return Self::from(packet.clone());
        }
        let mut frames = Vec::with_capacity(packets.iter().map(Packet::wire_size).sum());
        for packet in packets {
            frames.extend_from_slice(&packet.frames);
        }
        let packed = Packed { frames: OnceLock::new(), packets: packets.into() };
        Self { frames: Bytes::from(frames), packed: Arc::new(packed) }
    }

    /// Bytes of its JSON form on a WebSocket, headers of the frames included.
    pub fn wire_size(&self) -> usize {
        self.frames.len()
    }

    pub(crate) fn frames(&self) -> &Bytes {
        &self.frames
    }

    /// The same in MessagePack; none if that cannot be said in it.
    pub(crate) fn packed(&self) -> Option<&Bytes> {
        self.packed.get(&self.frames)
    }
}

impl From<Packet> for Burst {
    fn from(packet: Packet) -> Self {
        Self { frames: packet.frames, packed: packet.packed }
    }
}

/// An EVENT or BINARY_EVENT, with the id under which the client is to acknowledge it.
pub(crate) fn event_frames(
    namespace: &str,
    id: Option<u64>,
    name: &str,
    arguments: &[u8],
    attachments: &[Bytes],
) -> Bytes {
    let name = json(name);
    let comma: &[u8] = if arguments.is_empty() { b"" } else { b"," };
    with_attachments(b"2", b"5", namespace, id, &[b"[", &name, comma, arguments, b"]"], attachments)
}

/// An ACK or BINARY_ACK.
pub(crate) fn ack_frames(namespace: &str, id: u64, arguments: &[u8], attachments: &[Bytes]) -> Bytes {
    with_attachments(b"3", b"6", namespace, Some(id), &[b"[", arguments, b"]"], attachments)
}

/// The answer to an accepted CONNECT.
pub(crate) fn connect_frames(namespace: &str, sid: &str) -> Bytes {
    let (before, after) = around(namespace);
    single(Opcode::Text, &[b"40", before, after, b"{\"sid\":\"", sid.as_bytes(), b"\"}"])
}

/// The answer to a refused CONNECT.
pub(crate) fn connect_error_frames(namespace: &str, error: &crate::ConnectError) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: &'a Option<serde_json::Value>,
    }
    let (before, after) = around(namespace);
    let body = json(&Body { message: &error.message, data: &error.data });
    single(Opcode::Text, &[b"44", before, after, &body])
}

/// A DISCONNECT of one namespace.
pub(crate) fn disconnect_frames(namespace: &str) -> Bytes {
    let (before, after) = around(namespace);
    single(Opcode::Text, &[b"41", before, after])
}

fn with_attachments(
    plain: &[u8],
    binary: &[u8],
    namespace: &str,
    id: Option<u64>,
    data: &[&[u8]],
    attachments: &[Bytes],
) -> Bytes {
    let (before, after) = around(namespace);
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let count = if attachments.is_empty() { String::new() } else { format!("{}-", attachments.len()) };
    let kind = if attachments.is_empty() { plain } else { binary };
    let mut parts: Vec<&[u8]> = vec![b"4", kind, count.as_bytes(), before, after, id.as_bytes()];
    parts.extend_from_slice(data);
    let length = parts.iter().map(|part| part.len()).sum::<usize>() + attachments.iter().map(Bytes::len).sum::<usize>();
    let mut writer = FrameWriter::with_capacity(length, 1 + attachments.len());
    writer.frame(Opcode::Text, &parts);
    for attachment in attachments {
        writer.frame(Opcode::Binary, &[attachment]);
    }
    writer.finish()
}

/// What a packet says of its namespace: nothing for the default one, `/name,` for others.
fn around(namespace: &str) -> (&[u8], &[u8]) {
    if namespace == "/" { (b"", b"") } else { (namespace.as_bytes(), b",") }
}

/// JSON of a value that cannot fail to be written: strings, and maps with strings as their keys.
fn json(value: &(impl Serialize + ?Sized)) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec())
}
