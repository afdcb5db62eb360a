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

/// The processor time that several processes and their children, living or waited for, have used so far; nothing if one
/// of them is not there, or there is none.
pub(crate) fn cpu_of(pids: &[u32]) -> Option<Duration> {
    let all = pids.iter().map(|pid| with_children(*pid)).collect::<Option<Vec<_>>>()?;
    (!all.is_empty()).then(|| all.into_iter().sum())
}

fn with_children(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let used = ticks(11)? + ticks(12)? + ticks(13)? + ticks(14)?;
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    // One that ended a moment ago is among those that were waited for.
    Some(Duration::from_millis(used * 1000 / TICKS) + children.filter_map(with_children).sum::<Duration>())
}

/// Resident memory of several processes, now and each at its highest, in KiB.
pub(crate) fn memory_of(pids: &[u32]) -> Option<(u64, u64)> {
    let all = pids.iter().map(|pid| memory(*pid)).collect::<Option<Vec<_>>>()?;
    all.into_iter().reduce(|(now, most), (more, highest)| (now + more, most + highest))
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
