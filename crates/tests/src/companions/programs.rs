//! Where PostgreSQL's and NATS's programs are, and how they run: not as root, and never longer than the test.

use crate::{Failure, Outcome, check};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// The program `name` of PostgreSQL: in `PARLOUR_POSTGRES_BIN`, of the newest version of Debian's, or in `PATH`.
pub(super) fn postgres(name: &str) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PARLOUR_POSTGRES_BIN").map(PathBuf::from).into_iter().collect();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev().map(|(_, folder)| folder));
    folders.extend(path());
    folders.into_iter().map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// nats-server: `PARLOUR_NATS_SERVER`, or in `PATH`.
pub(super) fn nats() -> Option<PathBuf> {
    let named = env::var_os("PARLOUR_NATS_SERVER").map(PathBuf::from);
    let found = path().into_iter().chain(["/usr/sbin".into()]).map(|folder| folder.join("nats-server"));
    named.into_iter().chain(found).find(|program| program.is_file())
}

/// A program in `PATH`.
pub(super) fn found(name: &str) -> Option<PathBuf> {
    path().into_iter().map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// A command for `program` that ends with the thread that starts it, if the system can do that; as `user`, if this is
/// root and there is such a user.
pub(super) fn bound(program: &PathBuf, user: Option<&str>) -> Command {
    let mut command = match path().iter().any(|folder| folder.join("setpriv").is_file()) {
        true => {
            let mut command = Command::new("setpriv");
            if let Some(user) = user {
                command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
            }
            // Asked for after it became another: it would be forgotten otherwise.
            command.args(["--pdeathsig", "KILL"]).arg(program);
            command
        }
        false => Command::new(program),
    };
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Whom PostgreSQL runs as, since it refuses to run as root; nobody else if this is not root.
pub(super) fn unprivileged() -> Option<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let exists = |user: &str| known.lines().any(|line| line.starts_with(&format!("{user}:")));
    root.then(|| if exists("postgres") { "postgres" } else { "nobody" })
}

/// Runs a command to its end.
pub(super) async fn finish(mut command: Command, what: &str) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output().await?;
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_string();
    check!(output.status.success(), "{what}: {} {complaint}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A port of loopback that was free a moment ago.
pub(super) fn free_port() -> Outcome<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The process and all that it started and did not let go.
fn family(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    children.flat_map(family).chain([pid]).collect()
}

/// Sends `signal` to a child and to its children.
pub(super) async fn signal(child: &Child, signal: &str) -> Outcome {
    let pid = child.id().ok_or_else(|| Failure("it is not running".into()))?;
    let mut command = Command::new("kill");
    command.arg(format!("-{signal}")).args(family(pid).iter().map(u32::to_string));
    // Some of them may have ended meanwhile; the first of them is what counts.
    command.stderr(Stdio::null()).status().await?;
    Ok(())
}
