//! Messages: reading them.

use super::{Anchor, MessageRow, Messages, Page, Pinned, Revision};
use crate::engine::Engine;
use crate::reactions::sql::shown as reactions;
use crate::sql::columns::split_ids;
use crate::sql::statements::{may_see, message_columns, statements};
use crate::sql::{Columns, Failure, Session, Sql};
use crate::{Error, Seq};
use async_trait::async_trait;

pub(crate) mod changes;
pub(crate) mod writes;

pub(crate) use writes::{Draft, Line, apply, post, post_line};

statements! {
    MESSAGE = concat!("SELECT ", message_columns!(), " FROM messages a WHERE a.room = ?1 AND a.seq = ?3 AND ",
        may_see!());
    BEFORE = concat!("SELECT ", message_columns!(), " FROM messages a WHERE a.room = ?1 AND a.seq < ?3 AND ",
        may_see!(), " ORDER BY a.seq DESC LIMIT ?4");
    FROM = concat!("SELECT ", message_columns!(), " FROM messages a WHERE a.room = ?1 AND a.seq >= ?3 AND ",
        may_see!(), " ORDER BY a.seq LIMIT ?4");
    ANY_BEFORE = concat!("SELECT 1 FROM messages a WHERE a.room = ?1 AND a.seq < ?3 AND ", may_see!(), "
        ORDER BY a.seq DESC LIMIT 1");
    ANY_FROM = concat!("SELECT 1 FROM messages a WHERE a.room = ?1 AND a.seq >= ?3 AND ", may_see!(), "
        ORDER BY a.seq LIMIT 1");
    REVISIONS = "SELECT text, time FROM revisions WHERE room = ?1 AND seq = ?2 ORDER BY gv LIMIT 100";
}

/// More than any `seq`.
const END: Seq = i64::MAX as Seq;

/// Reads `message_columns!()`.
pub(crate) fn message_row(row: &Columns<'_>) -> Result<MessageRow, Failure> {
    Ok(MessageRow {
        room: row.get(0)?,
        seq: row.get(1)?,
        gv: row.get(2)?,
        kind: row.get(3)?,
        author: row.get(4)?,
        subject: row.get(5)?,
        text: row.get(6)?,
        time: row.get(7)?,
        n: row.get(8)?,
        edited: row.get(9)?,
        deleted: row.get(10)?,
        reply_to: row.get(11)?,
        mentions: split_ids(row.text(12)?),
        all: row.get(13)?,
        reactions: reactions(row.text_or_null(14)?),
        pinned: match row.get(15)? {
            Some(by) => Some(Pinned { by, time: row.get(16)? }),
            None => None,
        },
    })
}

/// The newest messages that the user has not hidden, in rising `seq`.
pub(crate) fn tail(db: &Session<'_>, room: &str, user: &str, most: usize) -> Result<Vec<MessageRow>, Failure> {
    View { db, room, user }.before(END, most)
}

/// A room's history as one user sees it.
struct View<'a, 'c> {
    db: &'a Session<'c>,
    room: &'a str,
    user: &'a str,
}

impl View<'_, '_> {
    fn page(&self, anchor: Anchor, limit: usize) -> Result<Page, Failure> {
        let limit = limit.min(i64::MAX as usize - 1);
        match anchor {
            Anchor::Newest => self.page_before(END, limit),
            Anchor::Before(seq) => self.page_before(seq.min(END), limit),
            Anchor::After(seq) => self.page_from(seq.saturating_add(1).min(END), limit),
            Anchor::Around(seq) => {
                let half = limit / 2;
                let before = self.page_before(seq.min(END), half)?;
                let after = self.page_from(seq.min(END), limit - half)?;
                let messages = [before.messages, after.messages].concat();
                Ok(Page { messages, more_before: before.more_before, more_after: after.more_after })
            }
        }
    }

    fn page_before(&self, seq: Seq, limit: usize) -> Result<Page, Failure> {
        let mut messages = self.before(seq, limit + 1)?;
        let more_before = messages.len() > limit;
        if more_before {
            messages.remove(0);
        }
        Ok(Page { messages, more_before, more_after: self.any(ANY_FROM, seq)? })
    }

    fn page_from(&self, seq: Seq, limit: usize) -> Result<Page, Failure> {
        let mut messages = self.db.all(FROM, (self.room, self.user, seq, limit + 1), message_row)?;
        let more_after = messages.len() > limit;
        messages.truncate(limit);
        Ok(Page { messages, more_before: self.any(ANY_BEFORE, seq)?, more_after })
    }

    fn before(&self, seq: Seq, most: usize) -> Result<Vec<MessageRow>, Failure> {
        let mut messages = self.db.all(BEFORE, (self.room, self.user, seq, most), message_row)?;
        messages.reverse();
        Ok(messages)
    }

    fn any(&self, sql: Sql, seq: Seq) -> Result<bool, Failure> {
        self.db.exists(sql, (self.room, self.user, seq))
    }
}

#[async_trait]
impl Messages for Engine {
    async fn page(&self, room: &str, user: &str, anchor: Anchor, limit: usize) -> Result<Page, Error> {
        let (room, user) = (room.to_owned(), user.to_owned());
        self.readers
            // What stands before and after is said of the same moment as the page.
            .ask_at_once(move |db| View { db, room: &room, user: &user }.page(anchor, limit))
            .await
    }

    async fn message(&self, room: &str, seq: Seq, user: &str) -> Result<Option<MessageRow>, Error> {
        let key = (room.to_owned(), user.to_owned(), seq);
        self.readers.ask(move |db| db.first(MESSAGE, key, message_row)).await
    }

    async fn revisions(&self, room: &str, seq: Seq) -> Result<Vec<Revision>, Error> {
        let key = (room.to_owned(), seq);
        self.readers
            .ask(move |db| db.all(REVISIONS, key, |row| Ok(Revision { text: row.get(0)?, time: row.get(1)? })))
            .await
    }
}
