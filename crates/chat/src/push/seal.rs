//! Sealing: a push that only the browser can open (RFC 8291, with the content coding of RFC 8188).

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// The most bytes of what can be sealed: all of it is one record, and 4,096 bytes are what every push service takes.
pub(super) const MOST: usize = RECORD - HEADER - 1 - TAG;

const RECORD: usize = 4096;
/// Salt, size of a record, our public key with its length.
const HEADER: usize = SALT + 4 + 1 + POINT;
const SALT: usize = 16;
const POINT: usize = 65;
const TAG: usize = 16;
/// Ends the last record's words.
const LAST: u8 = 2;

/// Seals `words` for the browser with that public key and secret.
pub(super) fn seal(p256dh: &[u8], auth: &[u8], words: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let random = SystemRandom::new();
    let mine = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let public = mine.compute_public_key()?;
    let mut salt = [0; SALT];
    random.fill(&mut salt)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, p256dh);
    agree_ephemeral(mine, &theirs, |shared| {
        sealed(&Agreed { shared, p256dh, auth, public: public.as_ref(), salt }, words)
    })?
}

/// What both sides know of a push, and its salt.
pub(super) struct Agreed<'a> {
    pub(super) shared: &'a [u8],
    pub(super) p256dh: &'a [u8],
    pub(super) auth: &'a [u8],
    pub(super) public: &'a [u8],
    pub(super) salt: [u8; SALT],
}

pub(super) fn sealed(agreed: &Agreed<'_>, words: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let Agreed { shared, p256dh, auth, public, salt } = agreed;
    if words.len() > MOST || public.len() != POINT {
        return Err(Unspecified);
    }
    let keys = Salt::new(HKDF_SHA256, auth).extract(shared);
    let material: [u8; 32] = derived(&keys, &[b"WebPush: info\0", p256dh, public])?;
    let keys = Salt::new(HKDF_SHA256, salt).extract(&material);
    let key: [u8; 16] = derived(&keys, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derived(&keys, &[b"Content-Encoding: nonce\0"])?;
    let mut record = [words, &[LAST]].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    let size = (RECORD as u32).to_be_bytes();
    Ok([&salt[..], &size, &[POINT as u8], public, &record].concat())
}

fn derived<const N: usize>(keys: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    keys.expand(info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
