//! PostgreSQL and NATS: those that the environment names, for most tests, and some of a test's own, for faults.

mod certificates;
mod database;
mod nats;
mod postgres;
mod programs;

pub use certificates::Certificates;
pub use database::{Database, sql};
pub use nats::Nats;
pub use postgres::Postgres;

use std::env;

/// A PostgreSQL on which a role may make databases: `PARLOUR_TEST_POSTGRES`.
pub fn shared_postgres() -> Option<String> {
    env::var("PARLOUR_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// A NATS that nobody kills: `PARLOUR_TEST_NATS`.
pub fn shared_nats() -> Option<String> {
    env::var("PARLOUR_TEST_NATS").ok().filter(|url| !url.is_empty())
}

/// Why a test cannot start a PostgreSQL and a NATS of its own; nothing: it can.
pub fn missing() -> Option<String> {
    if programs::postgres("postgres").is_none() {
        return Some(
            "there is no PostgreSQL to start: install postgresql, or name its bin in PARLOUR_POSTGRES_BIN".into(),
        );
    }
    if programs::nats().is_none() {
        return Some("there is no NATS to start: install nats-server, or name it in PARLOUR_NATS_SERVER".into());
    }
    None
}
