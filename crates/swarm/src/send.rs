//! `send`: signed-in clients send into rooms, closed loop or at a fixed rate, and every delivery is accounted for.

mod member;
mod outcome;
mod places;
mod shapes;
mod tally;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::corpus;
use crate::link::Transport;
use crate::rest::{Account, Rest};
use crate::spread::Spread;
use crate::{Failure, process};
pub(crate) use outcome::Outcome;
use places::{connect, places};
use tally::Tally;

/// How long a delivery or an acknowledgement may be outstanding after the end before it counts as lost.
const GRACE: Duration = Duration::from_secs(15);
/// How often the end of the run is looked for: that, and a little more for each client, or looking would be the load.
const LOOK: Duration = Duration::from_millis(20);
const LOOK_EACH: Duration = Duration::from_micros(100);
/// How long after everybody has come the server is left alone, before anything is measured.
const SETTLE: Duration = Duration::from_secs(1);
/// Seconds that no run lasts: what would be due later is not sent.
const NEVER: f64 = 1e8;
/// Messages of one page of history.
const PAGE: u64 = 200;
/// Joins under way at once.
const JOINING: usize = 16;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's address; of several nodes, with commas between or said several times, those of all: the clients of
    /// each room are spread over them.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_delimiter = ',')]
    pub(crate) url: Vec<String>,
    /// Connections, spread over the rooms in turn.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) clients: u32,
    /// Accounts to register; connections share them in turn. Each registration costs the server 64 MiB for a moment.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) accounts: u32,
    /// Rooms to create; everybody watches and sends in one of them.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rooms: u32,
    /// Messages that each client has sent and not seen acknowledged (closed loop).
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000), conflicts_with = "rate")]
    pub(crate) flight: u32,
    /// Messages a second of all clients together, sent when they are due whatever the server does.
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// A file that `parlour-swarm town` wrote: its rooms and people are used, instead of registering and creating.
    #[arg(long, conflicts_with_all = ["accounts", "rooms"])]
    pub(crate) town: Option<PathBuf>,
    /// How long everybody is idle before anything is sent; what that costs is told.
    #[arg(long, default_value_t = 0)]
    pub(crate) idle: u64,
    /// How many percent of the clients do not look at their room; they are the last ones, too, and never send.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=99), conflicts_with = "stalled")]
    pub(crate) away: u32,
    /// A file of JSON lines (`room`, `text`; gzip or not): its texts are said, and its rooms' shares apply to `--rate`.
    #[arg(long)]
    pub(crate) corpus: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "websocket")]
    pub(crate) transport: Transport,
    /// Only that many clients send, the first ones.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) publishers: Option<u32>,
    /// How many percent of the clients, the last ones, neither read nor send until the others have ended.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=99))]
    pub(crate) stalled: u32,
    /// How long to measure.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// How long to send before measuring begins.
    #[arg(long, default_value_t = 1)]
    pub(crate) warm_up: u64,
    /// The length of a message's text.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(50..=10_000))]
    pub(crate) bytes: u32,
    /// The server's processes, to read their processor time and memory: one of each node.
    #[arg(long, value_delimiter = ',')]
    pub(crate) pid: Vec<u32>,
    /// Processes beside it, such as those of PostgreSQL and NATS, to read their processor time and that of their children.
    #[arg(long, value_delimiter = ',')]
    pub(crate) beside: Vec<u32>,
}

/// What the clients of a run have in common: when it is, and how far each room has come.
struct Board {
    /// How often a client looks whether it is over.
    look: Duration,
    /// From here on messages are sent.
    start: Instant,
    /// From here on messages are measured.
    begin: Instant,
    /// From here on nobody sends.
    end: Instant,
    /// The start of the run, from which the times in texts are counted.
    zero: Instant,
    /// Sent and not acknowledged.
    outstanding: AtomicI64,
    /// The highest acknowledged `seq` of each room.
    heads: Vec<AtomicU64>,
    /// Set once the heads are final: whoever has seen its room's head may go.
    draining: AtomicBool,
    /// From when a message was meant to be sent until its acknowledgement came, and until each client saw it.
    until_acknowledged: Mutex<Spread>,
    until_seen: Mutex<Spread>,
    /// The same of those that read late.
    until_seen_late: Mutex<Spread>,
}

impl Board {
    fn new(options: &Options, rooms: usize) -> Self {
        let zero = Instant::now();
        let start = zero + SETTLE + Duration::from_secs(options.idle);
        let begin = start + Duration::from_secs(options.warm_up);
        Self {
            start,
            look: LOOK + LOOK_EACH * options.clients,
            begin,
            end: begin + Duration::from_secs(options.seconds),
            zero,
            outstanding: AtomicI64::new(0),
            heads: (0..rooms).map(|_| AtomicU64::new(0)).collect(),
            draining: AtomicBool::new(false),
            until_acknowledged: Mutex::new(Spread::new()),
            until_seen: Mutex::new(Spread::new()),
            until_seen_late: Mutex::new(Spread::new()),
        }
    }

