//! The binary under test, as a process of its own.

use crate::folder::Folder;
use crate::{Failure, Outcome, fail};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Longer than any start on a busy machine; it only bounds how long a hanging binary holds up the run.
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const LOG_LINES: usize = 400;
/// How often a start on the same port is tried, and how long to wait between.
const TRIES: u32 = 20;
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// The path of the binary: `PARLOUR_BIN`, or the debug build in the target folder.
///
/// # Errors
/// A sentence that says how to make it.
pub fn binary() -> Outcome<PathBuf> {
    let path = match (env::var_os("PARLOUR_BIN"), env::var_os("CARGO_TARGET_DIR")) {
        (Some(path), _) => PathBuf::from(path),
        (None, Some(target)) => PathBuf::from(target).join("debug/parlour"),
        (None, None) => repository().join("target/debug/parlour"),
    };
    if path.is_file() {
        return Ok(path);
    }
    fail!("there is no binary at {}: `cargo build --bin parlour` makes it, or name one in PARLOUR_BIN", path.display())
}

/// The root of the repository that this was built in.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How a server is started; kept to start it again in the same way.
#[derive(Clone, Default)]
pub struct Setting {
    /// Contents of `parlour.toml`; empty for none.
    pub config: String,
    /// Rate limits as they are by default; most tests switch them off.
    pub limits: bool,
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    address: String,
    setting: Setting,
    folder: Arc<Folder>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server on new, empty data.
    pub async fn empty(setting: Setting) -> Outcome<Server> {
        Server::start(Arc::new(Folder::new()?), setting).await
    }

    /// Starts a server on the data in `folder`, on a port of its choice.
    pub async fn start(folder: Arc<Folder>, setting: Setting) -> Outcome<Server> {
        Server::listen(folder, setting, "127.0.0.1:0").await
    }

    async fn listen(folder: Arc<Folder>, setting: Setting, listen: &str) -> Outcome<Server> {
        let mut command = Command::new(binary()?);
        command.arg("serve").args(["--listen", listen]).arg("--data").arg(folder.join("data"));
        if !setting.config.is_empty() {
            let file = folder.join("parlour.toml");
            fs::write(&file, &setting.config)?;
            command.arg("--config").arg(file);
        }
        if !setting.limits {
            command.args(["--limits", "off"]);
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = tokio::sync::oneshot::channel();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(read_log(stdout, log.clone(), Some(tell)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(read_log(stderr, log.clone(), None));
        }
        match timeout(START_LIMIT, told).await {
            Ok(Ok(address)) => Ok(Server { child, address, setting, folder, log }),
            _ => fail!("the server did not say where it listens:\n{}", joined(&log)),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The number of the process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The last lines that the server wrote to both of its outputs.
    pub fn log(&self) -> String {
        joined(&self.log)
    }

    /// Ends the server as a power cut would.
    pub async fn kill(&mut self) -> Outcome {
        self.child.kill().await?;
        Ok(())
    }

    /// Asks the server to end (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// It took longer than the 10 s that it promises.
    pub async fn stop(&mut self) -> Outcome<ExitStatus> {
        let Some(pid) = self.child.id() else { fail!("the server is not running any more:\n{}", self.log()) };
        Command::new("kill").arg(pid.to_string()).status().await?;
        match timeout(STOP_LIMIT, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => fail!("the server still ran 10 s after SIGTERM:\n{}", self.log()),
        }
    }

    /// Starts it again after `kill` or `stop`: the same data, the same port.
    pub async fn again(&mut self) -> Outcome {
        let listen = self.address.trim_start_matches("http://").to_string();
        let mut tries = 1;
        loop {
            match Server::listen(self.folder.clone(), self.setting.clone(), &listen).await {
                Ok(started) => {
                    *self = started;
                    return Ok(());
                }
                Err(failure) if tries == TRIES => return Err(failure.during("started again")),
                // Its port is anybody's while it is down, also for a connection that is being made.
                Err(_) => sleep(TRY_AGAIN).await,
            }
            tries += 1;
        }
    }
}

async fn read_log(
    stream: impl AsyncRead + Unpin,
    log: Arc<Mutex<Vec<String>>>,
    mut tell: Option<tokio::sync::oneshot::Sender<String>>,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = address_in(&line)
            && let Some(tell) = tell.take()
        {
            // Nobody waits any more only when the start was given up.
            let _ = tell.send(address);
        }
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == LOG_LINES {
            log.remove(0);
        }
        log.push(line);
    }
}

fn address_in(line: &str) -> Option<String> {
    let at = line.find("http://127.0.0.1:")?;
    let rest = &line[at..];
    let digits = rest["http://127.0.0.1:".len()..].chars().take_while(char::is_ascii_digit).count();
    Some(rest[.."http://127.0.0.1:".len() + digits].to_string())
}

fn joined(log: &Arc<Mutex<Vec<String>>>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
}

/// Runs the binary with `arguments` and `input` to its end; answers its status, what it printed and what it
/// complained of.
pub async fn run(arguments: &[&str], input: &str) -> Outcome<(ExitStatus, String, String)> {
    let mut command = Command::new(binary()?);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing may be gone before this is written.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = timeout(Duration::from_secs(300), child.wait_with_output())
        .await
        .map_err(|_| Failure(format!("parlour {} did not end", arguments.join(" "))))??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status, text(&output.stdout), text(&output.stderr)))
}
