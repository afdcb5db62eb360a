//! `parlour copy`: everything of one database into another, with its progress and what came of it.

use super::print;
use crate::config::{Settings, load};
use crate::house::sentence;
use crate::{Failure, log};
use chat::moving::{self, Copied, Place, Progress, Step};
use clap::Args;
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(super) struct Copy {
    /// The configuration file, for limits and times [default: ./parlour.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:FOLDER or postgres://USER@HOST/DATABASE; it is only read, and nobody else may use it meanwhile
    #[arg(long, value_name = "PLACE", value_parser = place)]
    from: Place,
    /// The same; empty, or what a copy from the same place that was stopped has left
    #[arg(long, value_name = "PLACE", value_parser = place)]
    to: Place,
}

fn place(text: &str) -> Result<Place, String> {
    Place::parse(text).ok_or_else(|| "it has to be sqlite:FOLDER or postgres://USER@HOST/DATABASE".into())
}

pub(super) fn run(copy: &Copy) -> Result<(), Failure> {
    let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let environment = environment.map(|(name, value)| (name, value.to_string_lossy().into_owned()));
    let config = load(copy.config.as_deref(), environment).map_err(|error| Failure(error.to_string()))?;
    log::start(&config.log)?;
    let settings = Settings::new(&config).map_err(|error| Failure(error.to_string()))?;
    let begun = Instant::now();
    let mut told = Told { last: begun, terminal: std::io::stderr().is_terminal(), shown: false };
    let copied = moving::copy(&copy.from, &copy.to, &settings.chat, &mut |progress| told.now(&progress));
    told.end();
    let failed = |error| Failure(format!("{} Running it again goes on.", sentence(&error)));
    print(&summary(copy, &copied.map_err(failed)?, begun.elapsed()))
}

/// The progress line: over and over on one line of a terminal, now and then as lines of their own elsewhere.
struct Told {
    last: Instant,
    terminal: bool,
    shown: bool,
}

impl Told {
    fn now(&mut self, Progress { step, table, rows }: &Progress) {
        let pause = if self.terminal { Duration::from_millis(200) } else { Duration::from_secs(10) };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let doing = match step {
            Step::Copying => "copying",
            Step::Verifying => "verifying",
        };
        if self.terminal {
            eprint!("\r\x1b[K{doing} {table}: {rows} rows");
            self.shown = true;
        } else {
            eprintln!("{doing} {table}: {rows} rows");
        }
    }

    fn end(&self) {
        if self.shown {
            eprintln!();
        }
    }
}

fn summary(copy: &Copy, copied: &Copied, time: Duration) -> String {
    let mut text = String::new();
    let mut rows = 0;
    // Writing into a text does not fail.
    for (table, digest) in &copied.tables {
        let _ = writeln!(text, "{table}: {digest}");
        rows += digest.rows;
    }
    let Copied { epoch, g, .. } = copied;
    let _ = writeln!(
        text,
        "Copied and verified {rows} rows from {} to {} in {:.1} s; epoch {epoch}, commit {g}. Both sides are equal.",
        copy.from,
        copy.to,
        time.as_secs_f64()
    );
    text
}
