//! What a process costs, read from `/proc` (Linux; absent elsewhere).

use std::fs;
use std::time::Duration;

use tokio::time::sleep;

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

/// How often, and how many times at most, memory or time is looked at until it no longer moves.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: u32 = 50;
/// Memory within this, in KiB, has not moved.
const STEADY: u64 = 64;

/// Resident memory in KiB once it has stayed the same for a second, or as it is after ten.
pub(crate) async fn settled_memory(pid: u32) -> Option<u64> {
    let (mut last, _) = memory(pid)?;
    let mut same = 0;
    for _ in 0..LOOKS {
        sleep(LOOK).await;
        let (now, _) = memory(pid)?;
        same = if now.abs_diff(last) <= STEADY { same + 1 } else { 0 };
        last = now;
        if same == 5 {
            break;
        }
    }
    Some(last)
}

/// Waits until the process has used no processor time for a moment (ten seconds at most); answers what it has used.
pub(crate) async fn settled_cpu(pid: u32) -> Option<Duration> {
    let mut last = cpu(pid)?;
    for _ in 0..LOOKS {
        sleep(LOOK).await;
        let now = cpu(pid)?;
        if now == last {
            break;
        }
        last = now;
    }
    Some(last)
}

/// Bytes that a process has caused to be written to disks so far.
pub(crate) fn written(pid: u32) -> Option<u64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("write_bytes: "))?.parse().ok()
}
