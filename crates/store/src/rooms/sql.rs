//! Rooms: reading them, and what other features store of them.

use super::{History, RoomKind, RoomRow, Rooms};
use crate::engine::{Engine, Group};
use crate::members::MemberRow;
use crate::members::sql::full_member_row;
use crate::sql::columns::{join_ids, split_ids};
use crate::sql::statements::{member_columns, room_columns, statements, unread_columns};
use crate::sql::{Columns, Failure, Session};
use crate::{Error, G};
use async_trait::async_trait;

mod writes;

pub(crate) use writes::{apply, end_room, tell_room};

statements! {
    ROOM = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.id = ?1 AND r.deleted = 0");
    ROOM_BY_CODE = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.code = ?1 AND r.deleted = 0");
    DIRECT = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.kind = 2 AND r.users = ?1 AND r.subject = ?2");
    IMPORTED = concat!("SELECT ", room_columns!(), " FROM rooms r WHERE r.import_key = ?1");
    INSERT = "INSERT INTO rooms (id, kind, name, name_fold, topic, code, subject, users, members, created, head, count,
            head_time, g, gv, deleted, import_key)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, NULL, ?11, ?12, 0, ?13)";
    KEEP = "UPDATE rooms SET kind = ?2, name = ?3, name_fold = ?4, topic = ?5, code = ?6, gv = ?7, deleted = ?8,
        history = ?9 WHERE id = ?1";
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
pub(crate) fn room_row(row: &Columns<'_>, at: usize) -> Result<RoomRow, Failure> {
    Ok(RoomRow {
        id: row.get(at)?,
        kind: row.get(at + 1)?,
        name: row.get(at + 2)?,
        topic: row.get(at + 3)?,
        code: row.get(at + 4)?,
        subject: row.get(at + 5)?,
        users: split_ids(row.text(at + 6)?),
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
fn room_and_member(row: &Columns<'_>) -> Result<(RoomRow, Option<MemberRow>), Failure> {
    let member = if row.is_null(COLUMNS)? { None } else { Some(full_member_row(row, COLUMNS)?) };
    Ok((room_row(row, 0)?, member))
}

/// The room, unless it is deleted.
pub(crate) fn find(group: &Group<'_, '_>, id: &str) -> Result<Option<RoomRow>, Failure> {
    group.first(ROOM, [id], |row| room_row(row, 0))
}

/// The room, unless it is deleted, with `user`'s place in it.
pub(crate) fn find_for(
    group: &Group<'_, '_>,
    id: &str,
    user: &str,
) -> Result<Option<(RoomRow, Option<MemberRow>)>, Failure> {
    group.first(ROOM_FOR, (id, user), room_and_member)
}

/// The room with that join code.
pub(crate) fn find_by_code(group: &Group<'_, '_>, code: &str) -> Result<Option<RoomRow>, Failure> {
    group.first(ROOM_BY_CODE, [code], |row| room_row(row, 0))
}

/// The room that an import made under `key`.
pub(crate) fn find_imported(group: &Group<'_, '_>, key: &str) -> Result<Option<RoomRow>, Failure> {
    group.first(IMPORTED, [key], |row| room_row(row, 0))
}

fn find_direct(group: &Group<'_, '_>, users: &[String], subject: &str) -> Result<Option<RoomRow>, Failure> {
    group.first(DIRECT, (join_ids(users), subject), |row| room_row(row, 0))
}

/// Inserts a room without messages.
pub(crate) fn insert(group: &Group<'_, '_>, room: &RoomRow, import_key: Option<&str>) -> Result<(), Failure> {
    let row = (
        &room.id,
        room.kind,
        &room.name,
        room.name.to_lowercase(),
        &room.topic,
        &room.code,
        &room.subject,
        join_ids(&room.users),
        room.members,
        room.created,
        room.g,
        room.gv,
        import_key,
    );
    group.run(INSERT, row)
}

/// Stores what the room itself is: kind, name, topic, code, whether it is deleted.
fn keep(group: &Group<'_, '_>, room: &RoomRow) -> Result<(), Failure> {
    let RoomRow { id, kind, name, topic, code, gv, deleted, history, .. } = room;
    group.run(KEEP, (id, kind, name, name.to_lowercase(), topic, code, gv, deleted, history))
}

/// Stores the room's numbers: members, head, count, the newest change.
pub(crate) fn keep_numbers(group: &Group<'_, '_>, room: &RoomRow) -> Result<(), Failure> {
    let row = (&room.id, room.members, room.head, room.count, room.head_time, room.g);
    group.run(KEEP_NUMBERS, row)?;
    Ok(())
}

/// Stores the newest change of the room alone.
pub(crate) fn keep_g(group: &Group<'_, '_>, room: &str, g: G) -> Result<(), Failure> {
    group.run(KEEP_G, (room, g))?;
    Ok(())
}

/// All rooms in which `user` is a member now.
pub(crate) fn rooms_of(db: &Session<'_>, user: &str) -> Result<Vec<(RoomRow, MemberRow)>, Failure> {
    db.all(ROOMS_OF, [user], |row| Ok((room_row(row, 0)?, full_member_row(row, COLUMNS)?)))
}

#[async_trait]
impl Rooms for Engine {
    async fn room(&self, id: &str) -> Result<Option<RoomRow>, Error> {
        let id = id.to_owned();
        self.readers.ask(move |db| db.first(ROOM, [id], |row| room_row(row, 0))).await
    }

    async fn room_by_code(&self, code: &str) -> Result<Option<RoomRow>, Error> {
        let code = code.to_owned();
        self.readers.ask(move |db| db.first(ROOM_BY_CODE, [code], |row| room_row(row, 0))).await
    }

    async fn room_for(&self, id: &str, user: &str) -> Result<Option<(RoomRow, Option<MemberRow>)>, Error> {
        let key = (id.to_owned(), user.to_owned());
        self.readers.ask(move |db| db.first(ROOM_FOR, key, room_and_member)).await
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
                let fold: Option<String> = db.first(PUBLIC_AFTER, [&after], |row| row.get(0))?;
                let fold = fold.unwrap_or_default();
                db.all(PUBLIC, (&user, &fold, &after, &query, limit), room_and_member)
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
