//! `bench`: starts a server on a fresh folder, measures it with the other commands, and prints ratios of one run.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use tokio::time::sleep;
use uuid::Uuid;

use crate::link::Transport;
use crate::{Failure, pages, process, reference, send};

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(30);
/// What the server is to reach of the bare program's messages a second.
const AIM: f64 = 0.5;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long)]
    parlour: PathBuf,
    /// A folder on the disk to measure; what is made in it is deleted afterwards.
    #[arg(long)]
    folder: PathBuf,
    /// A history to import, one JSON object a line, gzip or not.
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Whether nothing was lost or doubled. Ratios are printed, not judged.
pub(crate) async fn run(options: &Options) -> Result<bool, Failure> {
    let folder = Folder::new(&options.folder)?;
    let bare = reference::Options { folder: folder.0.clone(), seconds: options.seconds, group: 64, bytes: 100 };
    let bare = reference::run(&bare)?;
    println!("{bare}\n");
    let mut whole = true;
    for (rooms, flight) in [(1, 1), (16, 1), (16, 16)] {
        let server = Server::start(options, &folder.0.join(format!("send-{rooms}-{flight}"))).await?;
        let outcome = send::run(&server.load(rooms, flight, options.seconds)).await?;
        let ratio = outcome.acknowledged_a_second() / bare.messages_a_second();
        println!("{outcome}");
        println!("  of bare SQLite {ratio:10.2} (aim: {AIM})\n");
        whole &= outcome.is_whole();
    }
    match &options.corpus {
        Some(corpus) if corpus.exists() => history(options, corpus, &folder.0.join("history")).await?,
        Some(corpus) => println!("history: skipped, there is no {}", corpus.display()),
        None => println!("history: skipped, no --corpus was named"),
    }
    Ok(whole)
}

/// Imports the corpus, twice, and reads pages of it.
async fn history(options: &Options, corpus: &Path, data: &Path) -> Result<(), Failure> {
    let mut took = Vec::new();
    for _ in 0..2 {
        let begun = Instant::now();
        let mut import = Command::new(&options.parlour);
        import.arg("import").arg("--data").arg(data).arg("jsonl").arg(corpus).stdin(Stdio::null());
        let done = import.output().map_err(|e| format!("cannot start {}: {e}", options.parlour.display()))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(format!("importing {} ended with {}: {said}", corpus.display(), done.status).into());
        }
        took.push(begun.elapsed().as_secs_f64());
    }
    let server = Server::start(options, data).await?;
    let outcome = pages::run(&pages::Options { url: server.url.clone(), pages: 500 }).await?;
    let messages = outcome.messages as f64;
    println!("import of {messages} messages");
    println!("  first          {:10.0} messages/s ({:.1} s)", messages / took[0], took[0]);
    println!("  again          {:10.0} messages/s ({:.1} s)", messages / took[1], took[1]);
    println!("{outcome}");
    if let Some((now, highest)) = process::memory(server.process.id()) {
        println!("  server memory  {:10.1} MiB, at most {:.1}", now as f64 / 1024.0, highest as f64 / 1024.0);
    }
    Ok(())
}

/// A new folder that is deleted when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(parent: &Path) -> Result<Self, Failure> {
        let path = parent.join(format!("bench-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).map_err(|e| format!("cannot make {}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left over: {error}", self.0.display());
        }
    }
}

/// A server process, killed when this is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts it on a free port of loopback and waits until it takes connections.
    async fn start(options: &Options, data: &Path) -> Result<Self, Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut command = Command::new(&options.parlour);
        command.args(["serve", "--listen", &address, "--limits", "off", "--data"]).arg(data);
        command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null());
        let process = command.spawn().map_err(|e| format!("cannot start {}: {e}", options.parlour.display()))?;
        let mut server = Self { process, url: format!("http://{address}") };
        let begun = Instant::now();
        while std::net::TcpStream::connect(&address).is_err() {
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

    fn load(&self, rooms: u32, flight: u32, seconds: u64) -> send::Options {
        send::Options {
            url: self.url.clone(),
            clients: 64,
            accounts: 8,
            rooms,
            flight,
            rate: None,
            corpus: None,
            transport: Transport::Websocket,
            publishers: None,
            stalled: 0,
            seconds,
            warm_up: 2,
            bytes: 100,
            pid: Some(self.process.id()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is waited for, or it would stay as a zombie.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
