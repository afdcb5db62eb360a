//! Read state.

use super::{Position, ReadWrite, Reads, Wish};
use crate::engine::{Engine, Group};
use crate::members::sql::{Place, keep_own, place};
use crate::rooms::sql::rooms_of;
use crate::sql::Failure;
use crate::{Ack, Error, Refused};
use async_trait::async_trait;

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &ReadWrite) -> Result<Ack, Failure> {
    match write {
        ReadWrite::Set { user, room, wish } => set(group, user, room, [*wish].into_iter()),
        ReadWrite::Several { user, room, wishes } => {
            set(group, user, room, wishes.iter().map(|intended| intended.wish))
        }
    }
}

fn set(group: &mut Group<'_, '_>, user: &str, room: &str, wishes: impl Iterator<Item = Wish>) -> Result<Ack, Failure> {
    let Place { room: now, mut member } = place(group, room, user)?.ok_or(Refused::NotAMember)?;
    let was = Position { version: member.version, read: member.read };
    // What one may not see is read.
    let within = |wish: Wish| Wish { seq: wish.seq.min(now.head).max(member.from - 1), ..wish };
    let end = wishes.fold(was, |position, wish| position.after(within(wish)));
    if end != was {
        (member.version, member.read) = (end.version, end.read);
        keep_own(group, member, &now)?;
    }
    Ok(Ack { room: Some(room.to_owned()), seq: Some(end.read), ..Ack::default() })
}

#[async_trait]
impl Reads for Engine {
    async fn totals(&self, user: &str) -> Result<(u64, u64), Error> {
        let user = user.to_owned();
        self.readers
            .ask(move |db| {
                let rooms = rooms_of(db, &user)?;
                Ok(rooms.iter().fold((0, 0), |(unread, mentions), (_, member)| {
                    (unread + member.unread, mentions + member.mentions)
                }))
            })
            .await
    }
}
