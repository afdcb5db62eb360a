//! Drafts: what is stored of them, and their rules.

use super::{DraftRow, DraftWrite, MOST};
use crate::engine::Group;
use crate::members::sql::{is_member, is_member_who_sees};
use crate::messages::sql::changes::place;
use crate::sql::statements::statements;
use crate::sql::{Columns, Failure, Session};
use crate::{Ack, Change, G, Refused, Row, Scope, Seq};

statements! {
    DRAFT = "SELECT text, reply_to FROM drafts WHERE user = ?1 AND room = ?2";
    IS_FULL = "SELECT 1 FROM drafts WHERE user = ?1 AND text <> '' LIMIT 1 OFFSET ?2";
    KEEP = "INSERT INTO drafts (user, room, text, reply_to, gv) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (user, room) DO UPDATE SET text = ?3, reply_to = ?4, gv = ?5";
    CHANGED = "SELECT room, text, reply_to, gv FROM drafts WHERE user = ?1 AND gv > ?2 ORDER BY gv";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &DraftWrite) -> Result<Ack, Failure> {
    let DraftWrite::Set { user, room, text, reply_to } = write;
    let read = |row: &Columns<'_>| Ok((row.get(0)?, row.get(1)?));
    let was: Option<(String, Option<Seq>)> = group.first(DRAFT, (user, room), read)?;
    let was = was.filter(|(text, _)| !text.is_empty());
    let reply_to = reply_to.filter(|_| !text.is_empty());
    if !text.is_empty() || was.is_none() {
        if !is_member(group, room, user)? {
            return Err(Refused::NotAMember.into());
        }
        if let Some(answered) = reply_to
            && (answered == 0
                || answered > place(group, room, user)?.head
                || !is_member_who_sees(group, room, user, answered)?)
        {
            return Err(Refused::NoSuchMessage.into());
        }
    }
    let ack = Ack { room: Some(room.clone()), ..Ack::default() };
    if was.as_ref().map_or(("", None), |(text, reply_to)| (text, *reply_to)) == (text, reply_to) {
        return Ok(ack);
    }
    if was.is_none() && group.exists(IS_FULL, (user, MOST - 1))? {
        return Err(Refused::TooMany(MOST).into());
    }
    let step = group.step_user(user)?;
    group.run(KEEP, (user, room, text, reply_to, step.0))?;
    let row = DraftRow { user: user.clone(), room: room.clone(), text: text.clone(), reply_to, gv: step.0 };
    group.tell_user(step, user.clone(), Row::Draft(row));
    Ok(ack)
}

/// What changed after `since`; from 0 on without what is no more.
pub(crate) fn changed(db: &Session<'_>, user: &str, since: G, changes: &mut Vec<Change>) -> Result<(), Failure> {
    db.each(CHANGED, (user, since), |row| {
        let (room, text, reply_to, gv): (_, String, _, _) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        if since > 0 || !text.is_empty() {
            let row = DraftRow { user: user.to_owned(), room, text, reply_to, gv };
            changes.push(Change { g: gv, p: 0, scope: Scope::User(user.to_owned()), row: Row::Draft(row) });
        }
        Ok(true)
    })
}
