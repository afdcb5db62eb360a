//! What a message costs where many are members, some connected and few look: rows and bytes written, bytes sent,
//! processor time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use super::Options;
use super::device::Device;
use super::world::Hall;
use crate::link::{Link, Packet};
use crate::server::Server;
use crate::{Failure, process};

/// Longer than bumps are held back.
const QUIET: Duration = Duration::from_secs(6);
/// Messages that come one by one, with a quiet time after each.
const SINGLE: u32 = 3;
/// Messages that come in a row, and how far apart.
const ROW: u32 = 100;
const APART: Duration = Duration::from_millis(100);

/// What all connections together have heard.
#[derive(Default)]
struct Heard {
    ops: AtomicU64,
    bumps: AtomicU64,
    bytes: AtomicU64,
}

/// Everything that is counted, at one moment.
struct Moment {
    written: u64,
    cpu: Duration,
    ops: u64,
    bumps: u64,
    bytes: u64,
}

struct Stage<'a> {
    server: &'a Server,
    heard: Arc<Heard>,
}

pub(super) async fn run(server: &Server, hall: &Hall, options: &Options) -> Result<(), Failure> {
    println!(
        "| members | connected | watching | messages | rows written each | KB to disk each | ops each | bumps each \
         | bytes sent each | server CPU ms each |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let connected = options.connected;
    for (room, members, watching) in [
        (&hall.small, connected + 1, options.watching),
        (&hall.great, options.members, 0),
        (&hall.great, options.members, options.watching),
        (&hall.great, options.members, connected),
    ] {
        let stage = Stage { server, heard: Arc::new(Heard::default()) };
        let mut audience = JoinSet::new();
        for (number, token) in (0..).zip(&hall.connected) {
            let mut device = Device::connect(server, token).await?;
            let watch = if number < watching { vec![room] } else { vec![] };
            device.ask("hello", &json!({"g": 0, "watch": watch})).await?;
            audience.spawn(listen(device.into_link(), stage.heard.clone()));
        }
        let mut poster = Device::connect(server, &hall.poster).await?;
        poster.ask("hello", &json!({"g": 0, "watch": []})).await?;
        sleep(QUIET).await;
        let idle = stage.moment();
        sleep(QUIET).await;
        let idle = stage.moment().cpu.saturating_sub(idle.cpu).as_secs_f64() / QUIET.as_secs_f64();

        let case = format!("{members} | {connected} | {watching}");
        let (before, begun) = (stage.moment(), tokio::time::Instant::now());
        let mut rows = 0;
        for number in 0..SINGLE {
            let g = changes(&hall.data, None)?;
            poster.post(std::slice::from_ref(room), &[format!("{number:0100}")]).await?;
            rows += changes(&hall.data, Some(g))?;
            sleep(QUIET).await;
        }
        let rows = rows as f64 / f64::from(SINGLE);
        let cost = stage.moment().since(&before, SINGLE, idle * begun.elapsed().as_secs_f64());
        println!("| {case} | one every {} s | {rows:.1} | {cost} |", QUIET.as_secs());

        let (before, begun) = (stage.moment(), tokio::time::Instant::now());
        let mut beat = interval(APART);
        for number in 0..ROW {
            beat.tick().await;
            poster.post(std::slice::from_ref(room), &[format!("{number:0100}")]).await?;
        }
        sleep(QUIET).await;
        let cost = stage.moment().since(&before, ROW, idle * begun.elapsed().as_secs_f64());
        println!("| {case} | {} a second | – | {cost} |", 1000 / APART.as_millis());
        audience.abort_all();
        while audience.join_next().await.is_some() {}
    }
    println!();
    Ok(())
}

/// Counts what comes until the connection ends.
async fn listen(mut link: Link, heard: Arc<Heard>) -> Result<(), Failure> {
    loop {
        while let Some(packet) = link.next()? {
            if let Packet::Event(json) = packet {
                let packet = json.len() + 2;
                let header = if packet < 126 { 2 } else { 4 };
                heard.bytes.fetch_add((packet + header) as u64, Ordering::Relaxed);
                let count = if json.starts_with("[\"bump\"") { &heard.bumps } else { &heard.ops };
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        link.flush().await?;
        link.fill().await?;
    }
}

impl Stage<'_> {
    fn moment(&self) -> Moment {
        let pid = self.server.pid();
        Moment {
            written: process::written(pid).unwrap_or(0),
            cpu: process::cpu(pid).unwrap_or_default(),
            ops: self.heard.ops.load(Ordering::Relaxed),
            bumps: self.heard.bumps.load(Ordering::Relaxed),
            bytes: self.heard.bytes.load(Ordering::Relaxed),
        }
    }
}

impl Moment {
    /// `KB | ops | bumps | bytes | CPU` for each of that many messages; `idle` seconds of a processor aside.
    fn since(&self, before: &Self, messages: u32, idle: f64) -> String {
        let each = |now: u64, then: u64| (now - then) as f64 / f64::from(messages);
        let cpu = self.cpu.saturating_sub(before.cpu).as_secs_f64() - idle;
        format!(
            "{:.1} | {:.0} | {:.0} | {:.0} | {:.2}",
            each(self.written, before.written) / 1e3,
            each(self.ops, before.ops),
            each(self.bumps, before.bumps),
            each(self.bytes, before.bytes),
            1e3 * cpu / f64::from(messages)
        )
    }
}

/// The columns that say when a row, or a part of it, was changed last.
const STAMPS: [&str; 5] = ["gv", "own_gv", "place_g", "g", "chain_g"];

/// How many rows of all tables were changed after `g`; without one, the newest `g` itself. Read beside the server.
fn changes(data: &Path, g: Option<u64>) -> Result<u64, Failure> {
    let database = Connection::open_with_flags(data.join("parlour.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let Some(g) = g else { return Ok(database.query_row("SELECT g FROM instance", [], |row| row.get(0))?) };
    let mut columns = database.prepare(
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
    )?;
    let columns = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut conditions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in columns {
        let (table, column): (String, String) = column?;
        if STAMPS.contains(&column.as_str()) {
            conditions.entry(table).or_default().push(format!("{column} > {g}"));
        }
    }
    let mut rows = 0;
    for (table, stamps) in conditions {
        let count = format!("SELECT count(*) FROM {table} WHERE {}", stamps.join(" OR "));
        rows += database.query_row(&count, [], |row| row.get::<_, u64>(0))?;
    }
    Ok(rows)
}
