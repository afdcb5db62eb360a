//! Import: many lines a write, nothing told.

use super::{ImportLine, ImportWrite};
use crate::accounts::Standing;
use crate::accounts::sql::{NewAccount, id_of_name, insert as insert_account};
use crate::engine::Group;
use crate::members::Role;
use crate::messages::sql::writes::insert as insert_message;
use crate::messages::{MessageKind, MessageRow};
use crate::rooms::sql as rooms;
use crate::rooms::{RoomKind, RoomRow};
use crate::sql::Failure;
use crate::sql::statements::statements;
use crate::{Ack, Millis, Refused, Seq};
use std::collections::HashSet;

statements! {
    IS_NEW = "INSERT INTO imported (room, digest) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    HAS_ROW = "SELECT 1 FROM members WHERE room = ?1 AND user = ?2";
    ENTER = "INSERT INTO members (room, user, role, joined, gv, read, version, hidden, own_gv, place_g)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, NULL, ?5, ?5)";
    READ_ALL = "UPDATE members SET read = ?2, own_gv = ?3 WHERE room = ?1 AND role IS NOT NULL";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &ImportWrite) -> Result<Ack, Failure> {
    match write {
        ImportWrite::Room { id, key, name, code } => {
            if let Some(room) = rooms::find_imported(group, key)? {
                return Ok(Ack { room: Some(room.id), ..Ack::default() });
            }
            let mut room = rooms::new_room(id, RoomKind::Public, name, at);
            room.code = Some(code.clone());
            room.gv = group.step_room(&mut room).0;
            rooms::insert(group, &room, Some(key))?;
            Ok(Ack { room: Some(room.id), ..Ack::default() })
        }
        ImportWrite::User { id, username, name_key, skeleton, created } => {
            if let Some(user) = id_of_name(group, name_key)? {
                return Ok(Ack { user: Some(user), ..Ack::default() });
            }
            let account = NewAccount {
                id,
                username,
                name_key,
                skeleton,
                display_name: username,
                time_zone: "",
                standing: Standing::Member,
                password: None,
                created: *created,
            };
            insert_account(group, &account)?;
            Ok(Ack { user: Some(id.clone()), ..Ack::default() })
        }
        ImportWrite::Lines { room, lines } => {
            let mut now = rooms::find(group, room)?.ok_or(Refused::NoSuchRoom)?;
            let new = append(group, &mut now, lines)?;
            Ok(Ack { room: Some(room.clone()), seq: Some(new), ..Ack::default() })
        }
    }
}

/// Appends the lines that the room does not hold yet; answers how many.
fn append(group: &mut Group<'_, '_>, room: &mut RoomRow, lines: &[ImportLine]) -> Result<u64, Failure> {
    let mut known = HashSet::new();
    let mut new = 0;
    let digests: Vec<(String, &[u8; 16])> = lines.iter().map(|line| (room.id.clone(), &line.digest)).collect();
    let noted = group.execute_each(IS_NEW, digests.into_iter())?;
    for (line, noted) in lines.iter().zip(noted) {
        if noted == 0 {
            continue;
        }
        if let Some(author) = &line.author
            && known.insert(author)
        {
            enter(group, room, author, line.time)?;
        }
        let message = next_message(group, room, line);
        insert_message(group, &message)?;
        new += 1;
    }
    if new > 0 {
        group.run(READ_ALL, (&room.id, room.head, room.g))?;
        rooms::keep_numbers(group, room)?;
    }
    Ok(new)
}

fn next_message(group: &mut Group<'_, '_>, room: &mut RoomRow, line: &ImportLine) -> MessageRow {
    let (gv, _) = group.step_room(room);
    room.head += 1;
    room.count += 1;
    room.head_time = Some(line.time);
    let answered = |seq: &Seq| (1..room.head).contains(seq);
    MessageRow {
        room: room.id.clone(),
        seq: room.head,
        gv,
        kind: MessageKind::Text,
        author: line.author.clone(),
        subject: None,
        text: line.text.clone(),
        time: line.time,
        n: room.count,
        edited: None,
        deleted: false,
        reply_to: line.reply_to.filter(answered),
        mentions: line.mentions.clone(),
        all: false,
        reactions: Vec::new(),
        pinned: None,
    }
}

/// Makes the author a member, unless they are or have been one.
fn enter(group: &mut Group<'_, '_>, room: &mut RoomRow, author: &str, joined: Millis) -> Result<(), Failure> {
    if group.exists(HAS_ROW, (&room.id, author))? {
        return Ok(());
    }
    let (gv, _) = group.step_room(room);
    group.run(ENTER, (&room.id, author, Role::Member, joined, gv))?;
    room.members += 1;
    Ok(())
}
