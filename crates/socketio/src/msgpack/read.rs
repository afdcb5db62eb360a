//! Reading MessagePack packets of a client: into the JSON and the attachments that the other encoding would bring.

use rmp::Marker;
use rmp::decode::{
    Bytes as Input, read_array_len, read_bin_len, read_bool, read_ext_meta, read_f32, read_f64, read_int, read_map_len,
    read_nil, read_str_len, read_u64,
};
use serde::Serialize;

use super::PLACEHOLDER;
use super::date::iso;
use crate::packet::{Head, Kind, Malformed, check_namespace};

/// How deep values may be nested; `serde_json` follows up to 127 levels.
const MAX_DEPTH: usize = 100;

/// JavaScript's `undefined`, as npm `notepack.io` writes it.
const UNDEFINED: &[u8] = &[0xd4, 0, 0];

/// Up to here every whole number is one that JavaScript can tell from its neighbours.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a packet may come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of its JSON and of its attachments together.
    pub(crate) bytes: usize,
    /// Binary values.
    pub(crate) attachments: usize,
}

/// A packet as it would have come in JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    kind: Kind,
    namespace: String,
    id: Option<u64>,
    data: String,
    pub(crate) attachments: Vec<bytes::Bytes>,
}

impl Parsed {
    /// The parts, checked against each other; `data` is valid JSON or empty.
    pub(crate) fn head(&self) -> Result<Head<'_>, Malformed> {
        if !self.attachments.is_empty() && !matches!(self.kind, Kind::Event | Kind::Ack) {
            return Err(Malformed);
        }
        let attachments = self.attachments.len();
        Head { kind: self.kind, attachments, namespace: &self.namespace, id: self.id, data: &self.data }.checked()
    }
}

/// Reads one packet. Fields that are not known are ignored: clients send some that are only for themselves.
pub(crate) fn read(bytes: &[u8], limits: Limits) -> Result<Parsed, Malformed> {
    let mut reader = Reader { input: Input::new(bytes), json: Vec::new(), attachments: Vec::new(), weight: 0, limits };
    let (mut kind, mut namespace, mut id, mut data) = (None, None, None, None);
    for _ in 0..read_map_len(&mut reader.input).map_err(|_| Malformed)? {
        let key = reader.text()?;
        let twice = match &*key {
            "type" => kind.replace(reader.kind()?).is_some(),
            "nsp" => namespace.replace(reader.text()?.into_owned()).is_some(),
            "id" if !reader.skip_undefined() => id.replace(reader.id()?).is_some(),
            "data" if !reader.skip_undefined() => {
                reader.value(0)?;
                let attachments = std::mem::take(&mut reader.attachments);
                data.replace((std::mem::take(&mut reader.json), attachments)).is_some()
            }
            "id" | "data" => false,
            _ => {
                reader.ignore()?;
                false
            }
        };
        if twice {
            return Err(Malformed);
        }
    }
    if !reader.input.remaining_slice().is_empty() {
        return Err(Malformed);
    }
    let namespace = namespace.ok_or(Malformed)?;
    check_namespace(&namespace)?;
    let (json, attachments) = data.unwrap_or_default();
    let mut data = String::from_utf8(json).map_err(|_| Malformed)?;
    if data == "null" {
        data.clear();
    }
    Ok(Parsed { kind: kind.ok_or(Malformed)?, namespace, id, data, attachments })
}

struct Reader<'a> {
    input: Input<'a>,
    /// What the value is in JSON so far.
    json: Vec<u8>,
    attachments: Vec<bytes::Bytes>,
    /// Bytes of the attachments.
    weight: usize,
    limits: Limits,
}

impl<'a> Reader<'a> {
    fn kind(&mut self) -> Result<Kind, Malformed> {
        match self.unsigned()? {
            0 => Ok(Kind::Connect),
            1 => Ok(Kind::Disconnect),
            2 => Ok(Kind::Event),
            3 => Ok(Kind::Ack),
            _ => Err(Malformed),
        }
    }

    fn unsigned(&mut self) -> Result<u64, Malformed> {
        read_int(&mut self.input).map_err(|_| Malformed)
    }

    /// JSON has ids of up to 19 digits: what is answered to this one fits.
    fn id(&mut self) -> Result<u64, Malformed> {
        let id: i64 = read_int(&mut self.input).map_err(|_| Malformed)?;
        u64::try_from(id).map_err(|_| Malformed)
    }

