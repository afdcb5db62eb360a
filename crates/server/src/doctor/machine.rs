//! What the machine gives: a clock, room on the disk, open files.

use chat::checkup::Finding;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock before this (2026-01-01) was never set.
const LONG_AGO: u64 = 1_767_225_600;
/// Free space below which writes may soon be refused, and below which it is time to look.
const HARDLY_ANY: u64 = 256 << 20;
const LITTLE: u64 = 2 << 30;
/// Open files beside those of connections: the database, the log, listeners.
const OTHER_FILES: u64 = 200;

pub(super) fn clock() -> Finding {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if now < LONG_AGO {
        let says = "it stands before 2026, so that every message would carry a wrong time: set it, and let the system \
                    keep it (timedatectl set-ntp true)";
        return Finding::bad("clock", says);
    }
    let by_the_network = Path::new("/run/systemd/timesync/synchronized").exists();
    Finding::good("clock", if by_the_network { "it is kept by the network" } else { "it stands in the present" })
}

pub(super) fn disk(folder: &Path) -> Finding {
    // The folder may still have to be made.
    let there = folder.ancestors().find(|path| path.exists() && !path.as_os_str().is_empty());
    let there = there.unwrap_or(Path::new("."));
    let free = match rustix::fs::statvfs(there) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::doubtful("disk", format!("how much is free cannot be told: {error}")),
    };
    let shown = format!("{:.1} GiB are free at {}", free as f64 / f64::from(1 << 30), there.display());
    match free {
        0..HARDLY_ANY => Finding::bad("disk", format!("{shown}: writes are refused once it is full; make room")),
        HARDLY_ANY..LITTLE => Finding::doubtful("disk", format!("{shown}: make room before it is full")),
        _ => Finding::good("disk", shown),
    }
}

/// Raises the limit as the server does at its start, and looks what came of it.
pub(super) fn files(connections: usize) -> Finding {
    let open = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(open) => open,
        Err(error) => return Finding::doubtful("open files", format!("their limit cannot be told: {error}")),
    };
    let wanted = (connections as u64).saturating_add(OTHER_FILES);
    if open >= wanted || connections == usize::MAX {
        return Finding::good("open files", format!("{open} may be open at once"));
    }
    let says = format!(
        "{open} may be open at once, and {connections} connections are configured: raise the limit (LimitNOFILE= of the \
         unit, or ulimit -n) to {wanted}, or lower server.connections"
    );
    Finding::doubtful("open files", says)
}
