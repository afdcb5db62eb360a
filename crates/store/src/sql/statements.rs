//! How statements are written and named, so that a test can look at every one, and the columns that several share.

/// A statement, in the dialect that both engines share or in each one's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    /// Absent where PostgreSQL is asked the same.
    pub(crate) postgres: Option<&'static str>,
}

impl Sql {
    /// The text that PostgreSQL is asked, in the shared dialect.
    pub(crate) fn for_postgres(self) -> &'static str {
        self.postgres.unwrap_or(self.sqlite)
    }
}

/// Defines one constant for each statement, and `STATEMENTS` with all of them. Parameters are `?1`, `?2` in both
/// engines; where they need different texts, PostgreSQL's stands after SQLite's: `NAME = "…", postgres "…";`.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr $(, postgres $postgres:expr)?;)*) => {
        $($(#[$meta])* const $name: $crate::sql::Sql = $crate::sql::Sql {
            sqlite: $sql,
            postgres: $crate::sql::statements::last!(None $(, Some($postgres))?),
        };)*
        #[cfg(test)]
        /// Every statement of this feature, by name: they are checked on both engines.
        pub(crate) const STATEMENTS: &[(&str, $crate::sql::Sql)] = &[$((stringify!($name), $name)),*];
    };
}

/// The last of one or two.
macro_rules! last {
    ($one:expr) => {
        $one
    };
    ($one:expr, $other:expr) => {
        $other
    };
}

/// A user, of the table `u`; read by `accounts::sql::user_row`.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.display_name, u.status, u.time_zone, u.standing, u.disabled, u.password IS NOT NULL, \
         u.created, u.gv, u.status_until, u.do_not_disturb"
    };
}

/// A room, of the table `r`; read by `rooms::sql::room_row`.
macro_rules! room_columns {
    () => {
        "r.id, r.kind, r.name, r.topic, r.code, r.subject, r.users, r.members, r.created, r.head, r.count, \
         r.head_time, r.g, r.gv, r.deleted, r.history"
    };
}

/// A member, of the table `m`; read by `members::sql::member_row`.
macro_rules! member_columns {
    () => {
        "m.room, m.user, m.role, m.joined, m.gv, m.read, m.version, m.hidden, m.own_gv, m.first, m.notify, \
         m.muted"
    };
}

/// Unread messages and mentions of the member `m` in the room `r`: the deleted ones are counted one by one in the block
/// of 256 in which the position stands, and by blocks after it. Read by `members::sql::full_member_row`.
macro_rules! unread_columns {
    () => {
        "CASE WHEN m.role IS NULL THEN 0 ELSE r.count \
             - coalesce((SELECT a.n FROM messages a WHERE a.room = m.room AND a.seq = m.read), 0) \
             - (SELECT count(*) FROM messages d WHERE d.room = m.room AND d.seq > m.read \
                 AND d.seq < (m.read / 256 + 1) * 256 AND d.deleted = 1) \
             - (SELECT CAST(coalesce(sum(b.count), 0) AS BIGINT) FROM deletions b \
                 WHERE b.room = m.room AND b.block > m.read / 256) \
         END, \
         CASE WHEN m.role IS NULL THEN 0 ELSE \
             (SELECT count(*) FROM mentions c WHERE c.user = m.user AND c.room = m.room AND c.seq > m.read) \
             + (SELECT count(*) FROM everybody e WHERE e.room = m.room AND e.seq > m.read) END"
    };
}

/// A message, of the table `a`; read by `messages::sql::message_row`.
macro_rules! message_columns {
    () => {
        "a.room, a.seq, a.gv, a.kind, a.author, a.subject, a.text, a.time, a.n, a.edited, a.deleted, a.reply_to, \
         a.mentions, a.everybody, a.reactions, a.pinned_by, a.pinned"
    };
}

/// The condition that the user ?2 may see the message `a` of the room ?1: is in the room at the moment of the statement,
/// it is not from before their time there, and not hidden by them.
macro_rules! may_see {
    () => {
        "a.seq >= (SELECT v.first FROM members v WHERE v.room = ?1 AND v.user = ?2 AND v.role IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.user = ?2 AND h.room = a.room AND h.seq = a.seq)"
    };
}

pub(crate) use {
    last, may_see, member_columns, message_columns, room_columns, statements, unread_columns, user_columns,
};
