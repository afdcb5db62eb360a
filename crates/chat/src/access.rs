//! Access: the only way from a room's id to a room, and what somebody may do in it.
//!
//! Reading asks first. Writing does not: the transaction itself checks membership and role, so that nothing can come
//! between the check and the write, and a repeated `cid` is answered even by somebody who has left since.

use crate::caller::Actor;
use crate::{Chat, Refusal};
use store::members::{MemberRow, Role};
use store::rooms::{RoomKind, RoomRow};
use store::{Ack, Error, Origin, Refused, Write};

/// What somebody wants to do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Can {
    /// See that it is there, and what it is called: anybody, if it is public.
    See,
    /// Read, write, watch: members.
    Take,
}

/// A room in which the actor may do what was asked.
pub(crate) struct RoomAccess {
    pub(crate) room: RoomRow,
    /// The actor's place in it, while they are a member.
    pub(crate) member: Option<MemberRow>,
}

impl RoomAccess {
    pub(crate) fn role(&self) -> Option<Role> {
        self.member.as_ref().and_then(|member| member.role)
    }
}

/// A room that the store has chosen for the actor: one of their own, or a public one.
pub(crate) fn chosen(room: RoomRow, member: Option<MemberRow>) -> RoomAccess {
    RoomAccess { room, member }
}

/// The room, if `actor` may do that in it. A room that they may not even see is not told from none.
pub(crate) async fn room(chat: &Chat, actor: &Actor, id: &str, can: Can) -> Result<RoomAccess, Refusal> {
    let found = chat.store.room_for(id, &actor.user).await?;
    let (room, member) = found.ok_or(Refusal::NoSuchRoom)?;
    let access = RoomAccess { room, member };
    match (access.role(), can) {
        (None, Can::See) if access.room.kind == RoomKind::Public => Ok(access),
        (None, _) if access.room.kind == RoomKind::Public => Err(Refusal::NotAMember),
        (None, _) => Err(Refusal::NoSuchRoom),
        (Some(_), _) => Ok(access),
    }
}

/// Writes to a room. `needs` says who may, where the transaction finds that the actor may not. To somebody who is not
/// in the room no refusal tells more than [`room`] would.
pub(crate) async fn write(
    chat: &Chat,
    actor: &Actor,
    origin: Origin,
    room_id: &str,
    needs: &'static str,
    write: impl Into<Write>,
) -> Result<Ack, Refusal> {
    match chat.store.write(origin, write.into()).await {
        Err(Error::Refused(refused)) if refused != Refused::CidReused => {
            room(chat, actor, room_id, Can::Take).await?;
            Err(match refused {
                Refused::NotAllowed => Refusal::RoleNeeded { needs },
                other => other.into(),
            })
        }
        result => Ok(result?),
    }
}
