//! `parlour import`: a history from elsewhere, with its progress and what came of it.

use super::{Place, print};
use crate::Failure;
use crate::house::sentence;
use chat::import::Progress;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    place: Place,
    /// The file's format. jsonl: one object a line with `time` (RFC 3339), `room`, `user` and `text`
    #[arg(value_name = "FORMAT")]
    format: Format,
    /// The file, compressed by gzip or not
    file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
}

pub(super) fn run(import: &Import) -> Result<(), Failure> {
    if !import.file.is_file() {
        return Err(Failure(format!("There is no file {}.", import.file.display())));
    }
    import.place.open(async |chat| {
        let started = Instant::now();
        let mut told = Told::new(started);
        let done = match import.format {
            Format::Jsonl => chat.import_jsonl(&import.file, |progress| told.now(progress)).await,
        };
        told.end();
        let progress = done.map_err(|error| Failure(format!("{} Running it again goes on.", sentence(&error))))?;
        print(&summary(&progress, started.elapsed()))
    })
}

/// The progress line: over and over on one line of a terminal, now and then as lines of their own elsewhere.
struct Told {
    started: Instant,
    last: Instant,
    terminal: bool,
    shown: bool,
}

impl Told {
    fn new(started: Instant) -> Self {
        Self { started, last: started, terminal: std::io::stderr().is_terminal(), shown: false }
    }

    fn now(&mut self, progress: &Progress) {
        let pause = Duration::from_secs(if self.terminal { 1 } else { 10 });
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let line = format!(
            "{} lines, {} new, {} known, {} bad, {} a second",
            progress.lines,
            progress.written,
            progress.known,
            progress.bad_count,
            rate(progress.lines, self.started.elapsed()),
        );
        if self.terminal {
            eprint!("\r\x1b[K{line}");
            self.shown = true;
        } else {
            eprintln!("{line}");
        }
    }

    fn end(&self) {
        if self.shown {
            eprintln!();
        }
    }
}

fn rate(count: u64, time: Duration) -> u64 {
    (count as f64 / time.as_secs_f64().max(0.001)) as u64
}

fn summary(progress: &Progress, time: Duration) -> String {
    let messages = progress.written + progress.known;
    let mut text = format!(
        "lines: {}\nnew: {}\nknown: {}\nrooms: {}\nusers: {}\nbad: {}\nseconds: {:.1}\nmessages a second: {}\n",
        progress.lines,
        progress.written,
        progress.known,
        progress.rooms,
        progress.users,
        progress.bad_count,
        time.as_secs_f64(),
        rate(messages, time),
    );
    let mut lines_by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (line, why) in &progress.bad {
        lines_by_reason.entry(why).or_default().push(line.to_string());
    }
    for (why, lines) in lines_by_reason {
        text += &format!("bad, {why} Lines {}\n", lines.join(", "));
    }
    if progress.bad_count > progress.bad.len() as u64 {
        text += &format!("bad, {} more\n", progress.bad_count - progress.bad.len() as u64);
    }
    text
}
