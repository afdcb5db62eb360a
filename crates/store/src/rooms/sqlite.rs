//! Rooms on SQLite: reading them, and what other features store of them.

use super::{History, RoomKind, RoomRow, Rooms};
use crate::members::MemberRow;
use crate::members::sqlite::full_member_row;
use crate::sqlite::columns::{join_ids, split_ids};
use crate::sqlite::statements::{member_columns, room_columns, statements, unread_columns};
use crate::sqlite::{Failure, Group, Sqlite};
use crate::{Error, G};
use async_trait::async_trait;
use rusqlite::{OptionalExtension, named_params};

mod writes;

pub(crate) use writes::{apply, end_room, tell_room};

statements! {
    ROOM = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = ?1 AND r.deleted = 0");
    ROOM_BY_CODE = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.code = ?1 AND r.deleted = 0");
    DIRECT = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.kind = 2 AND r.users = ?1 AND r.subject = ?2");
    IMPORTED = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.import_key = ?1");
    INSERT = "INSERT INTO rooms (id, kind, name, name_fold, topic, code, subject, users, members, created, head, count,
            head_time, g, gv, deleted, import_key)
        VALUES (:id, :kind, :name, :fold, :topic, :code, :subject, :users, :members, :created, 0, 0, NULL, :g, :gv, 0,
            :import_key)";
    KEEP = "UPDATE rooms SET kind = :kind, name = :name, name_fold = :fold, topic = :topic, code = :code, gv = :gv,
        deleted = :deleted, history = :history WHERE id = :id";
    KEEP_NUMBERS = "UPDATE rooms SET members = ?2, head = ?3, count = ?4, head_time = ?5, g = ?6 WHERE id = ?1";
    KEEP_G = "UPDATE rooms SET g = ?2 WHERE id = ?1";
    ROOM_FOR = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), "
        FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.user = ?2 AND m.role IS NOT NULL
        WHERE r.id = ?1 AND r.deleted = 0");
    ROOMS_OF = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), "
        FROM members m CROSS JOIN rooms r ON r.id = m.room WHERE m.user = ?1 AND m.role IS NOT NULL");
    PUBLIC_AFTER = "SELECT name_fold FROM rooms WHERE id = ?1";
    PUBLIC = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), "
        FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.user = ?1 AND m.role IS NOT NULL
        WHERE r.kind = 0 AND r.deleted = 0 AND (r.name_fold, r.id) > (?2, ?3) AND instr(r.name_fold, ?4) > 0
        ORDER BY r.name_fold, r.id LIMIT ?5");
}

/// How many columns [`room_row`] reads.
pub(crate) const COLUMNS: usize = 16;

/// Reads `room_columns!()`, from the column `at` on.
pub(crate) fn room_row(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<RoomRow> {
    Ok(RoomRow {
        id: row.get(at)?,
        kind: row.get(at + 1)?,
        name: row.get(at + 2)?,
        topic: row.get(at + 3)?,
        code: row.get(at + 4)?,
        subject: row.get(at + 5)?,
        users: split_ids(row.get_ref(at + 6)?.as_str()?),
        members: row.get(at + 7)?,
        created: row.get(at + 8)?,
        head: row.get(at + 9)?,
        count: row.get(at + 10)?,
        head_time: row.get(at + 11)?,
        g: row.get(at + 12)?,
        gv: row.get(at + 13)?,
        deleted: row.get(at + 14)?,
        history: row.get(at + 15)?,
    })
}

/// Reads a room with a member's full row, of a left join.
fn room_and_member(row: &rusqlite::Row<'_>) -> rusqlite::Result<(RoomRow, Option<MemberRow>)> {
    let member = match row.get_ref(COLUMNS)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(full_member_row(row, COLUMNS)?),
    };
    Ok((room_row(row, 0)?, member))
}

/// The room, unless it is deleted.
pub(crate) fn find(group: &Group<'_, '_>, id: &str) -> Result<Option<RoomRow>, Failure> {
    Ok(group.statement(ROOM)?.query_row([id], |row| room_row(row, 0)).optional()?)
}

/// The room, unless it is deleted, with `user`'s place in it.
pub(crate) fn find_for(
    group: &Group<'_, '_>,
    id: &str,
    user: &str,
) -> Result<Option<(RoomRow, Option<MemberRow>)>, Failure> {
    Ok(group.statement(ROOM_FOR)?.query_row((id, user), room_and_member).optional()?)
}

/// The room with that join code.
pub(crate) fn find_by_code(group: &Group<'_, '_>, code: &str) -> Result<Option<RoomRow>, Failure> {
    Ok(group.statement(ROOM_BY_CODE)?.query_row([code], |row| room_row(row, 0)).optional()?)
}

/// The room that an import made under `key`.
pub(crate) fn find_imported(group: &Group<'_, '_>, key: &str) -> Result<Option<RoomRow>, Failure> {
    Ok(group.statement(IMPORTED)?.query_row([key], |row| room_row(row, 0)).optional()?)
}

