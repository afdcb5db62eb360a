//! Accounts: who there is, their names and profiles, their passwords.

use crate::{Error, G, Millis, UserId};
use async_trait::async_trait;

pub(crate) mod profiles;
pub(crate) mod sql;

/// What an account may do on the whole instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Member,
    Admin,
}

impl Standing {
    /// The number that stands for it in every engine.
    pub(crate) fn code(self) -> u8 {
        match self {
            Standing::Member => 0,
            Standing::Admin => 1,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Standing> {
        [Standing::Member, Standing::Admin].into_iter().find(|standing| i64::from(standing.code()) == code)
    }
}

/// An account, as everybody may see it (`time_zone` included; the password is not in it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    /// As its owner wrote it.
    pub username: String,
    pub display_name: String,
    pub status: String,
    /// When the status is over; None: when its owner takes it away.
    pub status_until: Option<Millis>,
    /// As long as the status lasts.
    pub do_not_disturb: bool,
    pub time_zone: String,
    pub standing: Standing,
    pub disabled: bool,
    /// False for an account that an import made and nobody can sign in to yet.
    pub has_password: bool,
    pub created: Millis,
    pub gv: G,
}

/// How an account comes to be.
#[derive(Clone, Debug)]
pub enum Admission {
    /// Registration is open, or the house itself makes the account.
    Free,
    /// Uses up one use of the invitation with this hash, and takes its standing.
    Invitation { code_hash: Vec<u8> },
}

/// Writes to accounts.
#[derive(Clone, Debug)]
pub enum AccountWrite {
    /// Refused: `NameTaken` (by `name_key` or `skeleton`), `InvitationInvalid`.
    Create {
        id: UserId,
        username: String,
        /// The name folded so that equal names are equal (PRECIS UsernameCaseMapped).
        name_key: String,
        /// The name folded so that look-alikes are equal (UTS 39 skeleton of `name_key`).
        skeleton: String,
        display_name: String,
        time_zone: String,
        standing: Standing,
        password: Option<String>,
        admission: Admission,
    },
    /// Absent fields stay as they are; but with another status its end is the given one or none. What is over
    /// already is no status, and does not keep anybody from disturbing.
    Profile {
        user: UserId,
        display_name: Option<String>,
        status: Option<String>,
        status_until: Option<Millis>,
        do_not_disturb: Option<bool>,
        time_zone: Option<String>,
    },
    /// Takes away every status that is over.
    EndStatuses,
    /// Sets the password's hash (PHC string) and ends every session of the user but `keep`, each with its own change.
    Password { user: UserId, password: String, keep: Option<crate::SessionId> },
    /// Disabling ends every session.
    Disable { user: UserId, disabled: bool },
}

/// Questions about accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    async fn user(&self, id: &str) -> Result<Option<UserRow>, Error>;
    /// By `name_key`, with the password's hash.
    async fn credentials(&self, name_key: &str) -> Result<Option<(UserRow, Option<String>)>, Error>;
    /// Those of `ids` that exist, in no order.
    async fn users(&self, ids: &[UserId]) -> Result<Vec<UserRow>, Error>;
    /// The ids of those of `name_keys` that exist, with their keys: what mentions are resolved with.
    async fn users_named(&self, name_keys: &[String]) -> Result<Vec<(String, UserId)>, Error>;
    /// Not disabled, whose `name_key` or folded display name starts with `query` (all if empty), in the order of
    /// `name_key`, from after that one.
    async fn search_users(&self, query: &str, after: Option<&str>, limit: usize) -> Result<Vec<UserRow>, Error>;
    /// Everybody, the disabled too, for the command line: in the order of `name_key`, from after that one.
    async fn all_users(&self, after: Option<&str>, limit: usize) -> Result<Vec<UserRow>, Error>;
    /// When the next status is over.
    async fn next_status_end(&self) -> Result<Option<Millis>, Error>;
    /// Whether there is an administrator who has a password and is not disabled.
    async fn has_admin(&self) -> Result<bool, Error>;
}
