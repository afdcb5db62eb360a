//! Events and batches of them, each encoded at most once for however many hear it.

use bytes::Bytes;
use std::any::Any;
use std::sync::{Arc, OnceLock};

type Encoded = OnceLock<Box<dyn Any + Send + Sync>>;

/// Something to be heard: a name and its JSON.
#[derive(Debug)]
pub struct Event {
    pub name: &'static str,
    pub body: Bytes,
    /// Its commit number; none for what is not kept (typing, presence).
    pub stamp: Option<u64>,
    encoded: Encoded,
}

impl Event {
    /// `body` is one JSON value.
    pub fn new(name: &'static str, body: impl Into<Bytes>, stamp: Option<u64>) -> Self {
        Self { name, body: body.into(), stamp, encoded: OnceLock::new() }
    }

    /// The event as an outlet writes it, made by the first that asks. All outlets ask for the same type.
    pub fn encoded<T: Any + Send + Sync>(&self, encode: impl FnOnce(&Self) -> T) -> Option<&T> {
        self.encoded.get_or_init(|| Box::new(encode(self))).downcast_ref()
    }
}

/// Events that leave together, in order.
pub struct Batch {
    pub events: Vec<Arc<Event>>,
    encoded: Encoded,
}

impl Batch {
    pub fn new(events: Vec<Arc<Event>>) -> Self {
        Self { events, encoded: OnceLock::new() }
    }

    /// The batch as an outlet writes it, made by the first that asks. All outlets ask for the same type.
    pub fn encoded<T: Any + Send + Sync>(&self, encode: impl FnOnce(&[Arc<Event>]) -> T) -> Option<&T> {
        self.encoded.get_or_init(|| Box::new(encode(&self.events))).downcast_ref()
    }
}
