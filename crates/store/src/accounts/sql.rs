//! Accounts: what is stored of them, and their rules.

use super::{AccountWrite, Accounts, Admission, Standing, UserRow, profiles};
use crate::engine::{Engine, Group};
use crate::invitations::sql::end_setup;
use crate::sessions::sql::end_sessions;
use crate::sql::statements::{statements, user_columns};
use crate::sql::{Columns, Failure};
use crate::{Ack, Error, Millis, Refused, Row, UserId};
use async_trait::async_trait;

statements! {
    NAME_TAKEN = "SELECT 1 FROM users WHERE name_key = ?1 UNION ALL SELECT 1 FROM users WHERE skeleton = ?2";
    USE_INVITATION = "UPDATE invitations SET uses = uses - 1, gv = ?3
        WHERE code_hash = ?1 AND uses > 0 AND expires > ?2 RETURNING standing, setup";
    INSERT = "INSERT INTO users (id, username, name_key, skeleton, display_name, name_fold, status, time_zone, standing,
            disabled, password, created, gv, chain_g)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', ?7, ?8, 0, ?9, ?10, ?11, 0)";
    PASSWORD = "UPDATE users SET password = ?2 WHERE id = ?1";
    TOUCH = "UPDATE users SET gv = ?2 WHERE id = ?1";
    DISABLE = "UPDATE users SET disabled = ?2, gv = ?3 WHERE id = ?1";
    USER = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1");
    CREDENTIALS = concat!("SELECT ", user_columns!(), ", u.password FROM users u WHERE u.name_key = ?1");
    ID_OF_NAME = "SELECT id FROM users WHERE name_key = ?1";
    SEARCH_NAMES = concat!("SELECT ", user_columns!(), ", u.name_key FROM users u
        WHERE u.name_key >= max(?1, ?2) AND u.name_key <> ?1 AND u.name_key < ?3 AND u.disabled = 0
        ORDER BY u.name_key LIMIT ?4"), postgres concat!("SELECT ", user_columns!(), ", u.name_key FROM users u
        WHERE u.name_key >= ?2 AND u.name_key > ?1 AND u.name_key < ?3 AND u.disabled = 0
        ORDER BY u.name_key LIMIT ?4");
    SEARCH_FOLDS = concat!("SELECT ", user_columns!(), ", u.name_key FROM users u
        WHERE u.name_fold >= ?2 AND u.name_fold < ?3 AND u.name_key > ?1 AND u.disabled = 0
        ORDER BY u.name_key LIMIT ?4");
    ALL = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.name_key > ?1 ORDER BY u.name_key LIMIT ?2");
    NEXT_END = "SELECT status_until FROM users WHERE status_until IS NOT NULL ORDER BY status_until LIMIT 1";
    HAS_ADMIN = "SELECT 1 FROM users WHERE standing = 1 AND disabled = 0 AND password IS NOT NULL";
}

/// How many columns [`user_row`] reads.
pub(crate) const COLUMNS: usize = 12;

/// Reads `user_columns!()`, from the column `at` on.
pub(crate) fn user_row(row: &Columns<'_>, at: usize) -> Result<UserRow, Failure> {
    Ok(UserRow {
        id: row.get(at)?,
        username: row.get(at + 1)?,
        display_name: row.get(at + 2)?,
        status: row.get(at + 3)?,
        time_zone: row.get(at + 4)?,
        standing: row.get(at + 5)?,
        disabled: row.get(at + 6)?,
        has_password: row.get(at + 7)?,
        created: row.get(at + 8)?,
        gv: row.get(at + 9)?,
        status_until: row.get(at + 10)?,
        do_not_disturb: row.get(at + 11)?,
    })
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &AccountWrite) -> Result<Ack, Failure> {
    let user = match write {
        AccountWrite::Create { .. } => return create(group, at, write),
        AccountWrite::Profile { user, .. } => {
            profiles::change(group, at, write)?;
            user
        }
        AccountWrite::EndStatuses => {
            profiles::end_statuses(group, at)?;
            return Ok(Ack::default());
        }
        AccountWrite::Password { user, password, keep } => {
            set_password(group, user, password)?;
            end_sessions(group, user, keep.as_deref(), at)?;
            user
        }
        AccountWrite::Disable { user, disabled } => {
            if find(group, user)?.disabled != *disabled {
                let step = group.step_everybody();
                group.run(DISABLE, (user, disabled, step.0))?;
                tell(group, step, user)?;
            }
            if *disabled {
                end_sessions(group, user, None, at)?;
            }
            user
        }
    };
    Ok(Ack { user: Some(user.clone()), ..Ack::default() })
}

fn create(group: &mut Group<'_, '_>, at: Millis, write: &AccountWrite) -> Result<Ack, Failure> {
    let AccountWrite::Create {
        id,
        username,
        name_key,
        skeleton,
        display_name,
        time_zone,
        standing,
        password,
        admission,
    } = write
    else {
        return Err(Failure::Broken("not the making of an account".into()));
    };
    let standing = match admission {
        Admission::Free => *standing,
        Admission::Invitation { code_hash } => use_invitation(group, code_hash, at)?,
    };
    let account = NewAccount {
        id,
        username,
        name_key,
        skeleton,
        display_name,
        time_zone,
        standing,
        password: password.as_deref(),
        created: at,
    };
    let step = insert(group, &account)?;
    tell(group, step, id)?;
    Ok(Ack { user: Some(id.clone()), ..Ack::default() })
}

fn use_invitation(group: &mut Group<'_, '_>, code_hash: &[u8], at: Millis) -> Result<Standing, Failure> {
    let gv = group.next_g();
    let used = group.first(USE_INVITATION, (code_hash, at, gv), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (standing, setup) = used.ok_or(Refused::InvitationInvalid)?;
    if setup {
        // Links that other nodes or earlier starts printed must not make another one.
        end_setup(group)?;
    }
    Ok(standing)
}

/// What a new row is made of.
pub(crate) struct NewAccount<'a> {
    pub(crate) id: &'a str,
    pub(crate) username: &'a str,
    pub(crate) name_key: &'a str,
    pub(crate) skeleton: &'a str,
    pub(crate) display_name: &'a str,
    pub(crate) time_zone: &'a str,
    pub(crate) standing: Standing,
    pub(crate) password: Option<&'a str>,
    pub(crate) created: Millis,
}

/// Inserts the row; answers the step of everybody's chain that it took. Refused: `NameTaken`.
pub(crate) fn insert(group: &mut Group<'_, '_>, account: &NewAccount<'_>) -> Result<(u64, u64), Failure> {
    if group.exists(NAME_TAKEN, (account.name_key, account.skeleton))? {
        return Err(Refused::NameTaken.into());
    }
    let step = group.step_everybody();
    let NewAccount { id, username, name_key, skeleton, display_name, time_zone, .. } = *account;
    let NewAccount { standing, password, created, .. } = *account;
    let fold = display_name.to_lowercase();
    let row = (id, username, name_key, skeleton, display_name, fold, time_zone, standing, password, created, step.0);
    group.run(INSERT, row)?;
    Ok(step)
}

fn set_password(group: &mut Group<'_, '_>, user: &str, password: &str) -> Result<(), Failure> {
    let known = find(group, user)?.has_password;
    group.run(PASSWORD, (user, password))?;
    if known {
        // Nobody else is to learn that it changed.
        group.next_g();
        return Ok(());
    }
    let step = group.step_everybody();
    group.run(TOUCH, (user, step.0))?;
    tell(group, step, user)
}

pub(crate) fn find(group: &Group<'_, '_>, user: &str) -> Result<UserRow, Failure> {
    let found = group.first(USER, [user], |row| user_row(row, 0))?;
    Ok(found.ok_or(Refused::NoSuchUser)?)
}

pub(super) fn tell(group: &mut Group<'_, '_>, step: (u64, u64), user: &str) -> Result<(), Failure> {
    let row = find(group, user)?;
    group.tell_everybody(step, Row::User(row));
    Ok(())
}

/// The account with that `name_key`.
pub(crate) fn id_of_name(group: &Group<'_, '_>, name_key: &str) -> Result<Option<UserId>, Failure> {
    group.first(ID_OF_NAME, [name_key], |row| row.get(0))
}

#[async_trait]
impl Accounts for Engine {
    async fn user(&self, id: &str) -> Result<Option<UserRow>, Error> {
        let id = id.to_owned();
        self.readers.ask(move |db| db.first(USER, [id], |row| user_row(row, 0))).await
    }

    async fn credentials(&self, name_key: &str) -> Result<Option<(UserRow, Option<String>)>, Error> {
        let name_key = name_key.to_owned();
        self.readers
            .ask(move |db| db.first(CREDENTIALS, [name_key], |row| Ok((user_row(row, 0)?, row.get(COLUMNS)?))))
            .await
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<UserRow>, Error> {
        let ids = ids.to_vec();
        self.readers
            .ask(move |db| {
                let found = db.first_of_each(USER, ids.iter().map(|id| [id]), |row| user_row(row, 0))?;
                Ok(found.into_iter().flatten().collect())
            })
            .await
    }

    async fn users_named(&self, name_keys: &[String]) -> Result<Vec<(String, UserId)>, Error> {
        let name_keys = name_keys.to_vec();
        self.readers
            .ask(move |db| {
                let found = db.first_of_each(ID_OF_NAME, name_keys.iter().map(|key| [key]), |row| row.get(0))?;
                Ok(name_keys.into_iter().zip(found).filter_map(|(key, id)| Some((key, id?))).collect())
            })
            .await
    }

    async fn search_users(&self, query: &str, after: Option<&str>, limit: usize) -> Result<Vec<UserRow>, Error> {
        let (from, after) = (query.to_lowercase(), after.unwrap_or("").to_owned());
        // Nothing that starts with the query sorts behind this.
        let to = format!("{from}{}", char::MAX);
        self.readers
            .ask(move |db| {
                let mut found = Vec::new();
                // Without a query every name starts with it already.
                let by = if from.is_empty() { &[SEARCH_NAMES][..] } else { &[SEARCH_NAMES, SEARCH_FOLDS] };
                for sql in by {
                    db.each(*sql, (&after, &from, &to, limit), |row| {
                        found.push((row.get::<String>(COLUMNS)?, user_row(row, 0)?));
                        Ok(true)
                    })?;
                }
                found.sort_by(|one, other| one.0.cmp(&other.0));
                found.dedup_by(|one, other| one.0 == other.0);
                found.truncate(limit);
                Ok(found.into_iter().map(|(_, user)| user).collect())
            })
            .await
    }

    async fn all_users(&self, after: Option<&str>, limit: usize) -> Result<Vec<UserRow>, Error> {
        let after = after.unwrap_or("").to_owned();
        self.readers.ask(move |db| db.all(ALL, (after, limit), |row| user_row(row, 0))).await
    }

    async fn next_status_end(&self) -> Result<Option<Millis>, Error> {
        self.readers.ask(|db| db.first(NEXT_END, (), |row| row.get(0))).await
    }

    async fn has_admin(&self) -> Result<bool, Error> {
        self.readers.ask(|db| db.exists(HAS_ADMIN, ())).await
    }
}
