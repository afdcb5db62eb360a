//! What is copied: every table with its columns, those of its key first.

use crate::sql::Sql;
use std::sync::LazyLock;

/// A table and the statements that copy it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<&'static str>,
    /// How many of them are the key.
    pub(crate) keys: usize,
    texts: [String; 5],
}

impl Table {
    fn new(name: &'static str, keys: &str, columns: &'static str) -> Table {
        let columns: Vec<&str> = columns.split(' ').collect();
        let count = keys.split(' ').count();
        let (all, key) = (columns.join(", "), columns[..count].join(", "));
        let numbers = |count: usize| (1..=count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
        let (given, beyond, most) = (numbers(columns.len()), numbers(count), count + 1);
        let backwards = columns[..count].join(" DESC, ");
        let texts = [
            format!("SELECT {all} FROM {name} ORDER BY {key} LIMIT ?1"),
            format!("SELECT {all} FROM {name} WHERE ({key}) > ({beyond}) ORDER BY {key} LIMIT ?{most}"),
            format!("SELECT {key} FROM {name} ORDER BY {backwards} DESC LIMIT 1"),
            format!("INSERT INTO {name} ({all}) VALUES ({given})"),
            format!("SELECT 1 FROM {name} LIMIT 1"),
        ];
        Table { name, columns, keys: count, texts }
    }

    pub(crate) fn first(&'static self) -> Sql {
        shared(&self.texts[0])
    }

    pub(crate) fn after(&'static self) -> Sql {
        shared(&self.texts[1])
    }

    pub(crate) fn last(&'static self) -> Sql {
        shared(&self.texts[2])
    }

    pub(crate) fn insert(&'static self) -> Sql {
        shared(&self.texts[3])
    }

    pub(crate) fn any(&'static self) -> Sql {
        shared(&self.texts[4])
    }
}

fn shared(sqlite: &'static str) -> Sql {
    Sql { sqlite, postgres: None }
}

/// All of them but the outbox, which is for nodes that run, and the migrations, which each engine has of its own. The
/// instance is last: with it the copy is whole.
pub(crate) static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    vec![
        Table::new(
            "users",
            "id",
            "id username name_key skeleton display_name name_fold status time_zone standing disabled password created \
             gv chain_g status_until do_not_disturb",
        ),
        Table::new("sessions", "id", "id user token_hash label address created seen ended gv"),
        Table::new("invitations", "id", "id code_hash standing uses expires created setup gv"),
        Table::new(
            "rooms",
            "id",
            "id kind name name_fold topic code subject users members created head count head_time g gv deleted \
             import_key history",
        ),
        Table::new(
            "members",
            "room user",
            "room user role joined gv read version hidden own_gv place_g first notify muted",
        ),
        Table::new(
            "messages",
            "room seq",
            "room seq gv kind author subject text time n edited deleted reply_to mentions everybody reactions \
             pinned_by pinned worded",
        ),
        Table::new("deletions", "room block", "room block count"),
        Table::new("revisions", "room seq gv", "room seq gv text time"),
        Table::new("hidden", "user room seq", "user room seq gv"),
        Table::new("mentions", "user room seq", "user room seq"),
        Table::new("commands", "cid user", "cid user command input g at room seq subject_user answer"),
        Table::new("imported", "room digest", "room digest"),
        Table::new("reactions", "room seq emoji user", "room seq emoji user gv"),
        Table::new("everybody", "room seq", "room seq"),
        Table::new("saved", "user room seq", "user room seq gv gone"),
        Table::new("drafts", "user room", "user room text reply_to gv"),
        Table::new("settings", "user", "user chosen gv"),
        Table::new("days", "day", "day g"),
        Table::new("subscriptions", "session", "session user endpoint p256dh auth"),
        Table::new("pushed", "session room", "session room seq"),
        Table::new("instance", "one", "one epoch g everybody_g floor push_key"),
    ]
});
