//! Writes to messages.

use super::changes::{
    Edited, delete, edit, is_hidden, is_worded_as, members_among, note_mentions, place, text_message,
};
use crate::commit::Concern;
use crate::engine::Group;
use crate::engine::group::Head;
use crate::members::Role;
use crate::members::sql::{is_member, is_member_who_sees};
use crate::messages::{MessageKind, MessageRow, MessageWrite};
use crate::rooms::RoomRow;
use crate::sql::Failure;
use crate::sql::columns::join_ids;
use crate::sql::statements::statements;
use crate::{Ack, Millis, Refused, Row, Seq, UserId};

statements! {
    INSERT = "INSERT INTO messages (room, seq, gv, kind, author, subject, text, time, n, edited, deleted, reply_to,
            mentions, everybody)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, 0, ?10, ?11, ?12)";
    MOVE_READ = "UPDATE members SET read = ?3, own_gv = ?4 WHERE room = ?1 AND user = ?2 AND role IS NOT NULL";
    HIDE = "INSERT INTO hidden (user, room, seq, gv) VALUES (?1, ?2, ?3, ?4)";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &MessageWrite) -> Result<Ack, Failure> {
    let (room, seq) = match write {
        // Where there is such a room, `post` has it.
        MessageWrite::Post { .. } => return Err(Refused::NotAMember.into()),
        MessageWrite::Edit { room, seq, by, text, mentions, all, expected } => {
            let place = place(group, room, by)?;
            let now = text_message(group, &place, room, *seq, by)?;
            if now.author.as_ref() != Some(by) {
                return Err(Refused::NotAllowed.into());
            }
            if now.deleted {
                return Err(Refused::Deleted.into());
            }
            if let Some(gv) = expected
                && !is_worded_as(group, &now, *gv)?
            {
                return Err(Refused::Stale(Box::new(now)).into());
            }
            edit(group, &place, now, &Edited { text, mentions, all: *all }, at)?;
            (room, *seq)
        }
        MessageWrite::Delete { room, seq, by } => {
            let place = place(group, room, by)?;
            let now = text_message(group, &place, room, *seq, by)?;
            if now.author.as_ref() != Some(by) && place.role < Role::Moderator {
                return Err(Refused::NotAllowed.into());
            }
            if !now.deleted {
                delete(group, &place, now)?;
            }
            (room, *seq)
        }
        MessageWrite::Hide { room, seq, user } => {
            let place = place(group, room, user)?;
            if *seq < place.from || *seq > place.head {
                return Err(Refused::NoSuchMessage.into());
            }
            hide(group, room, *seq, user)?;
            (room, *seq)
        }
    };
    Ok(Ack { room: Some(room.clone()), seq: Some(seq), ..Ack::default() })
}

/// The clocks of nodes may differ by so much, in milliseconds. More is for the operator to see.
const SKEW: Millis = 5000;

/// When a message is said to be posted that comes after one of `before`: a node whose clock is a little behind does not
/// turn the order round.
pub(crate) fn time_after(before: Option<Millis>, at: Millis) -> Millis {
    before.filter(|before| (at..=at + SKEW).contains(before)).unwrap_or(at)
}

/// A message to be posted.
pub(crate) struct Draft<'a> {
    pub(crate) room: &'a str,
    pub(crate) author: &'a str,
    pub(crate) text: &'a str,
    pub(crate) reply_to: Option<Seq>,
    pub(crate) mentions: &'a [UserId],
    pub(crate) all: bool,
}

/// Posts to the room at `head`; takes exactly one commit number. A refusal leaves no row changed.
pub(crate) fn post(group: &mut Group<'_, '_>, head: Head, draft: &Draft<'_>, at: Millis) -> Result<(), Failure> {
    let Draft { room, author, reply_to, .. } = *draft;
    let seq = head.seq + 1;
    let sees = |answered: Seq| is_member_who_sees(group, room, author, answered);
    if reply_to.map_or(Ok(false), |answered| Ok::<_, Failure>(answered == 0 || answered >= seq || !sees(answered)?))? {
        let refused = if is_member(group, room, author)? { Refused::NoSuchMessage } else { Refused::NotAMember };
        return Err(refused.into());
    }
    let gv = group.last_g() + 1;
    if !group.hope(MOVE_READ, (room, author, seq, gv))? {
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
        mentions: members_among(group, room, seq, draft.mentions)?,
        all: draft.all && place(group, room, author)?.may_call_all(),
        reactions: Vec::new(),
        pinned: None,
    };
    insert(group, &message)?;
    note_mentions(group, &message)?;
    if message.all {
        group.concern(gv, Concern { everybody: true, users: Vec::new() });
    }
    group.move_head(room, Head { seq, count: message.n, g: gv, time: Some(at), unstored: Some(at), ..head });
    group.note_posted(gv);
    group.tell_room((gv, head.g), room, Row::Message(message));
    Ok(())
}

/// Inserts a message that is neither edited nor deleted.
pub(crate) fn insert(group: &Group<'_, '_>, message: &MessageRow) -> Result<(), Failure> {
    let MessageRow { room, seq, gv, kind, author, subject, text, time, n, reply_to, .. } = message;
    let mentions = join_ids(&message.mentions);
    let row = (room, seq, gv, kind, author, subject, text, time, n, reply_to, mentions, message.all);
    group.run(INSERT, row)?;
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
    let at = time_after(room.head_time, line.at);
    room.head_time = Some(at);
    let message = MessageRow {
        room: room.id.clone(),
        seq: room.head,
        gv: step.0,
        kind: line.kind,
        author: Some(line.author.to_owned()),
        subject: line.subject.map(str::to_owned),
        text: line.text.to_owned(),
        time: at,
        n: room.count,
        edited: None,
        deleted: false,
        reply_to: None,
        mentions: Vec::new(),
        all: false,
        reactions: Vec::new(),
        pinned: None,
    };
    insert(group, &message)?;
    group.tell_room(step, &room.id, Row::Message(message));
    Ok(())
}

fn hide(group: &mut Group<'_, '_>, room: &str, seq: Seq, user: &str) -> Result<(), Failure> {
    if is_hidden(group, room, seq, user)? {
        return Ok(());
    }
    let step = group.step_user(user)?;
    group.run(HIDE, (user, room, seq, step.0))?;
    let row = Row::Hidden { user: user.to_owned(), room: room.to_owned(), seq, gv: step.0 };
    group.tell_user(step, user.to_owned(), row);
    Ok(())
}
