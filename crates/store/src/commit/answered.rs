//! The row that a write is answered with, read in its own transaction.

use crate::accounts::AccountWrite;
use crate::commit::{Answered, Origin, Write};
use crate::engine::Group;
use crate::members::MemberWrite;
use crate::messages::MessageWrite;
use crate::sql::Failure;
use crate::{Ack, Seq, accounts, members, messages, rooms};

/// What the transaction leaves of the row that `write` is about.
pub(super) fn answered(group: &Group<'_, '_>, origin: &Origin, write: &Write, ack: &Ack) -> Result<Answered, Failure> {
    let (user, room) = (origin.user.as_deref().unwrap_or(""), ack.room.as_deref().unwrap_or(""));
    let found = match write {
        Write::Message(MessageWrite::Edit { seq, .. }) => message(group, room, *seq)?,
        Write::Reaction(_) | Write::Pin(_) => message(group, room, ack.seq.unwrap_or_default())?,
        Write::Member(MemberWrite::SetRole { user, .. }) => {
            members::sql::place(group, room, user)?.map(|place| Answered::Member(place.member))
        }
        Write::Room(_) | Write::Member(_) | Write::Read(_) => {
            rooms::sql::find_for(group, room, user)?.map(|(room, member)| Answered::Place(room, member))
        }
        Write::Account(AccountWrite::Profile { user, .. }) => Some(Answered::User(accounts::sql::find(group, user)?)),
        _ => None,
    };
    Ok(found.unwrap_or(Answered::Nothing))
}

fn message(group: &Group<'_, '_>, room: &str, seq: Seq) -> Result<Option<Answered>, Failure> {
    Ok(messages::sql::changes::find(group, room, seq)?.map(Answered::Message))
}
