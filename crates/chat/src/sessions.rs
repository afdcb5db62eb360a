//! Sessions: signing in and out. A session is a login; any number of connections use it.

use crate::accounts::SignedIn;
use crate::caller::{Actor, Caller, Identity};
use crate::cid::Cid;
use crate::clock::{self, Time};
use crate::passwords::Done;
use crate::users::User;
use crate::{Chat, House, Refusal, ids, names, passwords, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::Write;
use store::accounts::Standing;
use store::sessions::{SessionRow, SessionWrite};

/// `sessions.create`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub username: String,
    pub password: String,
    /// What to call the session, such as the device.
    pub label: Option<String>,
}

/// The answer, and the time it takes, do not tell an unknown name from a wrong password.
pub(crate) async fn create(chat: Chat, caller: Caller, input: SignIn) -> Result<SignedIn, Refusal> {
    let label = label(&caller, input.label)?;
    let key = names::key(&input.username).unwrap_or_default();
    chat.limits.check_sign_in(&key, caller.address)?;
    let found = chat.store.credentials(&key).await?.filter(|(user, _)| !user.disabled);
    let hash = found.as_ref().and_then(|(_, hash)| hash.clone());
    let possible = passwords::is_possible(&input.password);
    let password = if possible { input.password } else { String::new() };
    let matches = chat.passwords.matches(password, hash).await? && possible;
    match found {
        Some((user, _)) if matches => start(&chat, &caller, user.id, label).await,
        _ => Err(Refusal::WrongCredentials),
    }
}

/// What a session is called: as its owner says, otherwise as the program calls itself.
pub(crate) fn label(caller: &Caller, given: Option<String>) -> Result<String, Refusal> {
    match given {
        Some(label) => text::line("label", &label, text::NAME),
        None => Ok(caller.program.chars().filter(|letter| !letter.is_control()).take(text::NAME).collect()),
    }
}

/// Starts a session for a user who has proved who they are.
pub(crate) async fn start(chat: &Chat, caller: &Caller, user: String, label: String) -> Result<SignedIn, Refusal> {
    let token = ids::secret();
    let write = SessionWrite::Start {
        id: ids::id(),
        user: user.clone(),
        token_hash: ids::hash(&token),
        label,
        address: caller.address.to_canonical().to_string(),
    };
    let origin = store::Origin {
        user: Some(user.clone()),
        cid: None,
        command: "sessions.create",
        at: clock::now(),
        answer: None,
    };
    chat.store.write(origin, Write::Session(write)).await?;
    let user = chat.store.user(&user).await?.map(User::from).ok_or(Refusal::NoSuchUser)?;
    Ok(SignedIn { token, user })
}

/// A session: a login.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Session {
    pub id: String,
    pub label: String,
    pub created: Time,
    /// When it was last used, to within some minutes.
    pub seen: Time,
    /// The address that it was started from.
    pub address: String,
    /// Whether this very request uses it.
    pub current: bool,
}

/// `sessions.list`, `sessions.end`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {
    /// Accepted as with every command.
    pub cid: Option<Cid>,
}

/// My sessions, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sessions {
    pub sessions: Vec<Session>,
}

pub(crate) async fn list(chat: Chat, actor: Actor, _: Nothing) -> Result<Sessions, Refusal> {
    let shown = |row: SessionRow| Session {
        current: *row.id == *actor.session,
        id: row.id,
        label: row.label,
        created: Time(row.created),
        seen: Time(row.seen),
        address: row.address,
    };
    Ok(Sessions { sessions: chat.store.sessions_of(&actor.user).await?.into_iter().map(shown).collect() })
}

pub(crate) async fn end(chat: Chat, actor: Actor, input: Nothing) -> Result<Done, Refusal> {
    let session = actor.session.to_string();
    finish(&chat, &actor, "sessions.end", input.cid, session).await
}

/// `sessions.revoke`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    pub cid: Option<Cid>,
    pub session: String,
}

pub(crate) async fn revoke(chat: Chat, actor: Actor, input: Revoke) -> Result<Done, Refusal> {
    finish(&chat, &actor, "sessions.revoke", input.cid, input.session).await
}

async fn finish(
    chat: &Chat,
    actor: &Actor,
    command: &'static str,
    cid: Option<Cid>,
    session: String,
) -> Result<Done, Refusal> {
    let own = *session == *actor.session;
    let write = SessionWrite::End { user: actor.user.to_string(), session };
    chat.store.write(actor.origin(command, cid), Write::Session(write)).await?;
    if own && let Some(connection) = &actor.connection {
        connection.sign_out();
    }
    Ok(Done {})
}

/// When each session was last noted as used, so that not every request is written down.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<String, store::Millis>>);

/// How exactly `seen` is kept.
const SEEN_EVERY: store::Millis = 5 * 60 * 1000;

impl Seen {
    /// Whether it is time to write it down.
    fn is_due(&self, session: &SessionRow, now: store::Millis) -> bool {
        if now - session.seen < SEEN_EVERY {
            return false;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&session.id).is_some_and(|at| now - at < SEEN_EVERY) {
            return false;
        }
        noted.retain(|_, at| now - *at < SEEN_EVERY);
        noted.insert(session.id.clone(), now);
        true
    }
}

impl Chat {
    /// Whose token this is; none if it is nobody's or its session has ended.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Identity>, Refusal> {
        if token.len() > 256 {
            return Ok(None);
        }
        let Some((session, user)) = self.store.session(&ids::hash(token)).await? else { return Ok(None) };
        let now = clock::now();
        if now - session.seen > self.settings.session_life.as_millis() as store::Millis {
            return Ok(None);
        }
        if self.seen.is_due(&session, now) {
            let origin = store::Origin {
                user: Some(user.id.clone()),
                cid: None,
                command: "sessions.seen",
                at: now,
                answer: None,
            };
            self.store.write(origin, Write::Session(SessionWrite::Seen { session: session.id.clone() })).await?;
        }
        Ok(Some(Identity { user: user.id.into(), session: session.id.into(), admin: user.standing == Standing::Admin }))
    }
}

/// Ends the sessions that were not used for too long.
pub(crate) async fn expire(house: &House) {
    let now = clock::now();
    let before = now - house.settings.session_life.as_millis() as store::Millis;
    let origin = store::Origin { user: None, cid: None, command: "sessions.expire", at: now, answer: None };
    if let Err(error) = house.store.write(origin, Write::Session(SessionWrite::Expire { before })).await {
        tracing::warn!("sessions could not be expired: {error}");
    }
}
