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
        let operator = Rest::new(self.server.address(), Some("look"))?;
        for at in 0..self.gadgets.len() {
            self.gadgets[at].device.seen().replica.damaged.clear();
            let before = divergences(&operator).await?;
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
            let after = divergences(&operator).await?;
            let right = if by_hello { (before.0 + 1, before.1) } else { (before.0, before.1 + 1) };
            check!(after == right, "{name} was damaged once: divergences (done, hourly) {before:?}, then {after:?}");
        }
        Ok(())
    }

    /// More than 400 days pass in which nothing happens: what went before is swept away, and who was away since then
    /// starts over.
    pub(super) async fn years_pass(&mut self, at: usize) -> Outcome {
        self.server.kill().await?;
        let path = self.server.data().join("parlour.db");
        let database = Connection::open(&path)?;
        database
            .execute_batch("DELETE FROM days; INSERT INTO days (day, g) SELECT 1000, g FROM instance WHERE one = 1;")?;
        let gone: u64 = database.query_row("SELECT g FROM instance WHERE one = 1", [], |row| row.get(0))?;
        drop(database);
        self.server.again().await?;
        self.tell(format!("years pass; what went up to {gone} is swept away"));
        for sweep in 0.. {
            check!(sweep < SWEEPS, "after {sweep} commands something is left of what went up to {gone}");
            let status = json!({"status": format!("years later {sweep}"), "cid": cid()});
            check!(self.give(at, "profile.set", status).await?.is_ok(), "a profile cannot be changed");
            if left(&Connection::open(&path)?, gone)? == 0 {
                break;
            }
        }
        self.model.forget_the_gone();
        for gadget in &mut self.gadgets {
            gadget.told_at = None;
        }
        Ok(())
    }
}

/// Rooms and places that went up to there and are still known.
fn left(database: &Connection, gone: u64) -> Outcome<u64> {
    let question = "SELECT (SELECT count(*) FROM rooms WHERE deleted = 1 AND gv <= ?1)
        + (SELECT count(*) FROM members WHERE role IS NULL AND place_g <= ?1)";
    Ok(database.query_row(question, [gone], |row| row.get(0))?)
}

/// How many blocks the server has seen differ: in `done`, and hourly.
async fn divergences(operator: &Rest) -> Outcome<(u64, u64)> {
    let figures = operator.raw("GET", "/metrics", Vec::new()).await?.text().await?;
    let count = |cause: &str| {
        let name = format!("parlour_sync_divergence_total{{cause=\"{cause}\"}} ");
        figures.lines().find_map(|line| line.strip_prefix(&name)?.parse::<u64>().ok())
    };
    match (count("done"), count("hourly")) {
        (Some(done), Some(hourly)) => Ok((done, hourly)),
        _ => fail!("no divergences among the metrics: {figures}"),
    }
}
