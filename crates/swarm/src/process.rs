//! What a process costs, read from `/proc` (Linux; absent elsewhere).

use std::fs;
use std::time::Duration;

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux that has an ABI for it (proc(5), sysconf(3)).
const TICKS: u64 = 100;

/// The processor time that a process has used so far, in user space and in the kernel.
pub(crate) fn cpu(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold spaces; the fields after it do not.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Resident memory now and at its highest, in KiB.
pub(crate) fn memory(pid: u32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse().ok()
    };
    Some((field("VmRSS")?, field("VmHWM")?))
}
