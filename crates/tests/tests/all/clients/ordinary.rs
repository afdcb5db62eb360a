//! What the libraries' own documents show, used against a server that is nothing but `crates/socketio`: namespaces,
//! binary data, acknowledgements and their time-outs, volatile events, reconnection, both encodings.

use super::talker::{missing, programs, python};
use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tests::server::repository;
use tests::{Failure, Outcome, check, fail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// It only bounds a run that hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// The example `conformance` as a process, ended when dropped, and where it listens.
async fn conformance() -> Outcome<(Child, String)> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    let program = target.join("debug/examples/conformance");
    if !program.is_file() {
        fail!("there is no {}: `cargo build -p socketio --example conformance` makes it", program.display());
    }
    let mut command = Command::new(program);
    command.args(["--patient", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let Some(stdout) = child.stdout.take() else { fail!("the example has no output") };
    let line = timeout(LIMIT, BufReader::new(stdout).lines().next_line()).await;
    let line = line.map_err(|_| Failure("the example does not start".into()))??.unwrap_or_default();
    match line.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()) {
        Some(port) => Ok((child, format!("http://127.0.0.1:{port}"))),
        None => fail!("the example says {line:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_libraries_are_used_as_they_ordinarily_are() -> Outcome {
    if let Some(reason) = missing() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let (_server, address) = conformance().await?;
    let python = python().ok_or_else(|| Failure("there is no Python".into()))?;
    let node = PathBuf::from("node");
    for (interpreter, program, more) in [
        (&node, "node/ordinary.mjs", "json"),
        (&node, "node/ordinary.mjs", "msgpack"),
        (&python, "python/ordinary_sync.py", ""),
        (&python, "python/ordinary_async.py", ""),
    ] {
        let mut command = Command::new(interpreter);
        command.arg(programs().join(program)).args([&address, more]).kill_on_drop(true);
        let Ok(output) = timeout(LIMIT, command.output()).await else { fail!("{program} {more} does not end") };
        let output = output?;
        let said = String::from_utf8_lossy(&output.stderr);
        check!(output.status.success(), "{program} {more} ended with {}:\n{said}", output.status);
    }
    Ok(())
}
