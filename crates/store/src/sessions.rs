//! Sessions: a session is a login, whatever connections use it.

use crate::accounts::UserRow;
use crate::{Error, Millis, SessionId, UserId};
use async_trait::async_trait;

pub(crate) mod sql;

/// A login. The token itself is not stored, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub user: UserId,
    pub label: String,
    pub address: String,
    pub created: Millis,
    /// When it was last used, to within some minutes.
    pub seen: Millis,
}

/// Writes to sessions.
#[derive(Clone, Debug)]
pub enum SessionWrite {
    Start {
        id: SessionId,
        user: UserId,
        token_hash: Vec<u8>,
        label: String,
        address: String,
    },
    /// Refused: `NoSuchSession` where it is not the user's own or has ended.
    End {
        user: UserId,
        session: SessionId,
    },
    /// Moves `seen`; no change is told.
    Seen {
        session: SessionId,
    },
    /// Ends those not seen since `before`.
    Expire {
        before: Millis,
    },
}

/// Questions about sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session with that token and its user; none if ended or the account is disabled.
    async fn session(&self, token_hash: &[u8]) -> Result<Option<(SessionRow, UserRow)>, Error>;
    /// A user's sessions, newest first.
    async fn sessions_of(&self, user: &str) -> Result<Vec<SessionRow>, Error>;
}
