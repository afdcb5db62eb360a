//! What a server stands on: SQLite alone, PostgreSQL alone, or PostgreSQL and NATS with three nodes.

use crate::companions::{Database, shared_nats, shared_postgres};
use crate::{Outcome, fail};
use std::env;

/// How many nodes stand on one database where there are several.
const NODES: usize = 3;

/// What a server stands on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// One node with SQLite in its data folder.
    Sqlite,
    /// One node on PostgreSQL.
    Postgres,
    /// Three nodes on one PostgreSQL, with NATS between them.
    Cluster,
}

impl Default for Stage {
    /// What `PARLOUR_STAGE` says, or SQLite.
    fn default() -> Stage {
        named().unwrap_or(Stage::Sqlite)
    }
}

fn named() -> Option<Stage> {
    let name = env::var("PARLOUR_STAGE").ok().filter(|name| !name.is_empty())?;
    let all = [Stage::Sqlite, Stage::Postgres, Stage::Cluster];
    let found = all.into_iter().find(|stage| stage.name() == name);
    Some(found.unwrap_or_else(|| panic!("PARLOUR_STAGE is {name}, but has to be sqlite, postgres or cluster")))
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Stage::Sqlite => "sqlite",
            Stage::Postgres => "postgres",
            Stage::Cluster => "cluster",
        }
    }

    /// Why nothing is played on this stage now; nothing: it is.
    pub fn skipped(self) -> Option<String> {
        if named().is_some_and(|chosen| chosen != self) {
            return Some(format!("PARLOUR_STAGE chooses another stage than {}", self.name()));
        }
        if self != Stage::Sqlite && shared_postgres().is_none() {
            return Some("PARLOUR_TEST_POSTGRES names no PostgreSQL: `make companions` starts one".into());
        }
        if self == Stage::Cluster && shared_nats().is_none() {
            return Some("PARLOUR_TEST_NATS names no NATS: `make companions` starts one".into());
        }
        None
    }

    /// The ties of this stage's nodes, on a new database: empty, or a copy of the one called `template`.
    pub(super) async fn ties(self, template: Option<&str>) -> Outcome<(Vec<Ties>, Option<Database>)> {
        if self == Stage::Sqlite {
            return Ok((vec![Ties::default()], None));
        }
        if let Some(reason) = self.skipped() {
            fail!("{reason}");
        }
        let database = Database::create(&shared_postgres().unwrap_or_default(), template).await?;
        let own = Ties { database: database.url(), nats: String::new() };
        let ties = match self {
            Stage::Cluster => vec![Ties { nats: shared_nats().unwrap_or_default(), ..own }; NODES],
            _ => vec![own],
        };
        Ok((ties, Some(database)))
    }
}

/// What a node is told of where the data and the other nodes are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ties {
    /// `postgres://…`; empty: SQLite in the data folder.
    pub database: String,
    /// `nats://…`; empty: there is no other node.
    pub nats: String,
}

impl Ties {
    /// The same as variables of the environment.
    pub(super) fn variables(&self) -> [(&'static str, &str); 2] {
        [("PARLOUR_DATABASE_URL", &self.database), ("PARLOUR_CLUSTER_NATS", &self.nats)]
    }
}
