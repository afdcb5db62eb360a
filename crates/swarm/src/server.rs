//! A server of our own to measure: started on loopback, killed when it is dropped.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::Failure;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(30);

/// A server process, killed when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts `parlour serve` without limits on a free port of loopback and waits until it takes connections.
    pub(crate) async fn start(parlour: &Path, data: &Path) -> Result<Self, Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut command = Command::new(parlour);
        command.args(["serve", "--listen", &address, "--limits", "off", "--data"]).arg(data);
        command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null());
        let process = command.spawn().map_err(|e| format!("cannot start {}: {e}", parlour.display()))?;
        let mut server = Self { process, url: format!("http://{address}") };
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("the server ended with {status}").into());
            }
            if begun.elapsed() > START {
                return Err(format!("the server took no connection within {} s", START.as_secs()).into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    /// The process, to read what it costs.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is waited for, or it would stay as a zombie.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
