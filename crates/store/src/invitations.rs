//! Invitations: codes that let somebody register, the first administrator among them.

use crate::accounts::Standing;
use crate::{Error, Millis};
use async_trait::async_trait;

pub(crate) mod sql;

/// An invitation. The code itself is not stored, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    pub id: String,
    pub standing: Standing,
    /// How often it can still be used.
    pub uses: u32,
    pub expires: Millis,
    pub created: Millis,
}

/// Writes to invitations.
#[derive(Clone, Debug)]
pub enum InvitationWrite {
    Create {
        id: String,
        code_hash: Vec<u8>,
        standing: Standing,
        uses: u32,
        expires: Millis,
    },
    /// Refused: `NoSuchInvitation`.
    Revoke {
        id: String,
    },
    /// One for the first administrator, made by the house itself at each start of each node until there is one; the
    /// newest 16 of them hold. Whoever uses one ends all.
    Setup {
        id: String,
        code_hash: Vec<u8>,
        expires: Millis,
    },
    /// Takes those away: there is an administrator.
    EndSetup,
}

/// Questions about invitations.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// Those that can still be used at `now`, newest first.
    async fn invitations(&self, now: Millis) -> Result<Vec<InvitationRow>, Error>;
    /// Whether the code with that hash could be used at `now`: asked before the costly hashing of a password.
    async fn invitation_holds(&self, code_hash: &[u8], now: Millis) -> Result<bool, Error>;
}
