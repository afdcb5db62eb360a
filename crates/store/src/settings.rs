//! Settings: what a user has chosen for all their devices.

use crate::{Error, G, UserId};
use async_trait::async_trait;
use std::collections::BTreeMap;

pub(crate) mod sql;

/// How many settings a user may have.
pub const MOST: usize = 64;

/// A user's settings as they are now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsRow {
    pub user: UserId,
    pub values: BTreeMap<String, String>,
    /// 0: nothing was ever chosen.
    pub gv: G,
}

/// Writes to settings.
#[derive(Clone, Debug)]
pub enum SettingsWrite {
    /// Puts these beside those that there are; an empty value takes one away. What is so already changes nothing. Ack:
    /// `user`. Refused: `TooMany`. Change: Settings.
    Set { user: UserId, values: BTreeMap<String, String> },
}

/// Questions about settings.
#[async_trait]
pub trait Settings: Send + Sync {
    async fn settings(&self, user: &str) -> Result<SettingsRow, Error>;
}
