//! The outbox: what each commit told, kept for a while where several nodes share a database, so that one that was not
//! told can read it.

use crate::{Error, G};
use async_trait::async_trait;

pub(crate) mod sql;

/// What one commit told. Each begins where the one before it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The last commit number before it.
    pub before: G,
    /// Its own last one.
    pub g: G,
    /// What the sink made of it.
    pub body: Vec<u8>,
}

/// Questions about what was committed.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// What this database is and no copy of it: letters, digits and `-`.
    async fn place(&self) -> Result<String, Error>;
    /// The newest commit number that a reader can see.
    async fn newest(&self) -> Result<G, Error>;
    /// What was told after `after`, in order, at most `most`. Where the first does not begin at `after` something is no
    /// longer kept. On SQLite, which belongs to one process, nothing is kept.
    async fn outbox(&self, after: G, most: usize) -> Result<Vec<Outgoing>, Error>;
}
