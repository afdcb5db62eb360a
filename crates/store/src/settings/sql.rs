//! Settings: what is stored of them, and their rules.

use super::{MOST, Settings, SettingsRow, SettingsWrite};
use crate::engine::{Engine, Group};
use crate::sql::statements::statements;
use crate::sql::{Columns, Failure, Session};
use crate::{Ack, Change, Error, G, Refused, Row, Scope};
use async_trait::async_trait;
use std::collections::BTreeMap;

statements! {
    SETTINGS = "SELECT chosen, gv FROM settings WHERE user = ?1";
    KEEP = "INSERT INTO settings (user, chosen, gv) VALUES (?1, ?2, ?3)
        ON CONFLICT (user) DO UPDATE SET chosen = ?2, gv = ?3";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &SettingsWrite) -> Result<Ack, Failure> {
    let SettingsWrite::Set { user, values } = write;
    let was = group.first(SETTINGS, [user], |row| settings_row(row, user))?.unwrap_or_default();
    let mut now = was.values.clone();
    for (name, value) in values {
        match value.as_str() {
            "" => drop(now.remove(name)),
            value => drop(now.insert(name.clone(), value.to_owned())),
        }
    }
    let ack = Ack { user: Some(user.clone()), ..Ack::default() };
    if now == was.values {
        return Ok(ack);
    }
    if now.len() > MOST {
        return Err(Refused::TooMany(MOST).into());
    }
    let step = group.step_user(user)?;
    let chosen = serde_json::to_string(&now).map_err(|error| Failure::Broken(error.to_string()))?;
    group.run(KEEP, (user, chosen, step.0))?;
    let row = SettingsRow { user: user.clone(), values: now, gv: step.0 };
    group.tell_user(step, user.clone(), Row::Settings(row));
    Ok(ack)
}

/// They, if they changed after `since`.
pub(crate) fn changed(db: &Session<'_>, user: &str, since: G, changes: &mut Vec<Change>) -> Result<(), Failure> {
    let found = db.first(SETTINGS, [user], |row| settings_row(row, user))?;
    if let Some(row) = found.filter(|row| row.gv > since) {
        changes.push(Change { g: row.gv, p: 0, scope: Scope::User(user.to_owned()), row: Row::Settings(row) });
    }
    Ok(())
}

fn settings_row(row: &Columns<'_>, user: &str) -> Result<SettingsRow, Failure> {
    let chosen: String = row.get(0)?;
    let values: BTreeMap<String, String> =
        serde_json::from_str(&chosen).map_err(|error| Failure::Broken(format!("the settings of {user}: {error}")))?;
    Ok(SettingsRow { user: user.to_owned(), values, gv: row.get(1)? })
}

#[async_trait]
impl Settings for Engine {
    async fn settings(&self, user: &str) -> Result<SettingsRow, Error> {
        let user = user.to_owned();
        self.readers
            .ask(move |db| {
                let found = db.first(SETTINGS, [&user], |row| settings_row(row, &user))?;
                Ok(found.unwrap_or_else(|| SettingsRow { user: user.clone(), ..SettingsRow::default() }))
            })
            .await
    }
}
