//! Read state on SQLite.

use super::{ReadWrite, Reads};
use crate::members::sqlite::{Place, keep_own, place};
use crate::rooms::sqlite::rooms_of;
use crate::sqlite::{Failure, Group, Sqlite};
use crate::{Ack, Error, Refused};
use async_trait::async_trait;

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &ReadWrite) -> Result<Ack, Failure> {
    let ReadWrite::Set { user, room, seq } = write;
    let Place { room: now, mut member } = place(group, room, user)?.ok_or(Refused::NotAMember)?;
    // What one may not see is read.
    let seq = (*seq).min(now.head).max(member.from - 1);
    if seq != member.read {
        if seq < member.read {
            member.version += 1;
        }
        member.read = seq;
        keep_own(group, member, &now)?;
    }
    Ok(Ack { room: Some(room.clone()), seq: Some(seq), ..Ack::default() })
}

#[async_trait]
impl Reads for Sqlite {
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
