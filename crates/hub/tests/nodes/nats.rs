//! A NATS server as a process of its own, and a proxy before it that cuts and stalls.

use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::sleep;

/// A server on a free port, killed when it is dropped.
pub struct Nats {
    pub port: u16,
    child: Child,
    folder: PathBuf,
}

/// Whether the program is there; says so if it is not.
pub fn is_installed() -> bool {
    let found = Command::new("nats-server").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        println!("skipped: there is no nats-server here (Debian: apt-get install nats-server)");
    }
    found
}

pub fn free_port() -> u16 {
    // Counted up besides, so that two tests of one process never take the same.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let port = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if NEXT.swap(port, Ordering::Relaxed) != port {
            return port;
        }
    }
}

impl Nats {
    pub async fn start() -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("parlour-nats-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let nats = Self { port, child: launch(port, &folder), folder };
        nats.answers().await;
        nats
    }

    /// Ends the process as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub async fn restart(&mut self) {
        self.child = launch(self.port, &self.folder);
        self.answers().await;
    }

    async fn answers(&self) {
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("nats-server does not listen on port {}", self.port);
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // It may have been killed by the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn launch(port: u16, folder: &std::path::Path) -> Child {
    let mut command = Command::new("nats-server");
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--log"]).arg(folder.join("log"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Passes bytes on to a server, and stops doing so when it is told to.
pub struct Proxy {
    pub port: u16,
    ways: Arc<Ways>,
}

#[derive(Default)]
struct Ways {
    cut: Notify,
    /// Nothing passes, and connections stay.
    stalled: AtomicBool,
    /// Nobody gets in.
    closed: AtomicBool,
}

impl Proxy {
    pub async fn before(nats: &Nats) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let ways = Arc::<Ways>::default();
        let (to, shared) = (nats.port, ways.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !shared.closed.load(Ordering::Relaxed)
                    && let Ok(server) = TcpStream::connect(("127.0.0.1", to)).await
                {
                    tokio::spawn(pass(client, server, shared.clone()));
                }
            }
        });
        Self { port, ways }
    }

    /// Cuts what is there; whoever connects again gets in.
    pub fn cut(&self) {
        self.ways.cut.notify_waiters();
    }

    pub fn stall(&self, stalled: bool) {
        self.ways.stalled.store(stalled, Ordering::Relaxed);
    }

    /// Cuts what is there and lets nobody in.
    pub fn close(&self) {
        self.ways.closed.store(true, Ordering::Relaxed);
        self.cut();
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, ways: Arc<Ways>) {
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    loop {
        if ways.stalled.load(Ordering::Relaxed) {
            tokio::select! {
                () = sleep(Duration::from_millis(20)) => continue,
                () = ways.cut.notified() => return,
            }
        }
        let passed = tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(count @ 1..) => server.write_all(&up[..count]).await,
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(count @ 1..) => client.write_all(&down[..count]).await,
                _ => return,
            },
            () = ways.cut.notified() => return,
            () = sleep(Duration::from_millis(20)) => Ok(()),
        };
        if passed.is_err() {
            return;
        }
    }
}
