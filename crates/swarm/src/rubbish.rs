//! `rubbish`: connections that come, send what nobody can use and go; and what they leave behind in the server's memory.

use std::fmt;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::{Failure, process};

const MIB: f64 = 1024.0;
/// MiB that may be left, as the design has it.
pub(crate) const WITHIN: f64 = 5.0;
/// How long one connection may take to be opened and written to; a server that has hung up takes nothing more.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long memory must not have risen or fallen much before that counts as what the server holds.
const STEADY: Duration = Duration::from_secs(12);
/// How long memory is waited for: a polling session that never enters a namespace may stay for 45 s.
const RETURN: Duration = Duration::from_secs(90);
/// A key for the WebSocket handshake, the one of RFC 6455, section 1.3.
const UPGRADE: &str = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: rubbish\r\nUpgrade: websocket\r\n\
                       Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                       Sec-WebSocket-Version: 13\r\n\r\n";
const POLL: &str = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: rubbish\r\n";

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's address; it has to run with `--limits off`.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
    /// The server's process, whose memory is read.
    #[arg(long)]
    pub(crate) pid: u32,
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=15_000))]
    pub(crate) connections: u32,
    /// How many MiB of resident memory may be left.
    #[arg(long, default_value_t = WITHIN)]
    pub(crate) within: f64,
}

/// Resident memory, in KiB, and how it compares.
pub(crate) struct Outcome {
    connections: u32,
    before: u64,
    peak: u64,
    after: u64,
    took: Duration,
    within: f64,
}

impl Outcome {
    /// Whether memory came back to what it was, within what was asked for.
    pub(crate) fn is_clean(&self) -> bool {
        self.left() <= self.within
    }

    fn left(&self) -> f64 {
        (self.after as f64 - self.before as f64) / MIB
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rubbish from {} connections", self.connections)?;
        writeln!(f, "  memory before  {:10.1} MiB", self.before as f64 / MIB)?;
        writeln!(f, "  with all open  {:10.1} MiB", self.peak as f64 / MIB)?;
        writeln!(f, "  {:3.0} s after    {:10.1} MiB", self.took.as_secs_f64(), self.after as f64 / MIB)?;
        write!(f, "  left           {:10.1} MiB (aim: {})", self.left(), self.within)
    }
}

/// Before is after a few such connections: a server that has served nobody yet has parts of it still on disk.
pub(crate) async fn run(options: &Options) -> Result<Outcome, Failure> {
    let place = options.url.trim_start_matches("http://").trim_end_matches('/');
    drop(crowd(place, options.connections / 50).await?);
    let before = steady(options.pid).await?;
    let crowd = crowd(place, options.connections).await?;
    sleep(Duration::from_secs(1)).await;
    let peak = resident(options.pid)?;
    drop(crowd);
    let gone = Instant::now();
    let enough = before + (options.within * MIB) as u64;
    let mut after = resident(options.pid)?;
    while after > enough && gone.elapsed() < RETURN {
        sleep(Duration::from_millis(500)).await;
        after = resident(options.pid)?;
    }
    let (connections, within) = (options.connections, options.within);
    Ok(Outcome { connections, before, peak, after, took: gone.elapsed(), within })
}

/// The least that the server held in a while.
async fn steady(pid: u32) -> Result<u64, Failure> {
    let begun = Instant::now();
    let mut least = resident(pid)?;
    while begun.elapsed() < STEADY {
        sleep(Duration::from_millis(500)).await;
        least = least.min(resident(pid)?);
    }
    Ok(least)
}

fn resident(pid: u32) -> Result<u64, Failure> {
    Ok(process::memory(pid).ok_or("the memory of the server's process cannot be read")?.0)
}

/// Opens connections that each send something of another kind.
async fn crowd(place: &str, size: u32) -> Result<Vec<TcpStream>, Failure> {
    let mut crowd = Vec::with_capacity(size as usize);
    for number in 0..size {
        let connected = timeout(PATIENCE, TcpStream::connect(place)).await;
        let mut stream = connected.map_err(|_| "the server takes no connection")??;
        // The server may hang up at the first bytes; that is what they are for.
        let _ = timeout(PATIENCE, stream.write_all(&rubbish(number))).await;
        crowd.push(stream);
    }
    Ok(crowd)
}

/// What connection `number` sends.
fn rubbish(number: u32) -> Vec<u8> {
    let enter = frame(0x81, b"40");
    let after = |bytes: &[&[u8]]| [UPGRADE.as_bytes(), &bytes.concat()].concat();
    match number % 10 {
        0 => noise(number, 500),
        1 => format!("{POLL}X-Rubbish: {}\r\n\r\n", "h".repeat(8_000)).into_bytes(),
        2 => format!("{POLL}X-Cut: {}", "h".repeat(8_000)).into_bytes(),
        3 => after(&[&enter, &frame(0x81, &[b"42[\"msg\"".as_slice(), &noise(number, 50)].concat())]),
        4 => after(&[&noise(number, 3_000)]),
        5 => after(&[&frame(0x01, &[b"40".as_slice(), &[b'x'; 9_000]].concat())]),
        6 => after(&[&enter, &frame(0x81, b"459-[\"x\"]"), &frame(0x82, &[b'x'; 9_000])]),
        7 => after(&[&enter, &frame(0x81, &[b"42[\"msg\",\"".as_slice(), &[b'y'; 20_000], b"\"]"].concat()).repeat(3)]),
        8 => after(&[&frame(0x81, &[b"40{\"a\":".as_slice(), &[b'['; 9_000]].concat())]),
        _ => after(&[&frame(0x89, &[b'p'; 100]).repeat(50)]),
    }
}

/// Bytes without a meaning, the same in every run.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = u64::from(seed) | 1 << 32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A masked WebSocket frame; the mask is nought.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut bytes = match length {
        0..126 => vec![first, 0x80 | length as u8],
        _ => [&[first, 0xfe], (length as u16).to_be_bytes().as_slice()].concat(),
    };
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}
