//! Saved messages.

use super::{MOST, Saved, SavedPage, SavedWrite};
use crate::engine::{Engine, Group};
use crate::messages::sql::changes::{place, text_message};
use crate::messages::sql::message_row;
use crate::sql::statements::{message_columns, statements};
use crate::sql::{Failure, Session};
use crate::{Ack, Change, Error, G, Refused, Row, Scope};
use async_trait::async_trait;

statements! {
    HAS = "SELECT 1 FROM saved WHERE user = ?1 AND room = ?2 AND seq = ?3 AND gone = 0";
    IS_FULL = "SELECT 1 FROM saved WHERE user = ?1 AND gone = 0 LIMIT 1 OFFSET ?2";
    KEEP = "INSERT INTO saved (user, room, seq, gv, gone) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (user, room, seq) DO UPDATE SET gv = ?4, gone = ?5";
    LIST = concat!("SELECT ", message_columns!(), ", s.gv
        FROM saved s CROSS JOIN members m ON m.room = s.room AND m.user = s.user AND m.role IS NOT NULL
            CROSS JOIN messages a ON a.room = s.room AND a.seq = s.seq AND a.seq >= m.first
        WHERE s.user = ?1 AND s.gone = 0 AND s.gv < ?2
            AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.user = ?1 AND h.room = s.room AND h.seq = s.seq)
        ORDER BY s.gv DESC LIMIT ?3");
    CHANGED = "SELECT room, seq, gv, gone FROM saved WHERE user = ?1 AND gv > ?2 ORDER BY gv";
}

/// More than any commit number.
const END: G = i64::MAX as G;

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &SavedWrite) -> Result<Ack, Failure> {
    let SavedWrite::Set { room, seq, user, on } = write;
    let ack = Ack { room: Some(room.clone()), seq: Some(*seq), ..Ack::default() };
    let has = group.exists(HAS, (user, room, seq))?;
    if *on {
        let place = place(group, room, user)?;
        text_message(group, &place, room, *seq, user)?;
        if !has && group.exists(IS_FULL, (user, MOST - 1))? {
            return Err(Refused::TooMany(MOST).into());
        }
    } else if !has {
        // Of what is not kept nothing is said but what everybody is told of a message.
        let place = place(group, room, user)?;
        text_message(group, &place, room, *seq, user)?;
    }
    if has == *on {
        return Ok(ack);
    }
    let step = group.step_user(user)?;
    group.run(KEEP, (user, room, seq, step.0, !on))?;
    let row = Row::Saved { user: user.clone(), room: room.clone(), seq: *seq, gv: step.0, gone: !on };
    group.tell_user(step, user.clone(), row);
    Ok(ack)
}

/// What changed after `since`; from 0 on without what is gone.
pub(crate) fn changed(db: &Session<'_>, user: &str, since: G, changes: &mut Vec<Change>) -> Result<(), Failure> {
    db.each(CHANGED, (user, since), |row| {
        let (room, seq, gv, gone): (_, _, _, bool) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        if since > 0 || !gone {
            let row = Row::Saved { user: user.to_owned(), room, seq, gv, gone };
            changes.push(Change { g: gv, p: 0, scope: Scope::User(user.to_owned()), row });
        }
        Ok(true)
    })
}

#[async_trait]
impl Saved for Engine {
    async fn saved(&self, user: &str, before: G, limit: usize) -> Result<SavedPage, Error> {
        let key = (user.to_owned(), before.min(END), limit.saturating_add(1).min(MOST + 1));
        self.readers
            .ask(move |db| {
                let mut found = db.all(LIST, key, |row| Ok((message_row(row)?, row.get(17)?)))?;
                let more = found.len() > limit;
                found.truncate(limit);
                let next = found.last().filter(|_| more).map(|(_, gv)| *gv);
                Ok(SavedPage { messages: found.into_iter().map(|(message, _)| message).collect(), next })
            })
            .await
    }
}
