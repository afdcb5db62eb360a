//! Nodes on a PostgreSQL and a NATS of their own, with a proxy on every way between them.

use tests::Outcome;
use tests::companions::{Nats, Postgres};
use tests::gathering::Gathering;
use tests::proxy::Proxy;
use tests::server::{Setting, Ties};

/// All of an instance, to be broken piece by piece.
pub(super) struct House {
    pub(super) gathering: Gathering,
    pub(super) postgres: Postgres,
    pub(super) nats: Nats,
    /// Each node's way to the database.
    pub(super) to_postgres: Vec<Proxy>,
    /// Each node's way to the bus.
    pub(super) to_nats: Vec<Proxy>,
}

impl House {
    /// So many nodes; the first `members` of the people are in one room.
    pub(super) async fn of(nodes: usize, members: usize, setting: Setting) -> Outcome<House> {
        let (postgres, nats) = (Postgres::start().await?, Nats::start().await?);
        let (mut to_postgres, mut to_nats, mut ties) = (Vec::new(), Vec::new(), Vec::new());
        for node in 0..nodes {
            let database = postgres.url();
            let place = database.split(['@', '/']).nth(3).unwrap_or_default().to_string();
            let by = Proxy::to(&place, 1 + node as u64).await?;
            let database = database.replace(&place, by.place());
            to_postgres.push(by);
            let by = Proxy::to(nats.url().trim_start_matches("nats://"), 100 + node as u64).await?;
            ties.push(Ties { database, nats: format!("nats://{}", by.place()) });
            to_nats.push(by);
        }
        let gathering = Gathering::of(members, Setting { ties, ..setting }).await?;
        Ok(House { gathering, postgres, nats, to_postgres, to_nats })
    }
}
