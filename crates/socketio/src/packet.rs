//! Reading Socket.IO packets of a client (protocol version 5).

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The longest name of a namespace, in bytes.
const MAX_NAMESPACE: usize = 128;

/// Names that an application's event cannot have, since clients use them for their own.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
}

/// A packet's parts; `data` is not checked yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    pub(crate) kind: Kind,
    pub(crate) attachments: usize,
    pub(crate) namespace: &'a str,
    pub(crate) id: Option<u64>,
    pub(crate) data: &'a str,
}

/// The packet breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Takes a packet apart: `TYPE [COUNT -] [/NAMESPACE ,] [ID] [DATA]`.
pub(crate) fn parse(text: &str, max_attachments: usize) -> Result<Head<'_>, Malformed> {
    let (kind, binary) = match text.as_bytes().first() {
        Some(b'0') => (Kind::Connect, false),
        Some(b'1') => (Kind::Disconnect, false),
        Some(b'2') => (Kind::Event, false),
        Some(b'3') => (Kind::Ack, false),
        Some(b'5') => (Kind::Event, true),
        Some(b'6') => (Kind::Ack, true),
        _ => return Err(Malformed),
    };
    take_apart(kind, binary, &text[1..], max_attachments)
}

/// Takes apart what we have written ourselves; `true` with a CONNECT_ERROR, which is like a CONNECT otherwise.
pub(crate) fn parse_from_server(text: &str) -> Result<(Head<'_>, bool), Malformed> {
    match text.strip_prefix('4') {
        Some(rest) => Ok((take_apart(Kind::Connect, false, rest, 0)?, true)),
        None => Ok((parse(text, usize::MAX)?, false)),
    }
}

fn take_apart(kind: Kind, binary: bool, mut rest: &str, max_attachments: usize) -> Result<Head<'_>, Malformed> {
    let mut attachments = 0;
    if binary {
        let (count, after) = rest.split_once('-').ok_or(Malformed)?;
        attachments = number(count)? as usize;
        if attachments > max_attachments {
            return Err(Malformed);
        }
        rest = after;
    }
    let mut namespace = "/";
    if rest.starts_with('/') {
        (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        check_namespace(namespace)?;
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let id = if digits > 0 { Some(number(&rest[..digits])?) } else { None };
    Head { kind, attachments, namespace, id, data: &rest[digits..] }.checked()
}

impl Head<'_> {
    /// Whether the parts go together.
    pub(crate) fn checked(self) -> Result<Self, Malformed> {
        let fits = match self.kind {
            Kind::Connect => self.id.is_none() && (self.data.is_empty() || self.data.starts_with('{')),
            Kind::Disconnect => self.id.is_none() && self.data.is_empty(),
            Kind::Event => self.data.starts_with('['),
            Kind::Ack => self.id.is_some() && self.data.starts_with('['),
        };
        if fits { Ok(self) } else { Err(Malformed) }
    }
}

/// A namespace is a slash and at most 127 bytes that need no escapes in JSON and do not end it in a packet's text.
pub(crate) fn check_namespace(namespace: &str) -> Result<(), Malformed> {
    let good = namespace.starts_with('/') && namespace.len() <= MAX_NAMESPACE;
    if !good || namespace.contains(['"', '\\', ',']) || namespace.contains(char::is_control) {
        return Err(Malformed);
    }
    Ok(())
}

fn number(digits: &str) -> Result<u64, Malformed> {
    if digits.is_empty() || digits.len() > 19 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Malformed);
    }
    digits.parse().map_err(|_| Malformed)
}

/// The arguments of an event or of an acknowledgement: valid JSON, and the binary attachments that it refers to as
/// `{"_placeholder":true,"num":N}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    json: Box<str>,
    attachments: Vec<Bytes>,
}

impl Arguments {
    /// The arguments as JSON values separated by commas, without brackets around them; empty if there are none.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The binary attachments, by number.
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// Reads one argument; one that is missing is read as `null`.
    pub fn get<T: DeserializeOwned>(&self, index: usize) -> serde_json::Result<T> {
        let list = format!("[{}]", self.json);
        let values: Vec<&RawValue> = serde_json::from_str(&list)?;
        serde_json::from_str(values.get(index).map_or("null", |value| value.get()))
    }

    /// Parses the arguments of an acknowledgement: a JSON array.
    pub(crate) fn parse(data: &str) -> Result<Self, Malformed> {
        let Split { name: _, json } = split(data, false)?;
        Ok(Self { json: json.into(), attachments: Vec::new() })
    }

    pub(crate) fn attach(&mut self, attachments: Vec<Bytes>) {
        self.attachments = attachments;
    }
}

/// One event as a client sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    name: Box<str>,
    arguments: Arguments,
}

impl Incoming {
    /// The event's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments after the name.
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Parses the data of an event: a JSON array that starts with the event's name.
    pub(crate) fn parse(data: &str) -> Result<Self, Malformed> {
        let Split { name, json } = split(data, true)?;
        let name = name.filter(|name| !RESERVED.contains(&name.as_ref())).ok_or(Malformed)?;
        let arguments = Arguments { json: json.into(), attachments: Vec::new() };
        Ok(Self { name: name.into(), arguments })
    }

    pub(crate) fn attach(&mut self, attachments: Vec<Bytes>) {
        self.arguments.attach(attachments);
    }

    /// How many bytes of memory it holds, about.
    pub(crate) fn weight(&self) -> usize {
        self.name.len() + self.arguments.json.len() + self.arguments.attachments.iter().map(Bytes::len).sum::<usize>()
    }
}

/// A JSON array, taken apart without copying: the name in front if one is wanted, and the text of all other elements.
struct Split<'a> {
    name: Option<Cow<'a, str>>,
    json: &'a str,
}

fn split(data: &str, named: bool) -> Result<Split<'_>, Malformed> {
    let mut deserializer = serde_json::Deserializer::from_str(data);
    let found = deserializer.deserialize_seq(Elements { data, named }).map_err(|_| Malformed)?;
    deserializer.end().map_err(|_| Malformed)?;
    Ok(found)
}

struct Elements<'a> {
    data: &'a str,
    named: bool,
}

impl<'de> Visitor<'de> for Elements<'de> {
    type Value = Split<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Split<'de>, A::Error> {
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
        let mut name = None;
        if self.named {
            let Name(text) = elements.next_element()?.ok_or_else(|| A::Error::custom("no name"))?;
            name = Some(text);
        }
        let position = |text: &str| text.as_ptr() as usize - self.data.as_ptr() as usize;
        let mut range: Option<(usize, usize)> = None;
        while let Some(element) = elements.next_element::<&'de RawValue>()? {
            let start = position(element.get());
            range = Some((range.map_or(start, |(first, _)| first), start + element.get().len()));
        }
        let json = range.and_then(|(start, end)| self.data.get(start..end)).unwrap_or("");
        Ok(Split { name, json })
    }
}

/// Checks the data of a CONNECT: a JSON object, or nothing.
pub(crate) fn parse_auth(data: &str) -> Result<Option<Box<RawValue>>, Malformed> {
    if data.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(data).map(Some).map_err(|_| Malformed)
}
