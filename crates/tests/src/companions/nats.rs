//! A NATS of a test's own, which can be killed, paused and started again.

use super::programs::{bound, free_port, nats, signal};
use crate::{Outcome, fail};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::{Instant, sleep};

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running nats-server that keeps nothing; killed when dropped.
pub struct Nats {
    child: Child,
    port: u16,
    /// What it is started with beside its port.
    more: Vec<OsString>,
}

impl Nats {
    pub async fn start() -> Outcome<Nats> {
        Nats::start_with(Vec::new()).await
    }

    /// One that speaks TLS alone, with this certificate and key.
    pub async fn start_with_tls([certificate, key]: [PathBuf; 2]) -> Outcome<Nats> {
        let certificate = ["--tlscert".into(), certificate.into_os_string()];
        let key = ["--tlskey".into(), key.into_os_string()];
        Nats::start_with(["--tls".into()].into_iter().chain(certificate).chain(key).collect()).await
    }

    async fn start_with(more: Vec<OsString>) -> Outcome<Nats> {
        let port = free_port()?;
        let mut nats = Nats { child: spawn(port, &more)?, port, more };
        nats.wait().await?;
        Ok(nats)
    }

    /// `nats://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The number of the process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) -> Outcome {
        self.child.kill().await?;
        Ok(())
    }

    /// Starts it again on the same port.
    pub async fn again(&mut self) -> Outcome {
        self.child = spawn(self.port, &self.more)?;
        self.wait().await
    }

    /// Halts it: connections stay, and nothing is answered.
    pub async fn pause(&self) -> Outcome {
        signal(&self.child, "STOP").await
    }

    pub async fn resume(&self) -> Outcome {
        signal(&self.child, "CONT").await
    }

    async fn wait(&mut self) -> Outcome {
        let limit = Instant::now() + START_LIMIT;
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                fail!("nats-server ended with {status}");
            }
            if Instant::now() > limit {
                fail!("nats-server takes no connections");
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

fn spawn(port: u16, more: &[OsString]) -> Outcome<Child> {
    let Some(program) = nats() else { fail!("there is no nats-server") };
    let mut command = bound(&program, None);
    command.args(["-a", "127.0.0.1", "-p", &port.to_string()]).args(more);
    Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}
