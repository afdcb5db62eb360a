//! How statements are named, so that a test can look at the plan of every one, and the columns that several share.

/// Defines one constant for each statement, and `STATEMENTS` with all of them.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$meta])* const $name: &str = $sql;)*
        #[cfg(test)]
        /// Every statement of this feature, by name: their plans are checked.
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// A user, of the table `u`; read by `accounts::sqlite::user_row`.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.display_name, u.status, u.time_zone, u.standing, u.disabled, u.password IS NOT NULL, \
         u.created, u.gv"
    };
}

/// A room, of the table `r`; read by `rooms::sqlite::room_row`.
macro_rules! room_columns {
    () => {
        "r.id, r.kind, r.name, r.topic, r.code, r.subject, r.users, r.members, r.created, r.head, r.count, \
         r.head_time, r.g, r.gv, r.deleted, r.history"
    };
}

/// A member, of the table `m`; read by `members::sqlite::member_row`.
macro_rules! member_columns {
    () => {
        "m.room, m.user, m.role, m.joined, m.gv, m.read, m.version, m.hidden, m.own_gv, m.first"
    };
}

/// Unread messages and mentions of the member `m` in the room `r`: the deleted ones are counted one by one in the block
/// of 256 in which the position stands, and by blocks after it. Read by `members::sqlite::full_member_row`.
macro_rules! unread_columns {
    () => {
        "CASE WHEN m.role IS NULL THEN 0 ELSE r.count \
             - coalesce((SELECT a.n FROM messages a WHERE a.room = m.room AND a.seq = m.read), 0) \
             - (SELECT count(*) FROM messages d WHERE d.room = m.room AND d.seq > m.read \
                 AND d.seq < (m.read / 256 + 1) * 256 AND d.deleted = 1) \
             - (SELECT coalesce(sum(b.count), 0) FROM deletions b WHERE b.room = m.room AND b.block > m.read / 256) \
         END, \
         CASE WHEN m.role IS NULL THEN 0 ELSE \
             (SELECT count(*) FROM mentions c WHERE c.user = m.user AND c.room = m.room AND c.seq > m.read) \
             + (SELECT count(*) FROM everybody e WHERE e.room = m.room AND e.seq > m.read) END"
    };
}

/// A message, of the table `a`; read by `messages::sqlite::message_row`.
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

pub(crate) use {may_see, member_columns, message_columns, room_columns, statements, unread_columns, user_columns};