fn find_direct(group: &Group<'_, '_>, users: &[String], subject: &str) -> Result<Option<RoomRow>, Failure> {
    let found = group.statement(DIRECT)?.query_row((join_ids(users), subject), |row| room_row(row, 0));
    Ok(found.optional()?)
}

/// Inserts a room without messages.
pub(crate) fn insert(group: &Group<'_, '_>, room: &RoomRow, import_key: Option<&str>) -> Result<(), Failure> {
    group.statement(INSERT)?.execute(named_params! {
        ":id": room.id,
        ":kind": room.kind,
        ":name": room.name,
        ":fold": room.name.to_lowercase(),
        ":topic": room.topic,
        ":code": room.code,
        ":subject": room.subject,
        ":users": join_ids(&room.users),
        ":members": room.members,
        ":created": room.created,
        ":g": room.g,
        ":gv": room.gv,
        ":import_key": import_key,
    })?;
    Ok(())
}

/// Stores what the room itself is: kind, name, topic, code, whether it is deleted.
fn keep(group: &Group<'_, '_>, room: &RoomRow) -> Result<(), Failure> {
    group.statement(KEEP)?.execute(named_params! {
        ":id": room.id,
        ":kind": room.kind,
        ":name": room.name,
        ":fold": room.name.to_lowercase(),
        ":topic": room.topic,
        ":code": room.code,
        ":gv": room.gv,
        ":deleted": room.deleted,
        ":history": room.history,
    })?;
    Ok(())
}

/// Stores the room's numbers: members, head, count, the newest change.
pub(crate) fn keep_numbers(group: &Group<'_, '_>, room: &RoomRow) -> Result<(), Failure> {
    let row = (&room.id, room.members, room.head, room.count, room.head_time, room.g);
    group.statement(KEEP_NUMBERS)?.execute(row)?;
    Ok(())
}

/// Stores the newest change of the room alone.
pub(crate) fn keep_g(group: &Group<'_, '_>, room: &str, g: G) -> Result<(), Failure> {
    group.statement(KEEP_G)?.execute((room, g))?;
    Ok(())
}

/// All rooms in which `user` is a member now.
pub(crate) fn rooms_of(db: &rusqlite::Connection, user: &str) -> Result<Vec<(RoomRow, MemberRow)>, Failure> {
    let mut statement = db.prepare_cached(ROOMS_OF)?;
    let rows = statement.query_map([user], |row| Ok((room_row(row, 0)?, full_member_row(row, COLUMNS)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[async_trait]
impl Rooms for Sqlite {
    async fn room(&self, id: &str) -> Result<Option<RoomRow>, Error> {
        let id = id.to_owned();
        self.readers
            .ask(move |db| Ok(db.prepare_cached(ROOM)?.query_row([id], |row| room_row(row, 0)).optional()?))
            .await
    }

    async fn room_by_code(&self, code: &str) -> Result<Option<RoomRow>, Error> {
        let code = code.to_owned();
        self.readers
            .ask(move |db| Ok(db.prepare_cached(ROOM_BY_CODE)?.query_row([code], |row| room_row(row, 0)).optional()?))
            .await
    }

    async fn room_for(&self, id: &str, user: &str) -> Result<Option<(RoomRow, Option<MemberRow>)>, Error> {
        let key = (id.to_owned(), user.to_owned());
        self.readers.ask(move |db| Ok(db.prepare_cached(ROOM_FOR)?.query_row(key, room_and_member).optional()?)).await
    }

    async fn rooms_of(&self, user: &str) -> Result<Vec<(RoomRow, MemberRow)>, Error> {
        let user = user.to_owned();
        self.readers.ask(move |db| rooms_of(db, &user)).await
    }

    async fn public_rooms(
        &self,
        user: &str,
        query: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(RoomRow, Option<MemberRow>)>, Error> {
        let (user, query, after) = (user.to_owned(), query.to_lowercase(), after.unwrap_or("").to_owned());
        self.readers
            .ask(move |db| {
                let fold: Option<String> =
                    db.prepare_cached(PUBLIC_AFTER)?.query_row([&after], |row| row.get(0)).optional()?;
                let fold = fold.unwrap_or_default();
                let mut statement = db.prepare_cached(PUBLIC)?;
                let rows = statement.query_map((user, fold, after, query, limit), room_and_member)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }
}

/// A room before anything happened in it.
pub(crate) fn new_room(id: &str, kind: RoomKind, name: &str, created: i64) -> RoomRow {
    RoomRow {
        id: id.to_owned(),
        kind,
        name: name.to_owned(),
        topic: String::new(),
        code: None,
        subject: String::new(),
        users: Vec::new(),
        members: 0,
        created,
        head: 0,
        count: 0,
        head_time: None,
        g: 0,
        gv: 0,
        deleted: false,
        history: History::All,
    }
}
