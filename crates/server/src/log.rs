//! The log: lines to the standard error, as text or JSON.

use crate::Failure;
use crate::config::{LogFormat, LogSection};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` goes before the configured level.
pub fn start(section: &LogSection) -> Result<(), Failure> {
    let level = std::env::var("RUST_LOG").ok().filter(|level| !level.is_empty()).unwrap_or(section.level.clone());
    let filter = EnvFilter::try_new(&level)
        .map_err(|error| Failure(format!("The log level “{level}” cannot be understood: {error}.")))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match section.format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure(format!("Logging cannot be started: {error}.")))
}
