//! A user's own settings: what they have chosen, on all their devices. What the names mean is the clients' affair.

use crate::caller::Actor;
use crate::cid::Cid;
use crate::passwords::Done;
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::settings::{MOST, SettingsRow, SettingsWrite};

/// Bytes of a name, and of a value.
const NAME: usize = 64;
const VALUE: usize = 256;

/// What I have chosen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnSettings {
    pub values: BTreeMap<String, String>,
    /// 0: nothing was ever chosen.
    pub gv: u64,
}

impl From<SettingsRow> for OwnSettings {
    fn from(row: SettingsRow) -> Self {
        Self { values: row.values, gv: row.gv }
    }
}

/// `settings.get`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetSettings {}

pub(crate) async fn get(chat: Chat, actor: Actor, _: GetSettings) -> Result<OwnSettings, Refusal> {
    Ok(chat.store.settings(&actor.user).await?.into())
}

/// `settings.set`: what is not named stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    pub cid: Option<Cid>,
    /// At most 64; names of at most 64 bytes, values of at most 256. An empty value takes one away.
    pub values: BTreeMap<String, String>,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetSettings) -> Result<Done, Refusal> {
    check(&input.values)?;
    let write = SettingsWrite::Set { user: actor.user.to_string(), values: input.values };
    chat.store.write(actor.origin("settings.set", input.cid), write.into()).await?;
    Ok(Done {})
}

fn check(values: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if values.len() > MOST {
        return Err(Refusal::TooLong { field: "values".into(), limit: MOST });
    }
    for (name, value) in values {
        if name.is_empty() || name.len() > NAME || name.chars().any(char::is_control) {
            return Err(Refusal::value("values", "a name has 1 to 64 bytes without control characters"));
        }
        if value.len() > VALUE || value.contains('\0') {
            return Err(Refusal::value("values", "a value has at most 256 bytes, and no NUL"));
        }
    }
    Ok(())
}
