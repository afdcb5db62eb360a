//! Members: reading them, and coming into a room and out of it.

use super::{MemberRow, Members, Notify, Role};
use crate::commit::Concern;
use crate::engine::{Engine, Group};
use crate::rooms::sql::{COLUMNS as ROOM_COLUMNS, room_row};
use crate::rooms::{History, RoomRow};
use crate::sql::statements::{member_columns, room_columns, statements, unread_columns};
use crate::sql::{Columns, Failure};
use crate::{Error, G, Millis, Refused, RoomId, Row, Seq};
use async_trait::async_trait;

mod writes;

pub(crate) use writes::apply;

statements! {
    PLACE = concat!("SELECT ", room_columns!(), ", ", member_columns!(), "
        FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.room = ?1 AND m.user = ?2 AND m.role IS NOT NULL AND r.deleted = 0");
    UNREAD = concat!("SELECT ", unread_columns!(), " FROM members m CROSS JOIN rooms r ON r.id = m.room
        WHERE m.room = ?1 AND m.user = ?2");
    IS_MEMBER = "SELECT 1 FROM members WHERE room = ?1 AND user = ?2 AND role IS NOT NULL";
    SEES = "SELECT 1 FROM members WHERE room = ?1 AND user = ?2 AND role IS NOT NULL AND first <= ?3";
    SEAT = "INSERT INTO members (room, user, role, joined, gv, read, version, hidden, own_gv, place_g, first)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, NULL, ?7, ?7, ?8)
        ON CONFLICT (room, user) DO UPDATE SET role = ?3, joined = ?4, gv = ?5, read = ?6, hidden = NULL, own_gv = ?7,
            place_g = ?7, first = ?8, notify = 0, muted = NULL
        RETURNING version";
    IS_EVERYWHERE = "SELECT 1 FROM members WHERE user = ?1 AND role IS NOT NULL LIMIT 1 OFFSET ?2";
    HIDE_SEAT = "UPDATE members SET hidden = ?3 WHERE room = ?1 AND user = ?2";
    UNSEAT = "UPDATE members SET role = NULL, gv = ?3, own_gv = ?4, place_g = ?4 WHERE room = ?1 AND user = ?2";
    KEEP_ROLE = "UPDATE members SET role = ?3, gv = ?4 WHERE room = ?1 AND user = ?2";
    KEEP_OWN = "UPDATE members SET read = ?3, version = ?4, hidden = ?5, own_gv = ?6, notify = ?7, muted = ?8
        WHERE room = ?1 AND user = ?2";
    SUCCESSOR = concat!("SELECT ", member_columns!(), " FROM members m
        WHERE m.room = ?1 AND m.role IS NOT NULL ORDER BY m.role DESC, m.joined, m.user LIMIT 1");
    ALL_PRESENT = concat!("SELECT ", member_columns!(), " FROM members m
        WHERE m.room = ?1 AND m.role IS NOT NULL ORDER BY m.role DESC, m.joined, m.user");
    PAGE = concat!("SELECT ", member_columns!(), " FROM members m
        WHERE m.room = ?1 AND m.user > ?2 AND m.role IS NOT NULL ORDER BY m.user LIMIT ?3");
    MEMBER = concat!("SELECT ", room_columns!(), ", ", member_columns!(), ", ", unread_columns!(), "
        FROM members m CROSS JOIN rooms r ON r.id = m.room WHERE m.room = ?1 AND m.user = ?2 AND r.deleted = 0");
    ROOM_IDS = "SELECT room FROM members WHERE user = ?1 AND role IS NOT NULL ORDER BY room";
}

/// How many columns [`member_row`] reads.
pub(crate) const COLUMNS: usize = 12;

/// Reads `member_columns!()`, from the column `at` on; unread and mentions stay 0.
pub(crate) fn member_row(row: &Columns<'_>, at: usize) -> Result<MemberRow, Failure> {
    Ok(MemberRow {
        room: row.get(at)?,
        user: row.get(at + 1)?,
        role: row.get(at + 2)?,
        joined: row.get(at + 3)?,
        gv: row.get(at + 4)?,
        read: row.get(at + 5)?,
        version: row.get(at + 6)?,
        hidden: row.get(at + 7)?,
        own_gv: row.get(at + 8)?,
        from: row.get(at + 9)?,
        notify: row.get(at + 10)?,
        muted: row.get(at + 11)?,
        unread: 0,
        mentions: 0,
    })
}

/// Reads `member_columns!(), unread_columns!()`, from the column `at` on.
pub(crate) fn full_member_row(row: &Columns<'_>, at: usize) -> Result<MemberRow, Failure> {
    let mut member = member_row(row, at)?;
    member.unread = row.get(at + COLUMNS)?;
    member.mentions = row.get(at + COLUMNS + 1)?;
    Ok(member)
}

/// A member now, with the room.
pub(crate) struct Place {
    pub(crate) room: RoomRow,
    pub(crate) member: MemberRow,
}

/// `user`'s place in the room; None where they have none now.
pub(crate) fn place(group: &Group<'_, '_>, room: &str, user: &str) -> Result<Option<Place>, Failure> {
    let read = |row: &Columns<'_>| Ok(Place { room: room_row(row, 0)?, member: member_row(row, ROOM_COLUMNS)? });
    group.first(PLACE, (room, user), read)
}

pub(crate) fn is_member(group: &Group<'_, '_>, room: &str, user: &str) -> Result<bool, Failure> {
    group.exists(IS_MEMBER, (room, user))
}

/// Whether `user` is a member now and may see the message with that `seq`.
pub(crate) fn is_member_who_sees(group: &Group<'_, '_>, room: &str, user: &str, seq: Seq) -> Result<bool, Failure> {
    group.exists(SEES, (room, user, seq))
}

/// A place that somebody took or lost in this write, and the step of their own chain that tells them.
pub(crate) struct Seat {
    pub(crate) member: MemberRow,
    step: (G, G),
}

impl Seat {
    /// Hides the room for its new member until something is said in it.
    pub(crate) fn hide(&mut self, group: &Group<'_, '_>, head: Seq) -> Result<(), Failure> {
        self.member.hidden = Some(head);
        group.run(HIDE_SEAT, (&self.member.room, &self.member.user, head))?;
        Ok(())
    }

    /// Tells the user, with the room as the write leaves it.
    pub(crate) fn tell(self, group: &mut Group<'_, '_>, room: &RoomRow) {
        let user = self.member.user.clone();
        group.tell_user(self.step, user, Row::Membership { member: self.member, room: room.clone() });
    }
}

/// Gives `user` a place: has read up to the head. Tells the room; the caller stores it and tells the user. Refused:
/// `TooMany`.
pub(crate) fn seat(
    group: &mut Group<'_, '_>,
    room: &mut RoomRow,
    user: &str,
    role: Role,
    at: Millis,
) -> Result<Seat, Failure> {
    let most = group.most_rooms.max(1);
    if group.exists(IS_EVERYWHERE, (user, most - 1))? {
        return Err(Refused::TooMany(most).into());
    }
    let in_room = group.step_room(room);
    let step = group.step_user(user)?;
    // The line of their coming is the first that they see.
    let from = if room.history == History::Joined { room.head.max(1) } else { 1 };
    let row = (&room.id, user, role, at, in_room.0, room.head, step.0, from);
    let version = group.one(SEAT, row, |row| row.get(0))?;
    room.members += 1;
    let member = MemberRow {
        room: room.id.clone(),
        user: user.to_owned(),
        role: Some(role),
        joined: at,
        gv: in_room.0,
        read: room.head,
        version,
        hidden: None,
        notify: Notify::Usual,
        muted: None,
        own_gv: step.0,
        from,
        unread: 0,
        mentions: 0,
    };
    group.tell_room(in_room, &room.id, Row::Member(member.clone()));
    Ok(Seat { member, step })
}

/// Takes the place away. Tells the room; the caller stores it and tells the user.
fn unseat(group: &mut Group<'_, '_>, room: &mut RoomRow, member: MemberRow) -> Result<Seat, Failure> {
    let in_room = group.step_room(room);
    room.members = room.members.saturating_sub(1);
    let seat = lose_place(group, member, in_room.0)?;
    group.tell_room(in_room, &room.id, Row::Member(seat.member.clone()));
    Ok(seat)
}

/// Takes everybody's place in a room that is deleted; it tells the room nothing more.
pub(crate) fn clear(group: &mut Group<'_, '_>, room: &RoomRow) -> Result<Vec<Seat>, Failure> {
    let present: Vec<MemberRow> = group.all(ALL_PRESENT, [&room.id], |row| member_row(row, 0))?;
    present.into_iter().map(|member| lose_place(group, member, room.gv)).collect()
}

fn lose_place(group: &mut Group<'_, '_>, mut member: MemberRow, gv: G) -> Result<Seat, Failure> {
    let step = group.step_user(&member.user)?;
    (member.role, member.gv, member.own_gv) = (None, gv, step.0);
    group.run(UNSEAT, (&member.room, &member.user, member.gv, member.own_gv))?;
    Ok(Seat { member, step })
}

/// Gives a member another role and tells the room, which the caller stores.
fn set_role(group: &mut Group<'_, '_>, room: &mut RoomRow, member: &mut MemberRow, role: Role) -> Result<(), Failure> {
    let step = group.step_room(room);
    (member.role, member.gv) = (Some(role), step.0);
    group.run(KEEP_ROLE, (&member.room, &member.user, role, member.gv))?;
    group.concern(step.0, Concern { everybody: false, users: vec![member.user.clone()] });
    group.tell_room(step, &room.id, Row::Member(member.clone()));
    Ok(())
}

/// Shows a hidden direct room again to one of its members.
pub(crate) fn show(group: &mut Group<'_, '_>, room: &RoomRow, user: &str) -> Result<(), Failure> {
    match place(group, &room.id, user)? {
        Some(Place { mut member, .. }) if member.hidden.is_some() => {
            member.hidden = None;
            keep_own(group, member, room)
        }
        _ => Ok(()),
    }
}

/// Stores the own part of a member row (read position, hidden, notices) and tells the user.
pub(crate) fn keep_own(group: &mut Group<'_, '_>, mut member: MemberRow, room: &RoomRow) -> Result<(), Failure> {
    let step = group.step_user(&member.user)?;
    member.own_gv = step.0;
    let (room_id, user, notices) = (&member.room, &member.user, (member.notify, member.muted));
    let row = (room_id, user, member.read, member.version, member.hidden, member.own_gv, notices.0, notices.1);
    group.run(KEEP_OWN, row)?;
    (member.unread, member.mentions) =
        group.one(UNREAD, (&member.room, &member.user), |row| Ok((row.get(0)?, row.get(1)?)))?;
    group.tell_user(step, member.user.clone(), Row::Read { member, head: room.head, count: room.count });
    Ok(())
}

#[async_trait]
impl Members for Engine {
    async fn members(&self, room: &str, after: Option<&str>, limit: usize) -> Result<Vec<MemberRow>, Error> {
        let key = (room.to_owned(), after.unwrap_or("").to_owned(), limit);
        self.readers.ask(move |db| db.all(PAGE, key, |row| member_row(row, 0))).await
    }

    async fn member(&self, room: &str, user: &str) -> Result<Option<(RoomRow, MemberRow)>, Error> {
        let key = (room.to_owned(), user.to_owned());
        self.readers
            .ask(move |db| db.first(MEMBER, key, |row| Ok((room_row(row, 0)?, full_member_row(row, ROOM_COLUMNS)?))))
            .await
    }

    async fn room_ids_of(&self, user: &str) -> Result<Vec<RoomId>, Error> {
        let user = user.to_owned();
        self.readers.ask(move |db| db.all(ROOM_IDS, [user], |row| row.get(0))).await
    }
}
