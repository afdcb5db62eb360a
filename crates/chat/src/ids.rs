//! Ids, join codes and secrets, all from the system's random source.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The kernel's source does not fail once it has started; without it nothing here could be safe.
    getrandom::fill(&mut bytes).unwrap_or_else(|error| panic!("the system has no random source: {error}"));
    bytes
}

/// A new id: 12 characters, 60 random bits.
pub(crate) fn id() -> String {
    random::<12>().iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

/// A new join code: eight capitals.
pub(crate) fn join_code() -> String {
    let mut number = u64::from_le_bytes(random());
    (0..8)
        .map(|_| {
            let letter = (number % 26) as u8;
            number /= 26;
            char::from(b'A' + letter)
        })
        .collect()
}

/// A new secret (session token, invitation code) of 256 random bits.
pub(crate) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// What is stored of a secret. It has 256 random bits, so one plain hash is enough.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
