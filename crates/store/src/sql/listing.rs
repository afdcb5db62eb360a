//! Every statement of both engines, for the tests that look at all of them.

use super::Sql;
use crate::copy::tables::TABLES;
use crate::{accounts, commit, copy, drafts, engine, import, invitations, members, messages, outbox, pins, postgres};
use crate::{pushes, reactions, rooms, saved, sessions, settings, sync};

type List = &'static [(&'static str, Sql)];

/// Every statement of every feature.
pub(crate) fn statements() -> Vec<(String, Sql)> {
    let features: [(&str, List); 20] = [
        ("accounts", accounts::sql::STATEMENTS),
        ("accounts::profiles", accounts::profiles::STATEMENTS),
        ("commit", commit::apply::STATEMENTS),
        ("drafts", drafts::sql::STATEMENTS),
        ("group", engine::group::STATEMENTS),
        ("import", import::sql::STATEMENTS),
        ("invitations", invitations::sql::STATEMENTS),
        ("members", members::sql::STATEMENTS),
        ("messages", messages::sql::STATEMENTS),
        ("messages::changes", messages::sql::changes::STATEMENTS),
        ("messages::writes", messages::sql::writes::STATEMENTS),
        ("pins", pins::sql::STATEMENTS),
        ("pushes", pushes::sql::STATEMENTS),
        ("reactions", reactions::sql::STATEMENTS),
        ("rooms", rooms::sql::STATEMENTS),
        ("saved", saved::sql::STATEMENTS),
        ("sessions", sessions::sql::STATEMENTS),
        ("settings", settings::sql::STATEMENTS),
        ("tombstones", engine::tombstones::STATEMENTS),
        ("sync", sync::sql::STATEMENTS),
    ];
    named(&features)
}

/// Those that only PostgreSQL is asked.
pub(crate) fn postgres_statements() -> Vec<(String, Sql)> {
    let lists: [(&str, List); 3] =
        [("copy", copy::STATEMENTS), ("outbox", outbox::sql::STATEMENTS), ("readers", postgres::readers::STATEMENTS)];
    let copied = TABLES.iter().flat_map(|table| {
        let all = [table.first(), table.after(), table.last(), table.insert(), table.any()];
        all.into_iter().map(|sql| (format!("copy::{}", table.name), sql))
    });
    named(&lists).into_iter().chain(copied).collect()
}

fn named(lists: &[(&str, List)]) -> Vec<(String, Sql)> {
    let named = |(feature, list): &(&str, List)| {
        list.iter().map(|(name, sql)| (format!("{feature}::{name}"), *sql)).collect::<Vec<_>>()
    };
    lists.iter().flat_map(named).collect()
}