    /// Adds how long ago a message was meant to be sent, if that was not while warming up; answers whether what
    /// happens now is counted.
    fn note(&self, spread: &Mutex<Spread>, intended: Instant) -> bool {
        let now = Instant::now();
        if intended >= self.begin {
            spread.lock().unwrap_or_else(PoisonError::into_inner).add(now.saturating_duration_since(intended));
        }
        (self.begin..self.end).contains(&now)
    }
}

/// What was added to a spread, which is empty from then on.
fn take(spread: &Mutex<Spread>) -> Spread {
    std::mem::replace(&mut *spread.lock().unwrap_or_else(PoisonError::into_inner), Spread::new())
}

/// Sends as the options say; fails only when the load itself could not be made.
pub(crate) async fn run(options: &Options) -> Result<Outcome, Failure> {
    if options.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return Err("--rate must be more than 0".into());
    }
    let rests = options.url.iter().map(|url| Rest::new(url)).collect::<Result<Vec<_>, _>>()?;
    let rest = rests[0].clone();
    let (options, places) = &places(options, &rest).await?;
    eprintln!("connecting {} clients", options.clients);
    // The first of them makes the server read, answer and hold what it does whoever comes; that is not a connection's.
    let corpus = options.corpus.as_deref().map(corpus::read).transpose()?.unwrap_or_default();
    let topics = corpus::spread_over(&corpus, places.len());
    let mut members = connect(options, &rests, places, &topics, 0..1).await?;
    let before = settled(options).await;
    members.extend(connect(options, &rests, places, &topics, 1..options.clients).await?);
    let board = Arc::new(Board::new(options, places.len()));
    eprintln!("sending for {} s", options.warm_up + options.seconds);
    let mut running = JoinSet::new();
    for member in members {
        running.spawn(member.run(board.clone()));
    }
    let (idle, idle_memory) = idle(options, &board).await;
    sleep_until(board.begin).await;
    let before_it = Used::so_far(options);
    sleep_until(board.end).await;
    let after_it = Used::so_far(options);
    let memory = process::memory_of(&options.pid);
    settle(&board).await;

    let mut tally = Tally::new(0);
    while let Some(member) = running.join_next().await {
        tally.merge(member?);
    }
    let mut outcome = Outcome::new(options.clone(), tally, &board);
    outcome.cpu = before_it.server.zip(after_it.server).map(|(before, after)| after.saturating_sub(before));
    outcome.beside = before_it.beside.zip(after_it.beside).map(|(before, after)| after.saturating_sub(before));
    outcome.memory = memory;
    outcome.idle = idle;
    outcome.each = before
        .zip(idle_memory)
        .map(|(before, after)| (after as f64 - before as f64) / f64::from(options.clients.saturating_sub(1).max(1)));
    for (number, place) in places.iter().enumerate() {
        outcome.compare(&rest, &Account { token: place.tokens[0].clone() }, number, &place.id).await?;
    }
    Ok(outcome)
}

/// The processor time of a server and of what is beside it.
struct Used {
    server: Option<Duration>,
    beside: Option<Duration>,
}

impl Used {
    fn so_far(options: &Options) -> Self {
        Self { server: process::cpu_of(&options.pid), beside: process::cpu_of(&options.beside) }
    }
}

/// What the server holds once registering and starting have left its memory.
async fn settled(options: &Options) -> Option<u64> {
    let mut held = None;
    for pid in &options.pid {
        held = Some(held.unwrap_or(0) + process::settled_memory(*pid).await?);
    }
    held
}

/// Lets everybody be idle; answers what that cost of a processor, and what the server held at the end of it in KiB.
async fn idle(options: &Options, board: &Board) -> (Option<Duration>, Option<u64>) {
    sleep_until(board.start - Duration::from_secs(options.idle)).await;
    let before = process::cpu_of(&options.pid);
    sleep_until(board.start).await;
    let after = process::cpu_of(&options.pid);
    let memory = process::memory_of(&options.pid).map(|(now, _)| now);
    let cost = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    (cost.filter(|_| options.idle > 0), memory)
}

/// Waits until everything is acknowledged, or no longer than the grace; then lets the clients drain.
async fn settle(board: &Board) {
    let acknowledged = async {
        while board.outstanding.load(Ordering::Relaxed) > 0 {
            sleep(LOOK).await;
        }
    };
    if timeout(GRACE, acknowledged).await.is_err() {
        eprintln!("{} messages were never acknowledged", board.outstanding.load(Ordering::Relaxed));
    }
    board.draining.store(true, Ordering::Relaxed);
}
