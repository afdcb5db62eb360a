//! Passwords: argon2id on blocking threads, a few at a time.

use crate::caller::Actor;
use crate::rule::{self, Rule};
use crate::{Chat, Refusal};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::Write;
use store::accounts::AccountWrite;
use tokio::sync::Semaphore;

/// RFC 9106, second recommended choice: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// The most bytes of a password.
const LONGEST: usize = 512;

/// How many may wait for each turn, about two seconds' worth.
const WAITING: usize = 20;

/// Hashes and checks passwords. Each costs 64 MiB while it lasts, so only as many at once as there are processors.
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Places in the queue for a turn, those at work included.
    waiting: Arc<Semaphore>,
    /// Checked where there is no such account, so that its answer takes as long.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let turns = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        // A hash in the usual form that no password has: all zero.
        let nobody =
            format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}", "A".repeat(22), "A".repeat(43));
        Self { turns: Arc::new(Semaphore::new(turns)), waiting: Arc::new(Semaphore::new(turns * WAITING)), nobody }
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.in_turn(move || {
            let hash = argon2()?.hash_password(password.as_bytes()).map_err(Refusal::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one of `hash`; without a hash it takes as long and is false.
    pub(crate) async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Refusal> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        self.in_turn(move || {
            let hash = PasswordHash::new(&hash).map_err(Refusal::internal)?;
            Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        // Who waits holds memory and hopes: beyond some, coming back later is better for everybody.
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| Refusal::TooFast { retry_after: 5 })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Refusal::Unavailable)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(Refusal::internal)?
    }
}

fn argon2() -> Result<Argon2<'static>, Refusal> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Refusal::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Checks a new password: long enough, not endless.
pub(crate) fn check_new(field: &str, password: &str) -> Result<(), Refusal> {
    if password.len() > LONGEST {
        return Err(Refusal::TooLong { field: field.into(), limit: LONGEST });
    }
    if password.chars().count() < rule::PASSWORD {
        return Err(Refusal::value(field, Rule::Short));
    }
    Ok(())
}

/// `password.change`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current: String,
    /// At least 8 characters.
    pub new: String,
    /// Accepted as with every command; repeating a change of password needs the then current one.
    #[expect(dead_code, reason = "nothing made from a password is remembered")]
    pub cid: Option<crate::cid::Cid>,
}

/// An answer with nothing in it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {}

/// Ends all other sessions.
pub(crate) async fn change(chat: Chat, actor: Actor, input: ChangePassword) -> Result<Done, Refusal> {
    check_new("new", &input.new)?;
    let user = chat.store.user(&actor.user).await?.ok_or(Refusal::NoSuchUser)?;
    let key = crate::names::key(&user.username).unwrap_or_default();
    let hash = chat.store.credentials(&key).await?.and_then(|(_, hash)| hash);
    if input.current.len() > LONGEST || !chat.passwords.matches(input.current, hash).await? {
        return Err(Refusal::WrongCredentials);
    }
    let password = chat.passwords.hash(input.new).await?;
    let write =
        AccountWrite::Password { user: actor.user.to_string(), password, keep: Some(actor.session.to_string()) };
    // Nothing made from a password is kept beside its hash, so the intention is not remembered: a repeat has to know
    // the then current password anyway.
    chat.store.write(actor.origin("password.change", None), Write::Account(write)).await?;
    Ok(Done {})
}

/// Whether a password given for signing in could be anybody's at all.
pub(crate) fn is_possible(password: &str) -> bool {
    password.len() <= LONGEST
}
