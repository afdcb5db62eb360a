//! `crowd`: what connections cost a Socket.IO server of which only one room is known, while idle and while one sends.
//! It is for those beside whom Parlour is measured; nothing is checked but that deliveries come.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::link::{Link, Packet, Transport};
use crate::spread::Spread;
use crate::{Failure, process};

/// How long after the end a delivery is still waited for.
const GRACE: Duration = Duration::from_secs(3);
/// How long the crowd is left alone before anything is measured.
const SETTLE: Duration = Duration::from_secs(1);

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// Where it listens: HOST:PORT.
    #[arg(long)]
    authority: String,
    /// Its process.
    #[arg(long)]
    pid: u32,
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    clients: u32,
    /// Only that many of them enter the room, the first ones.
    #[arg(long)]
    joined: Option<u32>,
    /// How many percent, the last ones, read nothing while the first one sends.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=99))]
    stalled: u32,
    /// What enters the room.
    #[arg(long, default_value = r#"42["join","r"]"#)]
    join: String,
    /// The name of the event that is sent, with one argument `{"b": TEXT}`, and comes back to all.
    #[arg(long, default_value = "msg")]
    event: String,
    /// How long everybody is idle first.
    #[arg(long, default_value_t = 0)]
    idle: u64,
    /// Messages a second.
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// How long to send; 0 for not at all.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[arg(long, default_value_t = 100)]
    bytes: u32,
}

/// The figures of one run.
pub(crate) struct Outcome {
    options: Options,
    opened: Duration,
    each: Option<f64>,
    idle: Option<Duration>,
    cpu: Option<Duration>,
    /// What the server held at the end and at most, in KiB.
    memory: Option<(u64, u64)>,
    seen: Spread,
    due: u64,
    gone: u64,
}

/// What all connections of a run share.
struct Board {
    /// From which the times in the texts are counted.
    zero: Instant,
    start: Instant,
    end: Instant,
    seen: Mutex<Spread>,
}

/// Connects, waits, sends and listens.
pub(crate) async fn run(options: &Options) -> Result<Outcome, Failure> {
    if !(options.rate > 0.0 && options.rate.is_finite()) {
        return Err("--rate must be more than 0".into());
    }
    let (tell, told) = watch::channel(None);
    let mut running = JoinSet::new();
    open(options, 0..1, &told, &mut running).await?;
    let before = process::settled_memory(options.pid).await;
    let begun = Instant::now();
    open(options, 1..options.clients, &told, &mut running).await?;
    let zero = Instant::now();
    let start = zero + SETTLE + Duration::from_secs(options.idle);
    let board = Arc::new(Board {
        zero,
        start,
        end: start + Duration::from_secs(options.seconds),
        seen: Mutex::new(Spread::new()),
    });
    tell.send_replace(Some(board.clone()));
    sleep_until(start - Duration::from_secs(options.idle)).await;
    let idle_before = process::cpu(options.pid);
    sleep_until(start).await;
    let idle_after = process::cpu(options.pid);
    let after = process::memory(options.pid).map(|(now, _)| now);
    sleep_until(board.end).await;
    let cpu = process::cpu(options.pid);
    let memory = process::memory(options.pid);
    let mut gone = 0;
    while let Some(ended) = running.join_next().await {
        gone += u64::from(ended?.is_err());
    }
    let less = |from: Option<Duration>, to: Option<Duration>| Some(to?.saturating_sub(from?));
    let seen = std::mem::replace(&mut *board.seen.lock().unwrap_or_else(PoisonError::into_inner), Spread::new());
    Ok(Outcome {
        options: options.clone(),
        opened: zero - begun,
        each: before.zip(after).map(|(a, b)| (b as f64 - a as f64) / f64::from(options.clients.max(2) - 1)),
        idle: less(idle_before, idle_after).filter(|_| options.idle > 0),
        cpu: less(idle_after, cpu).filter(|_| options.seconds > 0),
        memory,
        seen,
        due: (options.seconds as f64 * options.rate) as u64 * u64::from(options.readers()),
        gone,
    })
}

impl Options {
    fn joins(&self) -> u32 {
        self.joined.unwrap_or(self.clients).min(self.clients)
    }

    fn stalls(&self, number: u32) -> bool {
        u64::from(self.clients - number) * 100 <= u64::from(self.clients) * u64::from(self.stalled)
    }

    /// Those in the room who read.
    fn readers(&self) -> u32 {
        (0..self.joins()).filter(|number| !self.stalls(*number)).count() as u32
    }
}

