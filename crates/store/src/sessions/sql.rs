//! Sessions: what is stored of them, and their rules.

use super::{SessionRow, SessionWrite, Sessions};
use crate::accounts::UserRow;
use crate::accounts::sql::user_row;
use crate::engine::{Engine, Group};
use crate::pushes::sql::unsubscribe;
use crate::sql::statements::{statements, user_columns};
use crate::sql::{Columns, Failure};
use crate::{Ack, Error, Millis, Refused, Row, SessionId, UserId};
use async_trait::async_trait;

statements! {
    USER_EXISTS = "SELECT 1 FROM users WHERE id = ?1 AND disabled = 0";
    INSERT = "INSERT INTO sessions (id, user, token_hash, label, address, created, seen, gv)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)";
    OPEN = "SELECT 1 FROM sessions WHERE id = ?1 AND user = ?2 AND ended IS NULL";
    END = "UPDATE sessions SET ended = ?2, gv = ?3, token_hash = NULL WHERE id = ?1";
    SEEN = "UPDATE sessions SET seen = ?2 WHERE id = ?1 AND ended IS NULL AND seen < ?2";
    NOT_SEEN_SINCE = "SELECT id, user FROM sessions WHERE ended IS NULL AND seen < ?1 ORDER BY seen";
    IDS_OF = "SELECT id FROM sessions WHERE user = ?1 AND ended IS NULL ORDER BY created";
    BY_TOKEN = concat!("SELECT ", user_columns!(), ", s.id, s.user, s.label, s.address, s.created, s.seen
        FROM sessions s JOIN users u ON u.id = s.user
        WHERE s.token_hash = ?1 AND s.ended IS NULL AND u.disabled = 0");
    OF_USER = "SELECT s.id, s.user, s.label, s.address, s.created, s.seen FROM sessions s
        WHERE s.user = ?1 AND s.ended IS NULL ORDER BY s.created DESC LIMIT 1000";
}

fn session_row(row: &Columns<'_>, at: usize) -> Result<SessionRow, Failure> {
    Ok(SessionRow {
        id: row.get(at)?,
        user: row.get(at + 1)?,
        label: row.get(at + 2)?,
        address: row.get(at + 3)?,
        created: row.get(at + 4)?,
        seen: row.get(at + 5)?,
    })
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &SessionWrite) -> Result<Ack, Failure> {
    match write {
        SessionWrite::Start { id, user, token_hash, label, address } => {
            if !group.exists(USER_EXISTS, [user])? {
                return Err(Refused::NoSuchUser.into());
            }
            let gv = group.next_g();
            group.run(INSERT, (id, user, token_hash, label, address, at, gv))?;
            Ok(Ack { user: Some(user.clone()), ..Ack::default() })
        }
        SessionWrite::End { user, session } => {
            if !group.exists(OPEN, (session, user))? {
                return Err(Refused::NoSuchSession.into());
            }
            end(group, user, session, at)?;
            Ok(Ack { user: Some(user.clone()), ..Ack::default() })
        }
        SessionWrite::Seen { session } => {
            group.run(SEEN, (session, at))?;
            Ok(Ack::default())
        }
        SessionWrite::Expire { before } => {
            let old: Vec<(SessionId, UserId)> =
                group.all(NOT_SEEN_SINCE, [before], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for (session, user) in old {
                end(group, &user, &session, at)?;
            }
            Ok(Ack::default())
        }
    }
}

/// Ends the user's sessions but `keep`.
pub(crate) fn end_sessions(
    group: &mut Group<'_, '_>,
    user: &str,
    keep: Option<&str>,
    at: Millis,
) -> Result<(), Failure> {
    let open: Vec<SessionId> = group.all(IDS_OF, [user], |row| row.get(0))?;
    for session in open.iter().filter(|session| Some(session.as_str()) != keep) {
        end(group, user, session, at)?;
    }
    Ok(())
}

fn end(group: &mut Group<'_, '_>, user: &str, session: &str, at: Millis) -> Result<(), Failure> {
    let step = group.step_user(user)?;
    group.run(END, (session, at, step.0))?;
    unsubscribe(group, session)?;
    group.tell_user(step, user.to_owned(), Row::SessionEnded { user: user.to_owned(), session: session.to_owned() });
    Ok(())
}

#[async_trait]
impl Sessions for Engine {
    async fn session(&self, token_hash: &[u8]) -> Result<Option<(SessionRow, UserRow)>, Error> {
        let token_hash = token_hash.to_vec();
        self.readers
            .ask(move |db| {
                db.first(BY_TOKEN, [token_hash], |row| {
                    Ok((session_row(row, crate::accounts::sql::COLUMNS)?, user_row(row, 0)?))
                })
            })
            .await
    }

    async fn sessions_of(&self, user: &str) -> Result<Vec<SessionRow>, Error> {
        let user = user.to_owned();
        self.readers.ask(move |db| db.all(OF_USER, [user], |row| session_row(row, 0))).await
    }
}
