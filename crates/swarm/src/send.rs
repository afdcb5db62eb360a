//! `send`: signed-in clients send into rooms, closed loop or at a fixed rate, and every delivery is accounted for.

mod member;
mod outcome;
mod shapes;
mod tally;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::corpus::{self, Topic};
use crate::link::Transport;
use crate::rest::{Account, Rest};
use crate::spread::Spread;
use crate::{Failure, process};
use member::{Member, Pace, Part};
pub(crate) use outcome::Outcome;
use tally::Tally;

/// How long a delivery or an acknowledgement may be outstanding after the end before it counts as lost.
const GRACE: Duration = Duration::from_secs(15);
/// How often the end of the run is looked for: that, and a little more for each client, or looking would be the load.
const LOOK: Duration = Duration::from_millis(20);
const LOOK_EACH: Duration = Duration::from_micros(100);
/// Seconds that no run lasts: what would be due later is not sent.
const NEVER: f64 = 1e8;
/// Messages of one page of history.
const PAGE: u64 = 200;
/// Joins under way at once.
const JOINING: usize = 16;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
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
    /// The server's process, to read its processor time and memory.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
}

/// What the clients of a run have in common: when it is, and how far each room has come.
struct Board {
    /// How often a client looks whether it is over.
    look: Duration,
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
}

impl Board {
    fn new(options: &Options, zero: Instant, rooms: usize) -> Self {
        let begin = Instant::now() + Duration::from_secs(options.warm_up);
        Self {
            look: LOOK + LOOK_EACH * options.clients,
            begin,
            end: begin + Duration::from_secs(options.seconds),
            zero,
            outstanding: AtomicI64::new(0),
            heads: (0..rooms).map(|_| AtomicU64::new(0)).collect(),
            draining: AtomicBool::new(false),
            until_acknowledged: Mutex::new(Spread::new()),
            until_seen: Mutex::new(Spread::new()),
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
    let rest = Rest::new(&options.url)?;
    eprintln!("registering {} accounts, creating {} rooms", options.accounts, options.rooms);
    let accounts = rest.register(options.accounts as usize).await?;
    let rooms = make_rooms(&rest, options, &accounts).await?;
    let zero = Instant::now();
    let idle = options.pid.and_then(process::memory);
    eprintln!("connecting {} clients", options.clients);
    let members = connect(options, &rest, &accounts, &rooms).await?;
    let board = Arc::new(Board::new(options, zero, rooms.len()));
    eprintln!("sending for {} s", options.warm_up + options.seconds);
    let mut running = JoinSet::new();
    for member in members {
        running.spawn(member.run(board.clone()));
    }
    sleep_until(board.begin).await;
    let cpu_before = options.pid.and_then(process::cpu);
    sleep_until(board.end).await;
    let cpu_after = options.pid.and_then(process::cpu);
    let memory = options.pid.and_then(process::memory);
    settle(&board).await;

    let mut tally = Tally::new(0);
    while let Some(member) = running.join_next().await {
        tally.merge(member?);
    }
    let mut outcome = Outcome::new(options.clone(), tally, take(&board.until_acknowledged), take(&board.until_seen));
    outcome.cpu = cpu_before.zip(cpu_after).map(|(before, after)| after.saturating_sub(before));
    outcome.memory = memory;
    outcome.idle = idle.map(|(now, _)| now);
    for (number, room) in rooms.iter().enumerate() {
        outcome.compare(&rest, &accounts[0], number, room).await?;
    }
    Ok(outcome)
}

async fn make_rooms(rest: &Rest, options: &Options, accounts: &[Account]) -> Result<Vec<String>, Failure> {
    let mut rooms = Vec::new();
    for number in 0..options.rooms as usize {
        let room = rest.create_room(&accounts[0], &format!("Swarm {number}")).await?;
        let clients = (number..options.clients as usize).step_by(options.rooms as usize);
        let mut here: Vec<usize> = clients.map(|client| account_of(client, options)).filter(|at| *at != 0).collect();
        here.sort_unstable();
        here.dedup();
        let mut joining = JoinSet::new();
        for account in here {
            if joining.len() >= JOINING {
                joining.join_next().await.transpose()?.transpose()?;
            }
            let (rest, account, room) = (rest.clone(), accounts[account].clone(), room.clone());
            joining.spawn(async move { rest.join(&account, &room).await });
        }
        while let Some(joined) = joining.join_next().await {
            joined??;
        }
        rooms.push(room);
    }
    Ok(rooms)
}

/// Which account a client uses: the clients of a room use different ones as far as there are enough.
fn account_of(client: usize, options: &Options) -> usize {
    (client + client / options.rooms as usize) % options.accounts as usize
}

/// Connects one after the other: a handshake takes far less time than a registration did.
async fn connect(
    options: &Options,
    rest: &Rest,
    accounts: &[Account],
    rooms: &[String],
) -> Result<Vec<Member>, Failure> {
    let authority = rest.authority()?;
    let corpus = options.corpus.as_deref().map(corpus::read).transpose()?.unwrap_or_default();
    let topics = corpus::spread_over(&corpus, rooms.len());
    let mut members = Vec::with_capacity(options.clients as usize);
    for number in 0..options.clients {
        let room = number as usize % rooms.len();
        let part = Part {
            token: accounts[account_of(number as usize, options)].token.clone(),
            number,
            room,
            room_id: rooms[room].clone(),
            pace: pace(options, number, &topics[room]),
            transport: options.transport,
            stalled: is_stalled(options, number),
            bytes: options.bytes,
            texts: topics[room].texts.clone(),
            first_text: number as usize / rooms.len(),
            stride: options.clients as usize / rooms.len() + 1,
        };
        members.push(Member::connect(&authority, part).await?);
    }
    Ok(members)
}

fn is_stalled(options: &Options, number: u32) -> bool {
    u64::from(options.clients - number) * 100 <= u64::from(options.clients) * u64::from(options.stalled)
}

/// With a rate, the senders of a room share the room's share of it.
fn pace(options: &Options, number: u32, topic: &Topic) -> Pace {
    let sends = |number: u32| number < options.publishers.unwrap_or(u32::MAX) && !is_stalled(options, number);
    let Some(rate) = options.rate else {
        return if sends(number) { Pace::Flight(options.flight) } else { Pace::Never };
    };
    let senders = (number % options.rooms..options.clients).step_by(options.rooms as usize);
    let senders = senders.take_while(|number| sends(*number)).count();
    if !sends(number) {
        return Pace::Never;
    }
    let rate = rate * topic.weight;
    let seconds = |messages: f64| Duration::from_secs_f64((messages / rate).min(NEVER));
    Pace::Every { first: seconds(f64::from(number / options.rooms)), period: seconds(senders as f64) }
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
