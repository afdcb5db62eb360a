//! Repair: what nobody told this node is read in the database.

use super::{Commit, Order, wire};
use crate::{Backlog, Figures, Kept};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How often the database is asked where nothing came, with NATS and without it: a node may end between its commit and
/// its publishing.
const QUIET: Duration = Duration::from_secs(1);
const ALONE: Duration = Duration::from_millis(250);
/// Between two repairs, so that a hole which the database cannot fill yet does not keep it busy.
const BETWEEN: Duration = Duration::from_millis(20);
/// The pauses after the database did not answer.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// The longest that it may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Groups read at once.
const AT_ONCE: usize = 200;
/// Who has missed more than this starts over from the cursors of its clients.
const MOST_GROUPS: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;

/// Watches for holes and fills them, for as long as the process lives; `is_up` says whether NATS is there.
pub(super) async fn run(
    order: Arc<Order>,
    is_up: impl Fn() -> bool + Send + Sync,
    backlog: Arc<dyn Backlog>,
    figures: Arc<Figures>,
) {
    let mut pause = FIRST_PAUSE;
    let mut failing = false;
    loop {
        wait(&order, &is_up, &figures).await;
        match repair(&order, &*backlog).await {
            Ok(()) => {
                if std::mem::take(&mut failing) {
                    tracing::info!("the database answers again; the bus goes on");
                }
                pause = FIRST_PAUSE;
                sleep(BETWEEN).await;
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!("what other nodes committed cannot be read: {error}");
                }
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Returns when it is time to look into the database.
async fn wait(order: &Order, is_up: &(impl Fn() -> bool + Sync), figures: &Figures) {
    let looked = Instant::now();
    loop {
        let up = is_up();
        figures.bus.connected.store(up.into(), Ordering::Relaxed);
        let now = Instant::now();
        let (_, moved) = order.reached();
        let quiet = looked.max(moved) + if up { QUIET } else { ALONE };
        // Without NATS nothing is on its way.
        let hole = order.due().map(|due| if up { due } else { now });
        let due = hole.map_or(quiet, |hole| hole.min(quiet));
        if due <= now {
            if hole.is_some_and(|hole| hole <= now) {
                figures.bus.holes.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
        tokio::select! {
            () = sleep_until(due.min(now + ALONE)) => {}
            () = order.stuck.notified() => {}
            () = order.asked.notified() => return,
        }
    }
}

/// Tells what the database has and was not told.
async fn repair(order: &Order, backlog: &dyn Backlog) -> Result<(), String> {
    let asked = Instant::now();
    let (before, _) = order.reached();
    let newest = in_time(backlog.newest()).await?;
    if newest < before {
        tracing::error!("the database has gone back from commit {before} to {newest}; clients start over");
        order.go_back(newest);
        return Ok(());
    }
    let mut told = order.believe(newest, asked);
    let (mut groups, mut bytes) = (0, 0);
    while told < newest {
        let kept = in_time(backlog.since(told, AT_ONCE)).await?;
        groups += kept.len();
        bytes += kept.iter().map(|kept| kept.body.len()).sum::<usize>();
        let too_much = groups > MOST_GROUPS || bytes > MOST_BYTES;
        let filled = !kept.is_empty() && !too_much && kept.into_iter().all(|kept| fill(order, kept));
        let (reached, _) = order.reached();
        if !filled && reached < newest {
            tracing::warn!("the database no longer has what was committed after {reached}; clients reconnect");
            order.start_over(newest);
            return Ok(());
        }
        told = reached;
    }
    Ok(())
}

/// Tells one group; false if it cannot be read, or something before it is missing.
fn fill(order: &Order, kept: Kept) -> bool {
    let Kept { before, g, body } = kept;
    match wire::decode(body) {
        Ok(group) => order.repair(Commit { before, g }, group.into()),
        Err(garbled) => {
            tracing::warn!("the group of commit {g} cannot be read: {garbled}");
            false
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(ANSWER, answer).await.unwrap_or_else(|_| Err("it does not answer".to_owned()))
}