/// Connects one after the other; each is listened to at once, since some end those that leave a ping unanswered.
async fn open(
    options: &Options,
    numbers: Range<u32>,
    told: &watch::Receiver<Option<Arc<Board>>>,
    running: &mut JoinSet<Result<(), Failure>>,
) -> Result<(), Failure> {
    for number in numbers {
        let mut link = Link::connect(&options.authority, "none", Transport::Websocket, options.stalls(number)).await?;
        if number < options.joins() {
            link.text(&options.join);
            link.flush().await?;
        }
        let (options, mut told) = (options.clone(), told.clone());
        running.spawn(async move {
            let board = loop {
                let known = told.borrow().clone();
                if let Some(board) = known {
                    break board;
                }
                tokio::select! {
                    changed = told.changed() => changed?,
                    read = link.fill() => read?,
                }
                while link.next()?.is_some() {}
                link.flush().await?;
            };
            listen(link, number, &options, &board).await
        });
    }
    Ok(())
}

/// One connection; the first one sends.
async fn listen(mut link: Link, number: u32, options: &Options, board: &Board) -> Result<(), Failure> {
    let (prefix, padding) = (format!("[\"{}\",", options.event), "x".repeat(options.bytes as usize));
    let period = Duration::from_secs_f64(1.0 / options.rate);
    let mut sent = 0;
    loop {
        let now = Instant::now();
        if now > board.end + GRACE {
            return Ok(());
        }
        if options.stalls(number) && (board.start..board.end).contains(&now) {
            sleep_until(board.end).await;
        }
        let mut look = board.end + GRACE;
        if number == 0 {
            look = board.start + period * sent;
            if look >= board.end {
                look = board.end + GRACE;
            } else if look <= now {
                let since = look.saturating_duration_since(board.zero).as_micros();
                link.text(&format!("42[\"{}\",{{\"b\":\"{since:012} {padding}\"}}]", options.event));
                sent += 1;
                link.flush().await?;
                continue;
            }
        } else if options.stalls(number) && now < board.start {
            look = board.start;
        }
        if let Ok(read) = timeout_at(look, link.fill()).await {
            read?;
            while let Some(packet) = link.next()? {
                if let Packet::Event(json) = packet
                    && let Some(since) = json.strip_prefix(&prefix).and_then(stamp)
                    && !options.stalls(number)
                {
                    let late = board.zero.elapsed().saturating_sub(since);
                    board.seen.lock().unwrap_or_else(PoisonError::into_inner).add(late);
                }
            }
            link.flush().await?;
        }
    }
}

/// When a message was due, from its argument.
fn stamp(argument: &str) -> Option<Duration> {
    let (_, text) = argument.split_once("\":\"").or_else(|| argument.split_once("\": \""))?;
    text.split(' ').next()?.parse().ok().map(Duration::from_micros)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { clients, seconds, rate, idle, .. } = &self.options;
        writeln!(
            f,
            "{clients} clients, {} in the room, connected in {:.1} s",
            self.options.joins(),
            self.opened.as_secs_f64()
        )?;
        if let Some((now, highest)) = self.memory {
            writeln!(f, "  server memory  {:10.1} MiB, at most {:.1}", now as f64 / 1024.0, highest as f64 / 1024.0)?;
        }
        if let Some(each) = self.each {
            writeln!(f, "  memory each    {each:10.1} KiB a connection")?;
        }
        if let Some(cost) = self.idle {
            let minute = cost.as_secs_f64() * 60.0 / *idle as f64;
            writeln!(f, "  idle           {minute:10.2} s of a processor a minute, over {idle} s")?;
        }
        if let Some(cpu) = self.cpu {
            let share = 100.0 * cpu.as_secs_f64() / *seconds as f64;
            let micros = cpu.as_secs_f64() * 1e6;
            let (each, message) =
                (micros / self.seen.count().max(1) as f64, micros / (rate * *seconds as f64).max(1.0));
            write!(f, "  server CPU     {share:10.2} % of a processor, {each:.2} µs a delivery")?;
            writeln!(f, ", {message:.0} µs a message")?;
            writeln!(f, "  delivered      {:10.0} messages/s", self.seen.count() as f64 / *seconds as f64)?;
            writeln!(f, "  until seen          {}", self.seen)?;
        }
        write!(
            f,
            "  lost {} of {}, connections gone {}",
            self.due.saturating_sub(self.seen.count()),
            self.due,
            self.gone
        )
    }
}
