//! What a node tells all others for the rules above the hub.

use crate::NodeTold;
use crate::bus::wire::{Garbled, Kind, Reader, Writer};
use bytes::Bytes;

pub(super) fn encode(node: &str, kind: &str, body: &[u8]) -> Bytes {
    let mut writer = Writer::new(Kind::Told);
    writer.text(node);
    writer.text(kind);
    writer.blob(body);
    writer.into_bytes().into()
}

pub(super) fn decode(bytes: Bytes) -> Result<NodeTold, Garbled> {
    let mut reader = Reader::new(bytes, Kind::Told)?;
    let told = NodeTold { node: reader.text()?, kind: reader.text()?, body: reader.blob()? };
    reader.end()?;
    Ok(told)
}
