//! Writes to messages on SQLite.

use super::message_row;
use crate::commit::Concern;
use crate::members::Role;
use crate::members::sqlite::is_member;
use crate::messages::{MessageKind, MessageRow, MessageWrite};
use crate::rooms::RoomRow;
use crate::rooms::sqlite::keep_g;
use crate::sqlite::columns::join_ids;
use crate::sqlite::group::Head;
use crate::sqlite::statements::{message_columns, statements};
use crate::sqlite::{Failure, Group};
use crate::{Ack, G, Millis, Refused, RoomId, Row, Seq, UserId};
use rusqlite::OptionalExtension;

statements! {
    PLACE = "SELECT m.role, r.head, r.g FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.room = ?1 AND m.user = ?2 AND m.role IS NOT NULL AND r.deleted = 0";
    MESSAGE = concat!("SELECT ", message_columns!(), " FROM messages a WHERE a.room = ?1 AND a.seq = ?2");
    INSERT = "INSERT INTO messages (room, seq, gv, kind, author, subject, text, time, n, edited, deleted, reply_to,
            mentions)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, 0, ?10, ?11)";
    MOVE_READ = "UPDATE members SET read = ?3, own_gv = ?4 WHERE room = ?1 AND user = ?2 AND role IS NOT NULL";
    MENTION = "INSERT INTO mentions (user, room, seq) VALUES (?1, ?2, ?3)";
    UNMENTION = "DELETE FROM mentions WHERE user = ?1 AND room = ?2 AND seq = ?3";
    KEEP_REVISION = "INSERT INTO revisions (room, seq, gv, text, time) VALUES (?1, ?2, ?3, ?4, ?5)";
    DROP_OLDEST = "DELETE FROM revisions WHERE room = ?1 AND seq = ?2 AND gv <=
        (SELECT gv FROM revisions WHERE room = ?1 AND seq = ?2 ORDER BY gv DESC LIMIT 1 OFFSET 100)";
    DELETE_REVISIONS = "DELETE FROM revisions WHERE room = ?1 AND seq = ?2";
    COUNT_DELETION = "INSERT INTO deletions (room, block, count) VALUES (?1, ?2 / 256, 1)
        ON CONFLICT DO UPDATE SET count = count + 1";
    CHANGE = "UPDATE messages SET text = ?3, mentions = ?4, edited = ?5, deleted = ?6, gv = ?7
        WHERE room = ?1 AND seq = ?2";
    HIDE = "INSERT INTO hidden (user, room, seq, gv) VALUES (?1, ?2, ?3, ?4)";
    IS_HIDDEN = "SELECT 1 FROM hidden WHERE user = ?1 AND room = ?2 AND seq = ?3";
}

/// What a write to a message has to know of its author's place and of the room.
struct Place {
    role: Role,
    head: Seq,
    g: G,
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &MessageWrite) -> Result<Ack, Failure> {
    let (room, seq) = match write {
        // Where there is such a room, `post` has it.
        MessageWrite::Post { .. } => return Err(Refused::NotAMember.into()),
        MessageWrite::Edit { room, seq, by, text, mentions, expected } => {
            let place = place(group, room, by)?;
            let now = text_message(group, room, *seq)?;
            if now.author.as_ref() != Some(by) {
                return Err(Refused::NotAllowed.into());
            }
            if now.deleted {
                return Err(Refused::Deleted.into());
            }
            if expected.is_some_and(|gv| gv != now.gv) {
                return Err(Refused::Stale(Box::new(now)).into());
            }
            edit(group, place.g, now, text, mentions, at)?;
            (room, *seq)
        }
        MessageWrite::Delete { room, seq, by } => {
            let place = place(group, room, by)?;
            let now = text_message(group, room, *seq)?;
            if now.author.as_ref() != Some(by) && place.role < Role::Moderator {
                return Err(Refused::NotAllowed.into());
            }
            if !now.deleted {
                delete(group, place.g, now)?;
            }
            (room, *seq)
        }
        MessageWrite::Hide { room, seq, user } => {
            if *seq == 0 || *seq > place(group, room, user)?.head {
                return Err(Refused::NoSuchMessage.into());
            }
            hide(group, room, *seq, user)?;
            (room, *seq)
        }
    };
    Ok(Ack { room: Some(room.clone()), seq: Some(seq), ..Ack::default() })
}

fn place(group: &Group<'_, '_>, room: &str, user: &str) -> Result<Place, Failure> {
    let mut statement = group.statement(PLACE)?;
    let found =
        statement.query_row((room, user), |row| Ok(Place { role: row.get(0)?, head: row.get(1)?, g: row.get(2)? }));
    Ok(found.optional()?.ok_or(Refused::NotAMember)?)
}

/// A message that somebody wrote; the room's own lines are not.
fn text_message(group: &Group<'_, '_>, room: &str, seq: Seq) -> Result<MessageRow, Failure> {
    let found = group.statement(MESSAGE)?.query_row((room, seq), message_row).optional()?;
    let found = found.filter(|message| message.kind == MessageKind::Text);
    Ok(found.ok_or(Refused::NoSuchMessage)?)
}

/// A message to be posted.
pub(crate) struct Draft<'a> {
    pub(crate) room: &'a str,
    pub(crate) author: &'a str,
    pub(crate) text: &'a str,
    pub(crate) reply_to: Option<Seq>,
    pub(crate) mentions: &'a [UserId],
}

