//! The instance's own key, by which push services know who pushes (RFC 8292).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::Millis;

/// How long a word of ours is good, in seconds; a day is the most that services take.
const GOOD: i64 = 12 * 3600;
/// It is used again until so long before its end: some services want few new ones.
const REST: i64 = 3600;
/// The most services whose words are kept.
const MOST: usize = 200;

/// Why there is no key, as the end of a sentence.
#[derive(Debug, thiserror::Error)]
#[error("the key for pushes cannot be used")]
pub(super) struct Unusable;

/// A new key, as it is kept (PKCS #8).
pub(super) fn new_key() -> Result<Vec<u8>, Unusable> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    Ok(made.map_err(|_| Unusable)?.as_ref().to_vec())
}

pub(super) struct Vapid {
    key: EcdsaKeyPair,
    public: String,
    contact: Option<String>,
    random: SystemRandom,
    /// By service: what was signed for it, and until when that is good.
    signed: Mutex<HashMap<String, (String, i64)>>,
}

impl Vapid {
    pub(super) fn new(key: &[u8], contact: Option<String>) -> Result<Self, Unusable> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random).map_err(|_| Unusable)?;
        let public = URL_SAFE_NO_PAD.encode(key.public_key());
        Ok(Self { key, public, contact, random, signed: Mutex::default() })
    }

    /// The public key, in base64url.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// The `Authorization` of a push to the service at that origin.
    pub(super) fn authorization(&self, origin: &str, now: Millis) -> Result<String, Unusable> {
        let seconds = now.div_euclid(1000);
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((words, good)) = signed.get(origin)
            && *good - REST > seconds
        {
            return Ok(words.clone());
        }
        if signed.len() >= MOST {
            signed.clear();
        }
        let good = seconds + GOOD;
        let words = format!("vapid t={}, k={}", self.sign(origin, good)?, self.public);
        signed.insert(origin.to_owned(), (words.clone(), good));
        Ok(words)
    }

    /// A JWT (RFC 7519) with ES256.
    fn sign(&self, origin: &str, good: i64) -> Result<String, Unusable> {
        let mut claims = json!({"aud": origin, "exp": good});
        if let Some(contact) = &self.contact {
            claims["sub"] = json!(contact);
        }
        let encoded = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let said = format!("{}.{}", encoded(json!({"typ": "JWT", "alg": "ES256"})), encoded(claims));
        let signature = self.key.sign(&self.random, said.as_bytes()).map_err(|_| Unusable)?;
        Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
