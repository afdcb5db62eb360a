//! Random histories: many people on several devices do everything that can be done, over connections that break anywhere,
//! with a server that is killed and restored. At rest the eight statements about the cursor hold.
//!
//! `PARLOUR_HISTORIES` says how many, `PARLOUR_SEED` from which seed on; the seed of each that fails is printed.

mod askers;
mod bursts;
mod deeds;
mod proofs;
mod troubles;
mod world;
mod wounds;

use std::env;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tests::server::Stage;
use tests::{Failure, Outcome, check, contract};
use tokio::task::JoinSet;
use tokio::time::timeout;
use world::World;

/// How many run in `make test` on SQLite; a quarter of them on each of the other stages.
const USUALLY: u64 = 24;
/// How many run at once: most of the time each waits.
const AT_ONCE: usize = 10;
/// Far longer than any history takes on a busy machine; it only bounds how long one that hangs holds up the run.
const LONGEST: Duration = Duration::from_secs(600);
/// After so many it is said how far it has come.
const REPORT: u64 = 50;
/// How much of each failure is said once more at the end.
const BRIEF: usize = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_replica_is_what_the_server_shows_and_the_model_says() -> Outcome {
    histories(Stage::Sqlite, USUALLY).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_replica_is_what_a_server_on_postgres_shows() -> Outcome {
    histories(Stage::Postgres, USUALLY / 4).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_rest_every_replica_is_what_three_nodes_show() -> Outcome {
    histories(Stage::Cluster, USUALLY / 4).await
}

async fn histories(stage: Stage, usually: u64) -> Outcome {
    if let Some(reason) = stage.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let number = |name: &str| env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let drawn = u64::try_from(now % 1_000_000_000)?;
    let first = number("PARLOUR_SEED").unwrap_or(drawn);
    let histories = number("PARLOUR_HISTORIES").unwrap_or(usually);
    println!("{histories} histories from PARLOUR_SEED={first} on PARLOUR_STAGE={}", stage.name());
    let began = Instant::now();
    let (mut playing, mut failures) = (JoinSet::new(), Vec::new());
    let mut seeds = first..first + histories;
    let (mut totals, mut over) = ([0; 4], 0);
    loop {
        while playing.len() < AT_ONCE
            && let Some(seed) = seeds.next()
        {
            playing.spawn(async move { (seed, history(seed, stage).await) });
        }
        let Some(played) = playing.join_next().await else { break };
        over += 1;
        if over % REPORT == 0 {
            println!("{over} of {histories} are over after {} s, {} failed", began.elapsed().as_secs(), failures.len());
        }
        match played? {
            (_, Ok(counts)) => totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count),
            (seed, Err(failure)) => {
                let stage = stage.name();
                println!("PARLOUR_STAGE={stage} PARLOUR_SEED={seed} PARLOUR_HISTORIES=1 shows it again: {failure}");
                failures.push(brief(seed, &failure.0));
            }
        }
    }
    let [deeds, hellos, kills, restores] = totals;
    let took = began.elapsed().as_secs();
    println!(
        "{histories} histories in {took} s: {deeds} commands, {hellos} comings back, {kills} power cuts, {restores} restores; {} failed",
        failures.len()
    );
    check!(failures.is_empty(), "histories that failed:\n{}", failures.join("\n"));
    Ok(())
}

/// The end of a failure, which says what was wrong: a report's last lines are often all that is kept of it.
fn brief(seed: u64, failure: &str) -> String {
    let end = failure.rfind("\n  then").map_or(failure, |at| &failure[at..]).trim_start();
    let end: String = end.chars().take(BRIEF).collect();
    format!("PARLOUR_SEED={seed}: {end}")
}

async fn history(seed: u64, stage: Stage) -> Outcome<[u64; 4]> {
    let mut world = World::new(seed, stage).await?;
    let played = timeout(LONGEST, world.play()).await;
    let outcome = played.unwrap_or_else(|_| Err(Failure(format!("it had no end after {} s", LONGEST.as_secs()))));
    outcome.map_err(|failure| failure.during(world.story()))?;
    Ok(world.counts)
}

#[test]
fn every_writing_command_of_the_table_is_among_the_deeds() -> Outcome {
    // These leave nothing behind: they concern the connection, or are forgotten.
    let passing = ["typing.set", "presence.set", "watch.set", "sync.check", "messages.preview"];
    for (command, routes) in contract::table()? {
        let writes = routes.iter().any(|route| route.method != "GET") && !passing.contains(&command.as_str());
        let done = deeds::DEEDS.iter().any(|(_, deed)| *deed == command);
        check!(writes == done, "{command}: it writes: {writes}; it is among the deeds: {done}");
    }
    Ok(())
}
