//! What must not happen and is found all the same: replicas that are damaged, and data that has forgotten what is long gone.

use super::world::World;
use rusqlite::Connection;
use serde_json::json;
use tests::gathering::cid;
use tests::rest::Rest;
use tests::{Outcome, check, fail};

/// How many commands it may take until everything that is long gone is swept: each sweeps a little.
const SWEEPS: u64 = 200;

impl World {
    /// A device's replica is damaged; its next proof finds it.
    pub(super) fn damage(&mut self, at: usize) {
        let damaged = self.gadgets[at].device.seen().replica.damage(&mut self.dice);
        if damaged {
            self.tell(format!("{} is damaged", self.gadgets[at].device.name));
        }
    }

    /// Whatever was damaged on the rooms that a device looks at is found and repaired.
    pub(super) async fn heal(&self, at: usize) -> Outcome {
        let device = &self.gadgets[at].device;
        if !device.seen().replica.damaged.is_empty() {
            device.prove().await?;
        }
        Ok(())
    }

    /// Digests: each replica is damaged once more, finds it by itself, is whole again, and the server has counted it.
    pub(super) async fn damage_is_found(&mut self) -> Outcome {
        for at in 0..self.gadgets.len() {
            self.gadgets[at].device.seen().replica.damaged.clear();
            let before = self.divergences().await?;
            if !self.gadgets[at].device.seen().replica.damage(&mut self.dice) {
                continue;
            }
            let by_hello = self.gadgets[at].device.selective && self.dice.one_in(2);
            if by_hello {
                self.come_back(at).await?;
                self.gadgets[at].device.rest().await?;
            } else {
                let found = self.gadgets[at].device.prove().await?;
                check!(found == 1, "one block was damaged, the hourly check found {found}");
            }
            let name = self.gadgets[at].device.name.clone();
            let after = self.divergences().await?;
            let right = if by_hello { (before.0 + 1, before.1) } else { (before.0, before.1 + 1) };
            check!(after == right, "{name} was damaged once: divergences (done, hourly) {before:?}, then {after:?}");
        }
        Ok(())
    }

    /// More than 400 days pass in which nothing happens: what went before is swept away, and who was away since then
    /// starts over.
    pub(super) async fn years_pass(&mut self, at: usize) -> Outcome {
        self.server.kill().await?;
        self.statement("DELETE FROM days").await?;
        self.statement("INSERT INTO days (day, g) SELECT 1000, g FROM instance WHERE one = 1").await?;
        let gone = self.number("SELECT g FROM instance WHERE one = 1").await?;
        self.server.again().await?;
        self.tell(format!("years pass; what went up to {gone} is swept away"));
        // Rooms and places that went up to there and are still known.
        let left = format!(
            "SELECT (SELECT count(*) FROM rooms WHERE deleted = 1 AND gv <= {gone})
                + (SELECT count(*) FROM members WHERE role IS NULL AND place_g <= {gone})"
        );
        for sweep in 0.. {
            check!(sweep < SWEEPS, "after {sweep} commands something is left of what went up to {gone}");
            let status = json!({"status": format!("years later {sweep}"), "cid": cid()});
            check!(self.give(at, "profile.set", status).await?.is_ok(), "a profile cannot be changed");
            if self.number(&left).await? == 0 {
                break;
            }
        }
        self.model.forget_the_gone();
        for gadget in &mut self.gadgets {
            gadget.told_at = None;
        }
        Ok(())
    }

    /// Changes the data beside the server.
    async fn statement(&self, statement: &str) -> Outcome {
        match self.server.database() {
            Some(database) => database.ask(statement).await.map(drop),
            None => Ok(Connection::open(self.server.data().join("parlour.db"))?.execute_batch(statement)?),
        }
    }

    /// One number out of the data.
    async fn number(&self, question: &str) -> Outcome<u64> {
        match self.server.database() {
            Some(database) => Ok(database.ask(question).await?.parse()?),
            None => {
                let database = Connection::open(self.server.data().join("parlour.db"))?;
                Ok(database.query_row(question, [], |row| row.get(0))?)
            }
        }
    }

    /// How many blocks the nodes have seen differ: in `done`, and hourly.
    async fn divergences(&self) -> Outcome<(u64, u64)> {
        let mut counts = (0, 0);
        for address in self.server.addresses() {
            let operator = Rest::new(&address, Some("look"))?;
            let figures = operator.raw("GET", "/metrics", Vec::new()).await?.text().await?;
            let count = |cause: &str| {
                let name = format!("parlour_sync_divergence_total{{cause=\"{cause}\"}} ");
                figures.lines().find_map(|line| line.strip_prefix(&name)?.parse::<u64>().ok())
            };
            let (Some(done), Some(hourly)) = (count("done"), count("hourly")) else {
                fail!("no divergences among the metrics: {figures}")
            };
            counts = (counts.0 + done, counts.1 + hourly);
        }
        Ok(counts)
    }
}
