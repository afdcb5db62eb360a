//! Writes to members.

use super::{Place, SUCCESSOR, member_row, place, seat, set_role, unseat};
use crate::engine::Group;
use crate::members::{MemberRow, MemberWrite, Role};
use crate::messages::MessageKind;
use crate::messages::sql::{Line, post_line};
use crate::rooms::sql as rooms;
use crate::rooms::{RoomKind, RoomRow};
use crate::sql::Failure;
use crate::{Ack, Millis, Refused};

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &MemberWrite) -> Result<Ack, Failure> {
    let room = match write {
        MemberWrite::Join { user, room, code } => {
            let found = to_join(group, user, room.as_deref(), code.as_deref())?;
            join(group, found, user, at)?
        }
        MemberWrite::Leave { user, room } => {
            leave(group, named_place(group, room, user)?, at)?;
            room.clone()
        }
        MemberWrite::Kick { user, room, by, code } => {
            kick(group, named_place(group, room, by)?, user, code, at)?;
            room.clone()
        }
        MemberWrite::SetRole { user, room, by, role } => {
            change_role(group, named_place(group, room, by)?, user, *role)?;
            room.clone()
        }
        MemberWrite::Hide { user, room } => {
            hide(group, place(group, room, user)?.ok_or(Refused::NotAMember)?)?;
            room.clone()
        }
        MemberWrite::Notify { user, room, notify, muted } => {
            let Place { room: now, mut member } = place(group, room, user)?.ok_or(Refused::NotAMember)?;
            if (member.notify, member.muted) != (*notify, *muted) {
                (member.notify, member.muted) = (*notify, *muted);
                super::keep_own(group, member, &now)?;
            }
            room.clone()
        }
    };
    Ok(Ack { room: Some(room), ..Ack::default() })
}

/// The room that the user may come into, or is in already.
fn to_join(group: &Group<'_, '_>, user: &str, room: Option<&str>, code: Option<&str>) -> Result<RoomRow, Failure> {
    if let Some(code) = code {
        return Ok(rooms::find_by_code(group, code)?.ok_or(Refused::CodeUnknown)?);
    }
    let found = rooms::find(group, room.unwrap_or(""))?.ok_or(Refused::NoSuchRoom)?;
    if found.kind != RoomKind::Public && !super::is_member(group, &found.id, user)? {
        return Err(Refused::NoSuchRoom.into());
    }
    Ok(found)
}

fn join(group: &mut Group<'_, '_>, mut room: RoomRow, user: &str, at: Millis) -> Result<String, Failure> {
    if super::is_member(group, &room.id, user)? {
        return Ok(room.id);
    }
    let role = if room.members == 0 { Role::Owner } else { Role::Member };
    post_line(group, &mut room, Line { kind: MessageKind::Join, author: user, subject: None, text: "", at })?;
    let seat = seat(group, &mut room, user, role, at)?;
    rooms::keep_numbers(group, &room)?;
    seat.tell(group, &room);
    Ok(room.id)
}

fn leave(group: &mut Group<'_, '_>, Place { mut room, member }: Place, at: Millis) -> Result<(), Failure> {
    if room.kind == RoomKind::Private && room.members == 1 {
        return rooms::end_room(group, &mut room);
    }
    let owned = member.role == Some(Role::Owner);
    let user = &member.user;
    post_line(group, &mut room, Line { kind: MessageKind::Leave, author: user, subject: None, text: "", at })?;
    let seat = unseat(group, &mut room, member)?;
    if owned && let Some(mut successor) = successor(group, &room.id)? {
        set_role(group, &mut room, &mut successor, Role::Owner)?;
    }
    rooms::keep_numbers(group, &room)?;
    seat.tell(group, &room);
    Ok(())
}

fn successor(group: &Group<'_, '_>, room: &str) -> Result<Option<MemberRow>, Failure> {
    group.first(SUCCESSOR, [room], |row| member_row(row, 0))
}

fn kick(group: &mut Group<'_, '_>, by: Place, user: &str, code: &str, at: Millis) -> Result<(), Failure> {
    let Place { mut room, member: by } = by;
    let member = place(group, &room.id, user)?.ok_or(Refused::NoSuchUser)?.member;
    if by.role < Some(Role::Moderator) || member.role >= by.role {
        return Err(Refused::NotAllowed.into());
    }
    let line = Line { kind: MessageKind::Kick, author: &by.user, subject: Some(user), text: "", at };
    post_line(group, &mut room, line)?;
    let seat = unseat(group, &mut room, member)?;
    rooms::keep_numbers(group, &room)?;
    seat.tell(group, &room);
    if room.kind == RoomKind::Private {
        room.code = Some(code.to_owned());
        rooms::tell_room(group, &mut room)?;
    }
    Ok(())
}

fn change_role(group: &mut Group<'_, '_>, by: Place, user: &str, role: Role) -> Result<(), Failure> {
    let Place { mut room, member: mut by } = by;
    let mut member = place(group, &room.id, user)?.ok_or(Refused::NoSuchUser)?.member;
    if by.role != Some(Role::Owner) {
        return Err(Refused::NotAllowed.into());
    }
    if member.role == Some(role) {
        return Ok(());
    }
    // Among several people only the owner is not below the owner: the place is given away, never laid down.
    if member.user == by.user {
        return Err(Refused::NotAllowed.into());
    }
    set_role(group, &mut room, &mut member, role)?;
    if role == Role::Owner {
        set_role(group, &mut room, &mut by, Role::Moderator)?;
    }
    rooms::keep_numbers(group, &room)
}

fn hide(group: &mut Group<'_, '_>, Place { room, mut member }: Place) -> Result<(), Failure> {
    if room.kind != RoomKind::Direct {
        return Err(Refused::WrongKind.into());
    }
    if member.hidden == Some(room.head) {
        return Ok(());
    }
    member.hidden = Some(room.head);
    super::keep_own(group, member, &room)
}

/// A place in a public or private room: one with roles, lines, comings and goings. Refused: `NotAMember`, `WrongKind`.
fn named_place(group: &Group<'_, '_>, room: &str, user: &str) -> Result<Place, Failure> {
    let found = place(group, room, user)?.ok_or(Refused::NotAMember)?;
    if found.room.kind == RoomKind::Direct { Err(Refused::WrongKind.into()) } else { Ok(found) }
}
