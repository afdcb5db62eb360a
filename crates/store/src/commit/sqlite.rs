//! Applying one write on SQLite: once for each `cid`, and by the feature that it belongs to.

use super::{Ack, Origin, Refused, Write};
use crate::sqlite::statements::statements;
use crate::sqlite::{Failure, Group};
use crate::{Millis, accounts, import, invitations, members, messages, reads, rooms, sessions};
use rusqlite::OptionalExtension;

statements! {
    ANSWERED = "SELECT command, g, at, subject_user, room, seq FROM commands WHERE user = ?1 AND cid = ?2";
    REMEMBER = "INSERT INTO commands (user, cid, command, g, at, subject_user, room, seq)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    BITE_END = "SELECT user, cid FROM commands WHERE (user, cid) > (?1, ?2) ORDER BY user, cid LIMIT 1 OFFSET ?3";
    FORGET_TO = "DELETE FROM commands WHERE (user, cid) > (?1, ?2) AND (user, cid) <= (?3, ?4) AND at < ?5";
    FORGET_REST = "DELETE FROM commands WHERE (user, cid) > (?1, ?2) AND at < ?3";
}

/// How long an intention is remembered.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;
/// After so many new ones a bite of twice as many is looked through for old ones.
const BITE_AFTER: u64 = 256;

/// Applies `write`. A repeat of an intention answers as the first time.
pub(crate) fn apply(group: &mut Group<'_>, origin: &Origin, write: &Write) -> Result<Ack, Failure> {
    let user = origin.user.as_deref().unwrap_or("");
    if let Some(cid) = &origin.cid
        && let Some(ack) = answered(group, user, &cid.0, origin.command)?
    {
        return Ok(ack);
    }
    let before = group.last_g();
    let mut ack = dispatch(group, origin.at, write)?;
    ack.at = origin.at;
    ack.g = if group.last_g() > before { group.last_g() } else { 0 };
    if let Some(cid) = &origin.cid {
        let row = (user, &cid.0, origin.command, ack.g, ack.at, &ack.user, &ack.room, ack.seq);
        group.statement(REMEMBER)?.execute(row)?;
    }
    Ok(ack)
}

fn dispatch(group: &mut Group<'_>, at: Millis, write: &Write) -> Result<Ack, Failure> {
    match write {
        Write::Account(write) => accounts::sqlite::apply(group, at, write),
        Write::Session(write) => sessions::sqlite::apply(group, at, write),
        Write::Invitation(write) => invitations::sqlite::apply(group, at, write),
        Write::Room(write) => rooms::sqlite::apply(group, at, write),
        Write::Member(write) => members::sqlite::apply(group, at, write),
        Write::Message(write) => messages::sqlite::apply(group, at, write),
        Write::Read(write) => reads::sqlite::apply(group, write),
        Write::Import(write) => import::sqlite::apply(group, at, write),
    }
}

fn answered(group: &Group<'_>, user: &str, cid: &str, command: &str) -> Result<Option<Ack>, Failure> {
    let mut statement = group.statement(ANSWERED)?;
    let first = statement
        .query_row((user, cid), |row| {
            let same = row.get_ref(0)?.as_str()? == command;
            let (g, at, user, room, seq) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
            Ok((same, Ack { g, at, user, room, seq }))
        })
        .optional()?;
    match first {
        Some((false, _)) => Err(Refused::CidReused.into()),
        Some((true, ack)) => Ok(Some(ack)),
        None => Ok(None),
    }
}

/// Forgets old intentions, walking through all of them in small bites, twice as fast as new ones come.
#[derive(Default)]
pub(crate) struct Sweep {
    new: u64,
    from: (String, String),
}

impl Sweep {
    /// Called in each group with how many writes it has and the newest time among them.
    pub(crate) fn after(&mut self, group: &Group<'_>, writes: u64, now: Millis) -> Result<(), Failure> {
        self.new += writes;
        if self.new < BITE_AFTER {
            return Ok(());
        }
        let size = 2 * std::mem::take(&mut self.new);
        let before = now - REMEMBERED;
        let (user, cid) = &self.from;
        let end: Option<(String, String)> =
            group.statement(BITE_END)?.query_row((user, cid, size), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        self.from = match end {
            Some(end) => {
                group.statement(FORGET_TO)?.execute((user, cid, &end.0, &end.1, before))?;
                end
            }
            None => {
                group.statement(FORGET_REST)?.execute((user, cid, before))?;
                Default::default()
            }
        };
        Ok(())
    }
}
