//! Changing a message that stands: who may, what is stored of it, and what the room is told.

use super::message_row;
use crate::commit::Concern;
use crate::engine::Group;
use crate::members::Role;
use crate::members::sql::is_member_who_sees;
use crate::messages::{MessageKind, MessageRow};
use crate::rooms::sql::keep_g;
use crate::sql::Failure;
use crate::sql::columns::join_ids;
use crate::sql::statements::{message_columns, statements};
use crate::{G, Millis, Refused, Row, Seq, UserId};

statements! {
    PLACE = "SELECT m.role, m.first, r.head, r.g, r.members FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.room = ?1 AND m.user = ?2 AND m.role IS NOT NULL AND r.deleted = 0";
    MESSAGE = concat!("SELECT ", message_columns!(), " FROM messages a WHERE a.room = ?1 AND a.seq = ?2");
    MENTION = "INSERT INTO mentions (user, room, seq) VALUES (?1, ?2, ?3)";
    UNMENTION = "DELETE FROM mentions WHERE user = ?1 AND room = ?2 AND seq = ?3";
    MENTION_ALL = "INSERT INTO everybody (room, seq) VALUES (?1, ?2)";
    UNMENTION_ALL = "DELETE FROM everybody WHERE room = ?1 AND seq = ?2";
    KEEP_REVISION = "INSERT INTO revisions (room, seq, gv, text, time) VALUES (?1, ?2, ?3, ?4, ?5)";
    DROP_OLDEST = "DELETE FROM revisions WHERE room = ?1 AND seq = ?2 AND gv <=
        (SELECT gv FROM revisions WHERE room = ?1 AND seq = ?2 ORDER BY gv DESC LIMIT 1 OFFSET 100)";
    DELETE_REVISIONS = "DELETE FROM revisions WHERE room = ?1 AND seq = ?2";
    DELETE_REACTIONS = "DELETE FROM reactions WHERE room = ?1 AND seq = ?2";
    COUNT_DELETION = "INSERT INTO deletions (room, block, count) VALUES (?1, CAST(?2 AS BIGINT) / 256, 1)
        ON CONFLICT (room, block) DO UPDATE SET count = deletions.count + 1";
    CHANGE = "UPDATE messages SET text = ?3, mentions = ?4, everybody = ?5, edited = ?6, deleted = ?7, gv = ?8,
            worded = NULL
        WHERE room = ?1 AND seq = ?2";
    WORDED = "SELECT coalesce(worded, gv) FROM messages WHERE room = ?1 AND seq = ?2";
    BARE = "UPDATE messages SET reactions = NULL, pinned_by = NULL, pinned = NULL WHERE room = ?1 AND seq = ?2";
    IS_HIDDEN = "SELECT 1 FROM hidden WHERE user = ?1 AND room = ?2 AND seq = ?3";
    COMES_LATE = "SELECT 1 FROM members WHERE room = ?1 AND first > ?2 AND first > 1 AND role IS NOT NULL LIMIT 1";
}

/// A room with more members than this is not called all at once by a mere member.
const SMALL: u64 = 100;

/// What a write to a message has to know of somebody's place and of the room.
pub(crate) struct Place {
    pub(crate) role: Role,
    /// The first message that they may see.
    pub(crate) from: Seq,
    pub(crate) head: Seq,
    pub(crate) g: G,
    members: u64,
}

impl Place {
    /// Whether they may mention everybody in the room.
    pub(super) fn may_call_all(&self) -> bool {
        self.members > 1 && (self.members <= SMALL || self.role >= Role::Moderator)
    }
}

/// Refused: `NotAMember`.
pub(crate) fn place(group: &Group<'_, '_>, room: &str, user: &str) -> Result<Place, Failure> {
    let found = group.first(PLACE, (room, user), |row| {
        Ok(Place { role: row.get(0)?, from: row.get(1)?, head: row.get(2)?, g: row.get(3)?, members: row.get(4)? })
    })?;
    Ok(found.ok_or(Refused::NotAMember)?)
}

/// The message with that `seq`.
pub(crate) fn find(group: &Group<'_, '_>, room: &str, seq: Seq) -> Result<Option<MessageRow>, Failure> {
    group.first(MESSAGE, (room, seq), message_row)
}

/// A message that somebody wrote (the room's own lines are not), for somebody who may see it. Refused: `NoSuchMessage`.
pub(crate) fn text_message(
    group: &Group<'_, '_>,
    place: &Place,
    room: &str,
    seq: Seq,
    user: &str,
) -> Result<MessageRow, Failure> {
    let found = find(group, room, seq)?;
    let found = found.filter(|message| message.kind == MessageKind::Text && seq >= place.from);
    let message = found.ok_or(Refused::NoSuchMessage)?;
    if is_hidden(group, room, seq, user)? { Err(Refused::NoSuchMessage.into()) } else { Ok(message) }
}

pub(crate) fn is_hidden(group: &Group<'_, '_>, room: &str, seq: Seq, user: &str) -> Result<bool, Failure> {
    group.exists(IS_HIDDEN, (user, room, seq))
}