    /// The next `length` bytes, if so many have come.
    fn take(&mut self, length: u32) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.input.remaining_slice().split_at_checked(length as usize).ok_or(Malformed)?;
        self.input = Input::new(rest);
        Ok(taken)
    }

    /// Half a surrogate pair, which JavaScript's strings may have, becomes U+FFFD, as in a WebSocket's text.
    fn text(&mut self) -> Result<std::borrow::Cow<'a, str>, Malformed> {
        let length = read_str_len(&mut self.input).map_err(|_| Malformed)?;
        Ok(String::from_utf8_lossy(self.take(length)?))
    }

    fn skip_undefined(&mut self) -> bool {
        let Some(rest) = self.input.remaining_slice().strip_prefix(UNDEFINED) else { return false };
        self.input = Input::new(rest);
        true
    }

    /// Reads a value and forgets it.
    fn ignore(&mut self) -> Result<(), Malformed> {
        let (json, attachments, weight) = (self.json.len(), self.attachments.len(), self.weight);
        self.value(0)?;
        self.json.truncate(json);
        self.attachments.truncate(attachments);
        self.weight = weight;
        Ok(())
    }

    /// Reads a value at a depth and appends its JSON.
    fn value(&mut self, depth: usize) -> Result<(), Malformed> {
        let first = *self.input.remaining_slice().first().ok_or(Malformed)?;
        match Marker::from_u8(first) {
            Marker::Null => {
                read_nil(&mut self.input).map_err(|_| Malformed)?;
                self.write(&())?;
            }
            Marker::True | Marker::False => {
                let value = read_bool(&mut self.input).map_err(|_| Malformed)?;
                self.write(&value)?;
            }
            Marker::U64 => {
                let value = read_u64(&mut self.input).map_err(|_| Malformed)?;
                self.write(&value)?;
            }
            Marker::FixPos(_) | Marker::U8 | Marker::U16 | Marker::U32 => {
                let value = self.unsigned()?;
                self.write(&value)?;
            }
            Marker::FixNeg(_) | Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => {
                let value: i64 = read_int(&mut self.input).map_err(|_| Malformed)?;
                self.write(&value)?;
            }
            Marker::F32 => {
                let value = read_f32(&mut self.input).map_err(|_| Malformed)?;
                self.float(value.into())?;
            }
            Marker::F64 => {
                let value = read_f64(&mut self.input).map_err(|_| Malformed)?;
                self.float(value)?;
            }
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let text = self.text()?;
                self.write(&*text)?;
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = read_bin_len(&mut self.input).map_err(|_| Malformed)?;
                let bytes = self.take(length)?;
                self.attach(bytes)?;
            }
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => self.array(depth + 1)?,
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => self.map(depth + 1)?,
            marker => self.extension(marker)?,
        }
        self.check_size()
    }

    fn array(&mut self, depth: usize) -> Result<(), Malformed> {
        check_depth(depth)?;
        // The length is only announced: every element that is not there is an error.
        let length = read_array_len(&mut self.input).map_err(|_| Malformed)?;
        self.json.push(b'[');
        for index in 0..length {
            if index > 0 {
                self.json.push(b',');
            }
            self.value(depth)?;
        }
        self.json.push(b']');
        Ok(())
    }

    fn map(&mut self, depth: usize) -> Result<(), Malformed> {
        check_depth(depth)?;
        let length = read_map_len(&mut self.input).map_err(|_| Malformed)?;
        self.json.push(b'{');
        let mut first = true;
        for _ in 0..length {
            let key = self.text()?;
            // A map that looks like a reference to an attachment would be taken for one.
            if key == PLACEHOLDER {
                return Err(Malformed);
            }
            // As JSON has it, what is undefined is not there.
            if self.skip_undefined() {
                continue;
            }
            if !std::mem::replace(&mut first, false) {
                self.json.push(b',');
            }
            self.write(&*key)?;
            self.json.push(b':');
            self.value(depth)?;
        }
        self.json.push(b'}');
        Ok(())
    }

    /// What npm `notepack.io` has beyond MessagePack's own types, all of it under the number 0.
    fn extension(&mut self, marker: Marker) -> Result<(), Malformed> {
        let meta = read_ext_meta(&mut self.input).map_err(|_| Malformed)?;
        let bytes = self.take(meta.size)?;
        match (marker, meta.typeid, bytes) {
            (Marker::FixExt1, 0, [0]) => self.write(&()),
            (Marker::FixExt8, 0, _) => {
                let milliseconds = i64::from_be_bytes(bytes.try_into().map_err(|_| Malformed)?);
                self.write(&iso(milliseconds))
            }
            (Marker::Ext8 | Marker::Ext16 | Marker::Ext32, 0, _) => self.attach(bytes),
            _ => Err(Malformed),
        }
    }

    /// Whole numbers are written as such, as JavaScript does; what is no number is `null`.
    fn float(&mut self, value: f64) -> Result<(), Malformed> {
        if value.fract() == 0.0 && value.abs() < EXACT { self.write(&(value as i64)) } else { self.write(&value) }
    }

    fn attach(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let number = self.attachments.len();
        if number >= self.limits.attachments {
            return Err(Malformed);
        }
        self.weight += bytes.len();
        self.json.extend_from_slice(format!("{{\"{PLACEHOLDER}\":true,\"num\":{number}}}").as_bytes());
        self.check_size()?;
        self.attachments.push(bytes::Bytes::copy_from_slice(bytes));
        Ok(())
    }

    fn write(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Malformed> {
        serde_json::to_writer(&mut self.json, value).map_err(|_| Malformed)
    }

    fn check_size(&self) -> Result<(), Malformed> {
        if self.json.len() + self.weight <= self.limits.bytes { Ok(()) } else { Err(Malformed) }
    }
}

fn check_depth(depth: usize) -> Result<(), Malformed> {
    if depth <= MAX_DEPTH { Ok(()) } else { Err(Malformed) }
}
