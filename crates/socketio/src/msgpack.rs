//! Socket.IO's second encoding, that of npm `socket.io-msgpack-parser`: each packet is one MessagePack map
//! `{type, nsp, id?, data?}` in one binary message. JSON stays the form that applications see.

mod date;
mod read;
mod write;

#[cfg(test)]
pub(crate) use date::iso;
pub(crate) use read::{Limits, read};
pub(crate) use write::transcode;

/// The key by which JSON refers to an attachment.
const PLACEHOLDER: &str = "_placeholder";