/// Those of `users` who are members now and may see the message, each once.
pub(super) fn members_among(
    group: &Group<'_, '_>,
    room: &str,
    seq: Seq,
    users: &[UserId],
) -> Result<Vec<UserId>, Failure> {
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        if !found.contains(user) && is_member_who_sees(group, room, user, seq)? {
            found.push(user.clone());
        }
    }
    Ok(found)
}

/// Notes whom a new message mentions.
pub(super) fn note_mentions(group: &Group<'_, '_>, message: &MessageRow) -> Result<(), Failure> {
    if message.all {
        group.run(MENTION_ALL, (&message.room, message.seq))?;
    }
    for user in counted(message) {
        group.run(MENTION, (user, &message.room, message.seq))?;
    }
    Ok(())
}

/// Those who are mentioned by a row of their own: nobody, where everybody is.
fn counted(message: &MessageRow) -> &[UserId] {
    if message.all { &[] } else { &message.mentions }
}

/// Whether the message has still the words that it had at `gv`: reactions and pins change none.
pub(super) fn is_worded_as(group: &Group<'_, '_>, message: &MessageRow, gv: G) -> Result<bool, Failure> {
    if gv == message.gv {
        return Ok(true);
    }
    let worded: G = group.one(WORDED, (&message.room, message.seq), |row| row.get(0))?;
    Ok((worded..=message.gv).contains(&gv))
}

/// What an edit makes of a message.
pub(super) struct Edited<'a> {
    pub(super) text: &'a str,
    pub(super) mentions: &'a [UserId],
    pub(super) all: bool,
}

pub(super) fn edit(
    group: &mut Group<'_, '_>,
    place: &Place,
    old: MessageRow,
    edited: &Edited<'_>,
    at: Millis,
) -> Result<(), Failure> {
    let mentions = members_among(group, &old.room, old.seq, edited.mentions)?;
    let all = edited.all && place.may_call_all();
    if (old.text.as_str(), &old.mentions, old.all) == (edited.text, &mentions, all) {
        return Ok(());
    }
    let written = old.edited.unwrap_or(old.time);
    group.run(KEEP_REVISION, (&old.room, old.seq, old.gv, &old.text, written))?;
    group.run(DROP_OLDEST, (&old.room, old.seq))?;
    let new = MessageRow { text: edited.text.to_owned(), mentions, all, edited: Some(at), ..old.clone() };
    change(group, place.g, &old, new)
}

pub(super) fn delete(group: &mut Group<'_, '_>, place: &Place, old: MessageRow) -> Result<(), Failure> {
    group.run(DELETE_REVISIONS, (&old.room, old.seq))?;
    group.run(COUNT_DELETION, (&old.room, old.seq))?;
    if !old.reactions.is_empty() {
        group.run(DELETE_REACTIONS, (&old.room, old.seq))?;
    }
    if !old.reactions.is_empty() || old.pinned.is_some() {
        group.run(BARE, (&old.room, old.seq))?;
    }
    let new = MessageRow {
        text: String::new(),
        mentions: Vec::new(),
        all: false,
        edited: None,
        deleted: true,
        reactions: Vec::new(),
        pinned: None,
        ..old.clone()
    };
    change(group, place.g, &old, new)
}

/// Stores and tells a message whose words changed.
fn change(group: &mut Group<'_, '_>, p: G, old: &MessageRow, mut new: MessageRow) -> Result<(), Failure> {
    new.gv = group.next_g();
    let (room, seq) = (&new.room, new.seq);
    for user in counted(old).iter().filter(|user| !counted(&new).contains(user)) {
        group.run(UNMENTION, (user, room, seq))?;
    }
    for user in counted(&new).iter().filter(|user| !counted(old).contains(user)) {
        group.run(MENTION, (user, room, seq))?;
    }
    match (old.all, new.all) {
        (true, false) => group.run(UNMENTION_ALL, (room, seq))?,
        (false, true) => group.run(MENTION_ALL, (room, seq))?,
        (true, true) | (false, false) => {}
    }
    let mentions = join_ids(&new.mentions);
    let row = (room, seq, &new.text, mentions, new.all, new.edited, new.deleted, new.gv);
    group.run(CHANGE, row)?;
    let former = old.mentions.iter().filter(|user| !new.mentions.contains(user));
    group.concern(new.gv, Concern { everybody: old.all != new.all, users: former.cloned().collect() });
    tell(group, p, new)
}

/// Tells the room of a message that changed and is stored, and stores how far the room has come. Where somebody is
/// there who may not see the message, nobody is told more than that it changed: all of them hear the same.
pub(crate) fn tell(group: &mut Group<'_, '_>, p: G, message: MessageRow) -> Result<(), Failure> {
    let (room, seq, gv) = (message.room.clone(), message.seq, message.gv);
    keep_g(group, &room, gv)?;
    let row = if group.exists(COMES_LATE, (&room, seq))? {
        // Whoever looks elsewhere may have it unread, or be mentioned by it.
        group.concern(gv, Concern { everybody: true, users: Vec::new() });
        Row::Touched { room: room.clone(), seq, gv }
    } else {
        Row::Message(message)
    };
    group.tell_room((gv, p), &room, row);
    Ok(())
}
