//! Writing MessagePack packets: made from the frames of the JSON encoding, once for all who read them.

use std::fmt::Formatter;

use bytes::Bytes;
use rmp::encode::{
    write_array_len, write_bin, write_bool, write_f64, write_map_len, write_nil, write_sint, write_str, write_uint,
};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::PLACEHOLDER;
use crate::frame::{FrameWriter, Opcode, places};
use crate::packet::{Kind, parse_from_server};

/// The same packets for who reads MessagePack, a binary frame each. `None` if there is something that MessagePack or
/// our reader of JSON does not have: half a surrogate pair, a number beyond `f64`, more than 127 levels, an attachment
/// that is missing or is referred to twice. Fractions come over to within one unit in their last place, as
/// `serde_json` reads them.
pub(crate) fn transcode(frames: &[u8]) -> Option<Bytes> {
    let mut places = places(frames).peekable();
    let mut writer = FrameWriter::with_capacity(frames.len(), 1);
    while let Some(place) = places.next() {
        let text = std::str::from_utf8(frames.get(place.payload..place.end)?).ok()?;
        let mut attachments = Vec::new();
        while let Some(binary) = places.next_if(|next| next.opcode == Opcode::Binary as u8) {
            attachments.push(Some(frames.get(binary.payload..binary.end)?));
        }
        writer.frame(Opcode::Binary, &[&packet(text.strip_prefix('4')?, attachments)?]);
    }
    Some(writer.finish())
}

// Writing into a vector does not fail, so the results of that say nothing.
fn packet(text: &str, attachments: Vec<Option<&[u8]>>) -> Option<Vec<u8>> {
    let (head, is_error) = parse_from_server(text).ok()?;
    let kind = match head.kind {
        Kind::Connect if is_error => 4,
        Kind::Connect => 0,
        Kind::Disconnect => 1,
        Kind::Event => 2,
        Kind::Ack => 3,
    };
    let fields = 2 + u32::from(head.id.is_some()) + u32::from(!head.data.is_empty());
    let mut writer = Writer { out: Vec::with_capacity(text.len() + 32), attachments };
    let out = &mut writer.out;
    let _ = write_map_len(out, fields);
    let _ = write_str(out, "type");
    let _ = write_uint(out, kind);
    let _ = write_str(out, "nsp");
    let _ = write_str(out, head.namespace);
    if let Some(id) = head.id {
        let _ = write_str(out, "id");
        let _ = write_uint(out, id);
    }
    if !head.data.is_empty() {
        let _ = write_str(out, "data");
        let mut json = serde_json::Deserializer::from_str(head.data);
        (&mut writer).deserialize(&mut json).ok()?;
        json.end().ok()?;
    }
    Some(writer.out)
}

struct Writer<'a> {
    out: Vec<u8>,
    /// Those that were not referred to yet.
    attachments: Vec<Option<&'a [u8]>>,
}

/// What a value is, as far as a reference to an attachment is told by it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    True,
    Number(u64),
    /// The text `_placeholder`.
    Placeholder,
    /// The text `num`.
    Num,
    Other,
}

impl<'a> Writer<'a> {
    /// Puts the header of `count` elements, or pairs of them, where `start` holds a byte for it.
    fn close(&mut self, start: usize, count: usize, map: bool) -> Option<()> {
        let count = u32::try_from(count).ok()?;
        let mut header = Vec::with_capacity(5);
        let _ = if map { write_map_len(&mut header, count) } else { write_array_len(&mut header, count) };
        drop(self.out.splice(start..=start, header));
        Some(())
    }

    fn take_attachment(&mut self, number: Option<u64>) -> Option<&'a [u8]> {
        self.attachments.get_mut(usize::try_from(number?).ok()?)?.take()
    }
}

impl<'de> DeserializeSeed<'de> for &mut Writer<'_> {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Seen, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Writer<'_> {
    type Value = Seen;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Seen, E> {
        let _ = write_nil(&mut self.out);
        Ok(Seen::Other)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Seen, E> {
        let _ = write_bool(&mut self.out, value);
        Ok(if value { Seen::True } else { Seen::Other })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Seen, E> {
        let _ = write_uint(&mut self.out, value);
        Ok(Seen::Number(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Seen, E> {
        let _ = write_sint(&mut self.out, value);
        Ok(Seen::Other)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Seen, E> {
        let _ = write_f64(&mut self.out, value);
        Ok(Seen::Other)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Seen, E> {
        let _ = write_str(&mut self.out, value);
        Ok(match value {
            PLACEHOLDER => Seen::Placeholder,
            "num" => Seen::Num,
            _ => Seen::Other,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Seen, A::Error> {
        let start = self.out.len();
        self.out.push(0);
        let mut count = 0;
        while elements.next_element_seed(&mut *self)?.is_some() {
            count += 1;
        }
        self.close(start, count, false).ok_or_else(|| A::Error::custom("too many elements"))?;
        Ok(Seen::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Seen, A::Error> {
        let start = self.out.len();
        self.out.push(0);
        let (mut count, mut placeholder, mut number) = (0, false, None);
        while let Some(key) = pairs.next_key_seed(&mut *self)? {
            let value = pairs.next_value_seed(&mut *self)?;
            count += 1;
            match (key, value) {
                (Seen::Placeholder, _) => placeholder = value == Seen::True,
                (Seen::Num, Seen::Number(value)) => number = Some(value),
                _ => {}
            }
        }
        // In a packet without attachments it would be a map like any other.
        if placeholder && !self.attachments.is_empty() {
            let bytes = self.take_attachment(number).ok_or_else(|| A::Error::custom("no such attachment"))?;
            self.out.truncate(start);
            let _ = write_bin(&mut self.out, bytes);
        } else {
            self.close(start, count, true).ok_or_else(|| A::Error::custom("too many pairs"))?;
        }
        Ok(Seen::Other)
    }
}
