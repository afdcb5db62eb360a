//! What the server pushes, as far as a client of the load reads it, borrowed from where it was read.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Op<'a> {
    pub(super) g: u64,
    #[serde(borrow)]
    pub(super) room: Option<Cow<'a, str>>,
    pub(super) p: Option<u64>,
    #[serde(borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: &'a RawValue,
}

impl Op<'_> {
    pub(super) fn is_message_in(&self, room: &str) -> bool {
        self.kind == "message" && self.room.as_deref() == Some(room)
    }
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    pub(super) seq: u64,
    #[serde(borrow)]
    pub(super) text: Cow<'a, str>,
}

/// Where a room stands, for those who do not look at it.
#[derive(Deserialize)]
pub(super) struct Bump<'a> {
    #[serde(borrow)]
    pub(super) room: Cow<'a, str>,
    pub(super) head: u64,
}

#[derive(Deserialize)]
pub(super) struct Event<'a>(pub(super) &'a str, #[serde(borrow)] pub(super) Option<&'a RawValue>);
