//! Writes to rooms.

use super::{find_direct, insert, keep, keep_numbers, new_room};
use crate::engine::Group;
use crate::members::sql::{self as places, Place, Seat};
use crate::members::{MemberRow, Role};
use crate::messages::MessageKind;
use crate::messages::sql::{Line, post_line};
use crate::rooms::{History, RoomKind, RoomRow, RoomWrite};
use crate::sql::Failure;
use crate::{Ack, Millis, Refused, Row, UserId};

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &RoomWrite) -> Result<Ack, Failure> {
    let room = match write {
        RoomWrite::Create { id, owner, kind, name, topic, code } => {
            let mut room = new_room(id, *kind, name, at);
            room.topic.clone_from(topic);
            room.code = Some(code.clone());
            create(group, room, owner, at)?;
            id.clone()
        }
        RoomWrite::OpenDirect { id, opener, users, subject } => open_direct(group, at, id, opener, users, subject)?,
        RoomWrite::Update { room, by, name, topic, kind, history, code } => {
            let (mut now, member) = place_of_moderator(group, room, by)?;
            let wanted =
                Wanted { name: name.as_deref(), topic: topic.as_deref(), kind: *kind, history: *history, code };
            update(group, &mut now, &member, &wanted, at)?;
            room.clone()
        }
        RoomWrite::RenewCode { room, by, code } => {
            let (mut now, _) = place_of_moderator(group, room, by)?;
            now.code = Some(code.clone());
            tell_room(group, &mut now)?;
            room.clone()
        }
        RoomWrite::Delete { room, by } => {
            let Place { room: mut now, member } = places::place(group, room, by)?.ok_or(Refused::NotAMember)?;
            if now.kind == RoomKind::Direct {
                return Err(Refused::WrongKind.into());
            }
            if member.role != Some(Role::Owner) {
                return Err(Refused::NotAllowed.into());
            }
            end_room(group, &mut now)?;
            room.clone()
        }
    };
    Ok(Ack { room: Some(room), ..Ack::default() })
}

fn create(group: &mut Group<'_, '_>, mut room: RoomRow, owner: &str, at: Millis) -> Result<(), Failure> {
    if room.kind == RoomKind::Direct {
        return Err(Refused::WrongKind.into());
    }
    let directory = (room.kind == RoomKind::Public).then(|| group.step_everybody());
    let seat = places::seat(group, &mut room, owner, Role::Owner, at)?;
    room.gv = room.g;
    insert(group, &room, None)?;
    if let Some(step) = directory {
        group.tell_everybody(step, Row::Directory(room.clone()));
    }
    seat.tell(group, &room);
    Ok(())
}

fn open_direct(
    group: &mut Group<'_, '_>,
    at: Millis,
    id: &str,
    opener: &str,
    users: &[UserId],
    subject: &str,
) -> Result<String, Failure> {
    if let Some(room) = find_direct(group, users, subject)? {
        places::show(group, &room, opener)?;
        return Ok(room.id);
    }
    if !users.iter().any(|user| user == opener) || !users.is_sorted() {
        return Err(Failure::Broken("a direct room's people are sorted, the opener among them".into()));
    }
    let mut room = new_room(id, RoomKind::Direct, "", at);
    subject.clone_into(&mut room.subject);
    room.users = users.to_vec();
    let mut seats = Vec::<Seat>::with_capacity(users.len());
    for user in users {
        let mut seat = places::seat(group, &mut room, user, Role::Member, at)?;
        if user != opener {
            // Nobody can fill somebody else's list with empty rooms.
            seat.hide(group, room.head)?;
        }
        seats.push(seat);
    }
    room.gv = room.g;
    insert(group, &room, None)?;
    for seat in seats {
        seat.tell(group, &room);
    }
    Ok(room.id)
}

/// What an update asks for; absent fields stay.
struct Wanted<'a> {
    name: Option<&'a str>,
    topic: Option<&'a str>,
    kind: Option<RoomKind>,
    history: Option<History>,
    /// The join code of a room that turns private.
    code: &'a str,
}

fn update(
    group: &mut Group<'_, '_>,
    room: &mut RoomRow,
    by: &MemberRow,
    wanted: &Wanted<'_>,
    at: Millis,
) -> Result<(), Failure> {
    if wanted.kind == Some(RoomKind::Direct) {
        return Err(Refused::WrongKind.into());
    }
    let name = wanted.name.filter(|name| *name != room.name);
    let topic = wanted.topic.filter(|topic| *topic != room.topic);
    let was = room.kind;
    let kind = wanted.kind.unwrap_or(was);
    if wanted.history == Some(History::Joined) && kind != RoomKind::Private {
        return Err(Refused::WrongKind.into());
    }
    // What everybody can come in and read is hidden from nobody.
    let history = if kind == RoomKind::Private { wanted.history.unwrap_or(room.history) } else { History::All };
    if name.is_none() && topic.is_none() && kind == was && history == room.history {
        return Ok(());
    }
    room.history = history;
    if let Some(name) = name {
        name.clone_into(&mut room.name);
        post_line(group, room, Line { kind: MessageKind::Rename, author: &by.user, subject: None, text: name, at })?;
    }
    if let Some(topic) = topic {
        topic.clone_into(&mut room.topic);
        post_line(group, room, Line { kind: MessageKind::Topic, author: &by.user, subject: None, text: topic, at })?;
    }
    room.kind = kind;
    if was == RoomKind::Public && room.kind == RoomKind::Private {
        room.code = Some(wanted.code.to_owned());
    }
    tell_room(group, room)?;
    if RoomKind::Public == was || RoomKind::Public == room.kind {
        let step = group.step_everybody();
        let gone = room.kind != RoomKind::Public;
        group.tell_everybody(step, Row::Directory(RoomRow { deleted: gone, ..room.clone() }));
    }
    Ok(())
}

/// Stores the changed room and tells its members.
pub(crate) fn tell_room(group: &mut Group<'_, '_>, room: &mut RoomRow) -> Result<(), Failure> {
    let step = group.step_room(room);
    room.gv = step.0;
    keep(group, room)?;
    keep_numbers(group, room)?;
    group.tell_room(step, &room.id, Row::Room(room.clone()));
    Ok(())
}

/// Deletes the room: its members are told that they no longer are. Its messages stay on disk, out of reach.
pub(crate) fn end_room(group: &mut Group<'_, '_>, room: &mut RoomRow) -> Result<(), Failure> {
    let listed = room.kind == RoomKind::Public;
    room.deleted = true;
    room.code = None;
    room.members = 0;
    tell_room(group, room)?;
    for seat in places::clear(group, room)? {
        seat.tell(group, room);
    }
    if listed {
        let step = group.step_everybody();
        group.tell_everybody(step, Row::Directory(room.clone()));
    }
    Ok(())
}

fn place_of_moderator(group: &Group<'_, '_>, room: &str, by: &str) -> Result<(RoomRow, MemberRow), Failure> {
    let Place { room, member } = places::place(group, room, by)?.ok_or(Refused::NotAMember)?;
    if room.kind == RoomKind::Direct {
        return Err(Refused::WrongKind.into());
    }
    if member.role < Some(Role::Moderator) {
        return Err(Refused::NotAllowed.into());
    }
    Ok((room, member))
}
