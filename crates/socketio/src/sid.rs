//! Random identifiers of sessions and sockets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 128 random bits, written as 22 characters of URL-safe base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Sid(u128);

impl Sid {
    /// A new identifier; `None` if the operating system gives no randomness.
    pub(crate) fn random() -> Option<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self(u128::from_le_bytes(bytes)))
    }

    /// Reads what [`Sid::text`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == 16).then(|| Self(u128::from_le_bytes(bytes)))
    }

    /// The identifier as it is seen on the wire.
    pub(crate) fn text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_le_bytes())
    }
}