/// Posts to the room at `head`; takes exactly one commit number. A refusal leaves no row changed.
pub(crate) fn post(group: &mut Group<'_, '_>, head: Head, draft: &Draft<'_>, at: Millis) -> Result<(), Failure> {
    let Draft { room, author, reply_to, .. } = *draft;
    let seq = head.seq + 1;
    if reply_to.is_some_and(|answered| answered == 0 || answered >= seq) {
        let refused = if is_member(group, room, author)? { Refused::NoSuchMessage } else { Refused::NotAMember };
        return Err(refused.into());
    }
    let gv = group.last_g() + 1;
    if group.statement(MOVE_READ)?.execute((room, author, seq, gv))? == 0 {
        return Err(Refused::NotAMember.into());
    }
    let message = MessageRow {
        room: room.to_owned(),
        seq,
        gv: group.next_g(),
        kind: MessageKind::Text,
        author: Some(author.to_owned()),
        subject: None,
        text: draft.text.to_owned(),
        time: at,
        n: head.count + 1,
        edited: None,
        deleted: false,
        reply_to,
        mentions: members_among(group, room, draft.mentions)?,
    };
    insert(group, &message)?;
    for user in &message.mentions {
        group.statement(MENTION)?.execute((user, room, seq))?;
    }
    group.move_head(room, Head { seq, count: message.n, g: gv, unstored: Some(at), ..head });
    group.tell_room((gv, head.g), room, Row::Message(message));
    Ok(())
}

/// Those of `users` who are members now, each once.
fn members_among(group: &Group<'_, '_>, room: &str, users: &[UserId]) -> Result<Vec<UserId>, Failure> {
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        if !found.contains(user) && is_member(group, room, user)? {
            found.push(user.clone());
        }
    }
    Ok(found)
}

/// Inserts a message that is neither edited nor deleted.
pub(crate) fn insert(group: &Group<'_, '_>, message: &MessageRow) -> Result<(), Failure> {
    let MessageRow { room, seq, gv, kind, author, subject, text, time, n, reply_to, .. } = message;
    let mentions = join_ids(&message.mentions);
    let row = (room, seq, gv, kind, author, subject, text, time, n, reply_to, mentions);
    group.statement(INSERT)?.execute(row)?;
    Ok(())
}

/// A line of the room's own.
pub(crate) struct Line<'a> {
    pub(crate) kind: MessageKind,
    pub(crate) author: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) at: Millis,
}

/// Posts a line and tells the room, which the caller stores.
pub(crate) fn post_line(group: &mut Group<'_, '_>, room: &mut RoomRow, line: Line<'_>) -> Result<(), Failure> {
    let step = group.step_room(room);
    room.head += 1;
    room.head_time = Some(line.at);
    let message = MessageRow {
        room: room.id.clone(),
        seq: room.head,
        gv: step.0,
        kind: line.kind,
        author: Some(line.author.to_owned()),
        subject: line.subject.map(str::to_owned),
        text: line.text.to_owned(),
        time: line.at,
        n: room.count,
        edited: None,
        deleted: false,
        reply_to: None,
        mentions: Vec::new(),
    };
    insert(group, &message)?;
    group.tell_room(step, &room.id, Row::Message(message));
    Ok(())
}

fn edit(
    group: &mut Group<'_, '_>,
    p: G,
    old: MessageRow,
    text: &str,
    mentions: &[UserId],
    at: Millis,
) -> Result<(), Failure> {
    let mentions = members_among(group, &old.room, mentions)?;
    if old.text == text && old.mentions == mentions {
        return Ok(());
    }
    let written = old.edited.unwrap_or(old.time);
    group.statement(KEEP_REVISION)?.execute((&old.room, old.seq, old.gv, &old.text, written))?;
    group.statement(DROP_OLDEST)?.execute((&old.room, old.seq))?;
    let new = MessageRow { text: text.to_owned(), mentions, edited: Some(at), ..old.clone() };
    change(group, p, &old, new)
}

fn delete(group: &mut Group<'_, '_>, p: G, old: MessageRow) -> Result<(), Failure> {
    group.statement(DELETE_REVISIONS)?.execute((&old.room, old.seq))?;
    group.statement(COUNT_DELETION)?.execute((&old.room, old.seq))?;
    let new = MessageRow { text: String::new(), mentions: Vec::new(), edited: None, deleted: true, ..old.clone() };
    change(group, p, &old, new)
}

/// Stores and tells a message that changed.
fn change(group: &mut Group<'_, '_>, p: G, old: &MessageRow, mut new: MessageRow) -> Result<(), Failure> {
    new.gv = group.next_g();
    let (room, seq): (&RoomId, Seq) = (&new.room, new.seq);
    for user in old.mentions.iter().filter(|user| !new.mentions.contains(user)) {
        group.statement(UNMENTION)?.execute((user, room, seq))?;
    }
    for user in new.mentions.iter().filter(|user| !old.mentions.contains(user)) {
        group.statement(MENTION)?.execute((user, room, seq))?;
    }
    let mentions = join_ids(&new.mentions);
    group.statement(CHANGE)?.execute((room, seq, &new.text, mentions, new.edited, new.deleted, new.gv))?;
    keep_g(group, room, new.gv)?;
    let former = old.mentions.iter().filter(|user| !new.mentions.contains(user));
    group.concern(new.gv, Concern { everybody: false, users: former.cloned().collect() });
    group.tell_room((new.gv, p), &old.room, Row::Message(new));
    Ok(())
}

fn hide(group: &mut Group<'_, '_>, room: &str, seq: Seq, user: &str) -> Result<(), Failure> {
    if group.statement(IS_HIDDEN)?.exists((user, room, seq))? {
        return Ok(());
    }
    let step = group.step_user(user)?;
    group.statement(HIDE)?.execute((user, room, seq, step.0))?;
    let row = Row::Hidden { user: user.to_owned(), room: room.to_owned(), seq, gv: step.0 };
    group.tell_user(step, user.to_owned(), row);
    Ok(())
}
