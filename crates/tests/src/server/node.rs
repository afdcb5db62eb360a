//! One process of the binary under test.

use super::stage::Ties;
use super::{Setting, binary};
use crate::{Outcome, fail};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longer than any start on a busy machine; it only bounds how long a hanging binary holds up the run.
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);
const LOG_LINES: usize = 400;

/// A running node; killed when dropped.
pub struct Node {
    child: Child,
    address: String,
    start: Start,
    log: Arc<Mutex<Vec<String>>>,
}

/// How a node is started; kept to start it again in the same way.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) setting: Setting,
    pub(super) ties: Ties,
    pub(super) data: PathBuf,
    /// The configuration file, if there is something to configure.
    pub(super) config: Option<PathBuf>,
    pub(super) listen: String,
}

impl Node {
    pub(super) async fn start(start: Start) -> Outcome<Node> {
        let mut command = Command::new(binary()?);
        command.arg("serve").args(["--listen", &start.listen]).arg("--data").arg(&start.data);
        command.envs(start.ties.variables().into_iter().filter(|(_, value)| !value.is_empty()));
        if let Some(file) = &start.config {
            command.arg("--config").arg(file);
        }
        if !start.setting.limits {
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
            Ok(Ok(address)) => Ok(Node { child, address, start, log }),
            _ => fail!("the server did not say where it listens:\n{}", joined(&log)),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.start.data.clone()
    }

    /// The number of the process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The last lines that it wrote to both of its outputs.
    pub fn log(&self) -> String {
        joined(&self.log)
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) -> Outcome {
        self.child.kill().await?;
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits until it has.
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
        let started = Node::start(Start { listen, ..self.start.clone() }).await;
        *self = started.map_err(|failure| failure.during("started again"))?;
        Ok(())
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
