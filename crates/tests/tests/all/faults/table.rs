//! Each fault under load, and what became of the messages, as a table.

use super::load::{Account, Load};
use super::{House, long, skipped};
use std::time::Duration;
use tests::server::Setting;
use tests::{Outcome, check};
use tokio::time::{Instant, sleep};

const NODES: usize = 3;
const PEOPLE: usize = 4;
/// How long everything works before a fault, and after it.
const BEFORE: Duration = Duration::from_millis(500);
const AFTER: Duration = Duration::from_millis(1500);

/// What is broken, and mended again.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    KillNode,
    KillPostgres,
    KillNats,
    PausePostgres,
    PauseNats,
    TroubleWithPostgres,
    TroubleWithNats,
    NodeWithoutPostgres,
    TwoWithoutNats,
    RollingRestart,
}

const FAULTS: [Fault; 10] = [
    Fault::KillNode,
    Fault::KillPostgres,
    Fault::KillNats,
    Fault::PausePostgres,
    Fault::PauseNats,
    Fault::TroubleWithPostgres,
    Fault::TroubleWithNats,
    Fault::NodeWithoutPostgres,
    Fault::TwoWithoutNats,
    Fault::RollingRestart,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_whatever_fails() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let only = std::env::var("PARLOUR_ONLY").unwrap_or_default();
    let mut house = House::of(NODES, PEOPLE, Setting::default()).await?;
    let rounds = if long() { 5 } else { 1 };
    println!(
        "| fault | acknowledged | of them meanwhile | told to try again | served again after ms | lost | doubled |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for fault in FAULTS.into_iter().filter(|fault| format!("{fault:?}").contains(&only)) {
        for round in 0..rounds {
            let account = suffer(&mut house, fault, round).await.map_err(|failure| {
                let log = house.gathering.server.log();
                let grave: Vec<&str> =
                    log.lines().filter(|line| line.contains("ERROR") || line.contains("panicked")).take(20).collect();
                failure.during(format!("{fault:?}\n{}\n", grave.join("\n")))
            })?;
            judge(fault, &account)?;
        }
    }
    Ok(())
}

async fn suffer(house: &mut House, fault: Fault, round: usize) -> Outcome<Account> {
    let load = Load::start(&house.gathering, PEOPLE).await?;
    sleep(BEFORE).await;
    let begun = Instant::now();
    house.suffers(fault, round).await?;
    let ended = Instant::now();
    sleep(AFTER).await;
    load.end(house, (begun, ended)).await
}

fn judge(fault: Fault, account: &Account) -> Outcome {
    let Account { acknowledged, meanwhile, unavailable, lost, doubled, served } = account;
    println!(
        "| {fault:?} | {acknowledged} | {meanwhile} | {unavailable} | {} | {lost} | {doubled} |",
        served.as_millis()
    );
    check!(*lost == 0 && *doubled == 0, "{fault:?}: {lost} lost, {doubled} doubled");
    check!(*acknowledged > 50, "{fault:?}: only {acknowledged} messages were acknowledged: there was no load");
    let bus = [Fault::KillNats, Fault::PauseNats, Fault::TroubleWithNats, Fault::TwoWithoutNats];
    check!(!bus.contains(&fault) || *meanwhile > 10, "{fault:?}: nodes do not serve without the bus: {meanwhile}");
    Ok(())
}

impl House {
    async fn suffers(&mut self, fault: Fault, round: usize) -> Outcome {
        let node = round % NODES;
        match fault {
            Fault::KillNode => {
                self.gathering.server.nodes[node].kill().await?;
                sleep(Duration::from_secs(1)).await;
                self.gathering.server.nodes[node].again().await
            }
            Fault::KillPostgres => {
                self.postgres.kill().await?;
                sleep(Duration::from_secs(1)).await;
                self.postgres.again().await
            }
            Fault::KillNats => {
                self.nats.kill().await?;
                sleep(Duration::from_secs(1)).await;
                self.nats.again().await
            }
            Fault::PausePostgres => {
                self.postgres.pause().await?;
                sleep(Duration::from_secs(2)).await;
                self.postgres.resume().await
            }
            Fault::PauseNats => {
                self.nats.pause().await?;
                sleep(Duration::from_secs(2)).await;
                self.nats.resume().await
            }
            Fault::RollingRestart => self.rolling_restart().await,
            fault => self.suffers_on_the_way(fault, node).await,
        }
    }

    async fn suffers_on_the_way(&mut self, fault: Fault, node: usize) -> Outcome {
        match fault {
            Fault::TroubleWithPostgres | Fault::TroubleWithNats => {
                let ways = if fault == Fault::TroubleWithPostgres { &self.to_postgres } else { &self.to_nats };
                ways.iter().for_each(|way| way.trouble(true));
                let times = if long() { 40 } else { 8 };
                for time in 0..times {
                    // Every connection has one fate: each is made anew now and then.
                    ways[time % NODES].cut();
                    sleep(Duration::from_millis(250)).await;
                }
                ways.iter().for_each(|way| way.trouble(false));
            }
            Fault::NodeWithoutPostgres => {
                self.to_postgres[node].shut(true);
                sleep(Duration::from_secs(2)).await;
                self.to_postgres[node].shut(false);
            }
            _ => {
                let time = if long() { 30 } else { 4 };
                let two = [node, (node + 1) % NODES];
                two.iter().for_each(|node| self.to_nats[*node].halt(true));
                sleep(Duration::from_secs(time)).await;
                two.iter().for_each(|node| self.to_nats[*node].halt(false));
            }
        }
        Ok(())
    }

    /// Each node in turn ends in good order and is started again, as an upgrade does it.
    async fn rolling_restart(&mut self) -> Outcome {
        for node in &mut self.gathering.server.nodes {
            let status = node.stop().await?;
            check!(status.success(), "a node ended with {status}:\n{}", node.log());
            node.again().await?;
            sleep(Duration::from_millis(300)).await;
        }
        Ok(())
    }
}
