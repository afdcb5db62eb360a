//! Bytes of a message, written and read one value after the other; what is read is never trusted.

use super::{Garbled, Kind};
use bytes::{Buf, Bytes};
use std::sync::Arc;

/// Begins every message, before its version and its kind.
const MARK: u8 = 0xB5;
const VERSION: u8 = 1;

pub(in crate::bus) struct Writer(Vec<u8>);

impl Writer {
    pub(in crate::bus) fn new(kind: Kind) -> Self {
        Self(vec![MARK, VERSION, kind as u8])
    }

    pub(in crate::bus) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    pub(in crate::bus) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(in crate::bus) fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub(in crate::bus) fn text(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }

    pub(in crate::bus) fn blob(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(in crate::bus) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

pub(in crate::bus) struct Reader(Bytes);

impl Reader {
    /// Begins to read a message that must be of this kind.
    pub(in crate::bus) fn new(bytes: Bytes, kind: Kind) -> Result<Self, Garbled> {
        let mut reader = Self(bytes);
        for wanted in [MARK, VERSION, kind as u8] {
            if reader.byte()? != wanted {
                return Err(Garbled::Foreign);
            }
        }
        Ok(reader)
    }

    pub(in crate::bus) fn byte(&mut self) -> Result<u8, Garbled> {
        self.0.try_get_u8().map_err(|_| Garbled::Short)
    }

    pub(in crate::bus) fn number(&mut self) -> Result<u64, Garbled> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Garbled::Number);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Garbled::Number)
    }

    /// A number of things that follow, each of at least one byte.
    pub(in crate::bus) fn count(&mut self) -> Result<usize, Garbled> {
        let count = usize::try_from(self.number()?).map_err(|_| Garbled::Short)?;
        if count > self.0.len() { Err(Garbled::Short) } else { Ok(count) }
    }

    pub(in crate::bus) fn blob(&mut self) -> Result<Bytes, Garbled> {
        let count = self.count()?;
        Ok(self.0.split_to(count))
    }

    pub(in crate::bus) fn text(&mut self) -> Result<Arc<str>, Garbled> {
        let bytes = self.blob()?;
        std::str::from_utf8(&bytes).map(Arc::from).map_err(|_| Garbled::Text)
    }

    pub(in crate::bus) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, Garbled>,
    ) -> Result<Vec<T>, Garbled> {
        // Grown as it is read: a count alone makes nobody set memory aside.
        let count = self.count()?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(one(self)?);
        }
        Ok(list)
    }

    pub(in crate::bus) fn end(self) -> Result<(), Garbled> {
        if self.0.is_empty() { Ok(()) } else { Err(Garbled::Long) }
    }
}
