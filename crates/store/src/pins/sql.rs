//! Pins: two columns of the message, with an index of those that have them.

use super::{MOST, PinWrite, Pins};
use crate::engine::{Engine, Group};
use crate::messages::sql::changes::{place, tell, text_message};
use crate::messages::sql::message_row;
use crate::messages::{MessageRow, Pinned};
use crate::sql::Failure;
use crate::sql::statements::{may_see, message_columns, statements};
use crate::{Ack, Error, Millis, Refused};
use async_trait::async_trait;

statements! {
    IS_FULL = "SELECT 1 FROM messages WHERE room = ?1 AND pinned IS NOT NULL LIMIT 1 OFFSET ?2";
    KEEP = "UPDATE messages SET pinned_by = ?3, pinned = ?4, worded = coalesce(worded, gv), gv = ?5
        WHERE room = ?1 AND seq = ?2";
    LIST = concat!("SELECT ", message_columns!(), " FROM messages a INDEXED BY messages_pinned
        WHERE a.room = ?1 AND a.pinned IS NOT NULL AND ", may_see!(), " ORDER BY a.pinned DESC, a.seq DESC LIMIT ?3");
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &PinWrite) -> Result<Ack, Failure> {
    let PinWrite::Set { room, seq, by, on } = write;
    let place = place(group, room, by)?;
    let mut message = text_message(group, &place, room, *seq, by)?;
    if message.deleted {
        return Err(Refused::Deleted.into());
    }
    let ack = Ack { room: Some(room.clone()), seq: Some(*seq), ..Ack::default() };
    if message.pinned.is_some() == *on {
        return Ok(ack);
    }
    if *on && group.exists(IS_FULL, (room, MOST - 1))? {
        return Err(Refused::TooMany(MOST).into());
    }
    message.gv = group.next_g();
    message.pinned = on.then(|| Pinned { by: by.clone(), time: at });
    group.run(KEEP, (room, seq, on.then_some(by), on.then_some(at), message.gv))?;
    tell(group, place.g, message)?;
    Ok(ack)
}

#[async_trait]
impl Pins for Engine {
    async fn pins(&self, room: &str, user: &str) -> Result<Vec<MessageRow>, Error> {
        let key = (room.to_owned(), user.to_owned(), MOST);
        self.readers.ask(move |db| db.all(LIST, key, message_row)).await
    }
}
