//! A way to a server, or between one and its database, that cuts, stalls, swallows and delivers slowly, at bytes drawn
//! from a seed, or is shut, halts or loses an answer when it is told to.

use crate::Outcome;
use crate::dice::Dice;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What happens to one direction of a connection once so many bytes have passed.
#[derive(Clone, Copy)]
enum Fate {
    Sound,
    /// The connection ends there, in the middle of whatever it is.
    Cut,
    /// Nothing passes for a while.
    Stall(Duration),
    /// What follows never arrives, and a moment later the connection ends.
    Swallow,
    /// What follows comes in crumbs.
    Crumbs,
}

/// How long a connection that swallows seems to live.
const SILENCE: Duration = Duration::from_millis(200);
/// How many bytes come in crumbs before it goes on as usual, and how many a crumb has.
const CRUMBS: (usize, usize) = (600, 7);

struct Shared {
    /// Each connection goes to the next of them.
    targets: Vec<String>,
    turn: AtomicUsize,
    /// New connections are ended at once.
    shut: AtomicBool,
    /// Nothing passes while this is so.
    halted: watch::Sender<bool>,
    /// An answer that has these bytes is lost with its connection, once.
    lost: Mutex<Option<Vec<u8>>>,
    dice: Mutex<Dice>,
    calm: AtomicBool,
    /// Bytes that came from the server.
    heard: AtomicU64,
    /// Every connection ends when this changes.
    cuts: watch::Sender<u64>,
}

/// A way to one server, or to several in turn.
pub struct Proxy {
    address: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A way to `target` (`http://127.0.0.1:PORT`, or without the scheme), calm until [`Proxy::trouble`].
    pub async fn to(target: &str, seed: u64) -> Outcome<Proxy> {
        Proxy::to_each(&[target.to_string()], seed).await
    }

    /// A way to several: each connection goes to the next, as a load balancer does that remembers nobody.
    pub async fn to_each(targets: &[String], seed: u64) -> Outcome<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            targets: targets.iter().map(|target| target.trim_start_matches("http://").to_string()).collect(),
            turn: AtomicUsize::new(0),
            shut: AtomicBool::new(false),
            halted: watch::Sender::new(false),
            lost: Mutex::new(None),
            dice: Mutex::new(Dice::new(seed)),
            calm: AtomicBool::new(true),
            heard: AtomicU64::new(0),
            cuts: watch::Sender::new(0),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Ok(Proxy { address, shared, task })
    }

    /// What to connect to instead of the server.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `127.0.0.1:PORT`.
    pub fn place(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// Ends every connection, and each new one at once, until it is opened again.
    pub fn shut(&self, on: bool) {
        self.shared.shut.store(on, Ordering::Relaxed);
        if on {
            self.cut();
        }
    }

    /// Nothing passes any more, and no connection ends, until it goes on: then all arrives that was sent.
    pub fn halt(&self, on: bool) {
        self.shared.halted.send_replace(on);
    }

    /// The next answer of a server that has `bytes` does not arrive: its connection ends instead.
    pub fn lose(&self, bytes: &[u8]) {
        *self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_vec());
    }

    /// Whether an answer is still waited for that will be lost.
    pub fn is_about_to_lose(&self) -> bool {
        self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether connections have their fates: those that are made from now on; calm comes to all at once.
    pub fn trouble(&self, on: bool) {
        self.shared.calm.store(!on, Ordering::Relaxed);
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Bytes that the server has sent this way.
    pub fn heard(&self) -> u64 {
        self.shared.heard.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

impl Shared {
    /// Whether this answer is the one to be lost.
    fn loses(&self, answer: &[u8]) -> bool {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lost.as_ref().is_some_and(|bytes| answer.windows(bytes.len()).any(|window| window == bytes));
        if found {
            *lost = None;
        }
        found
    }

    /// Waits while nothing passes.
    async fn passing(&self) {
        let mut halted = self.halted.subscribe();
        // The sender lives as long as this, so the wait cannot fail.
        let _ = halted.wait_for(|halted| !halted).await;
    }

    fn fate(&self) -> (u64, Fate) {
        if self.calm.load(Ordering::Relaxed) {
            return (u64::MAX, Fate::Sound);
        }
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = *dice.pick(&[300, 2_000, 20_000]);
        let at = dice.throw(reach);
        let fate = match dice.throw(10) {
            0..=2 => Fate::Cut,
            3 | 4 => Fate::Stall(Duration::from_millis(20 + dice.throw(300))),
            5 => Fate::Swallow,
            6 => Fate::Crumbs,
            _ => Fate::Sound,
        };
        (at, fate)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if shared.shut.load(Ordering::Relaxed) {
            continue;
        }
        let shared = shared.clone();
        let mut cuts = shared.cuts.subscribe();
        tokio::spawn(async move {
            shared.passing().await;
            let target = &shared.targets[shared.turn.fetch_add(1, Ordering::Relaxed) % shared.targets.len()];
            // A server that is being started again: the client is cut off and tries again.
            let Ok(server) = TcpStream::connect(target).await else { return };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::select! {
                () = pump(from_client, to_server, &shared, None) => {}
                () = pump(from_server, to_client, &shared, Some(&shared.heard)) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Carries bytes until either side ends or its fate ends it.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared, count: Option<&AtomicU64>) {
    let mut buffer = vec![0; 16 * 1024];
    let (mut left, mut fate) = shared.fate();
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        if read == 0 {
            return;
        }
        shared.passing().await;
        if let Some(count) = count {
            count.fetch_add(read as u64, Ordering::Relaxed);
            if shared.loses(&buffer[..read]) {
                return;
            }
        }
        let mut bytes = &buffer[..read];
        if left < read as u64 {
            let (before, after) = bytes.split_at(left as usize);
            if to.write_all(before).await.is_err() {
                return;
            }
            bytes = after;
            left = u64::MAX;
            match std::mem::replace(&mut fate, Fate::Sound) {
                _ if shared.calm.load(Ordering::Relaxed) => {}
                Fate::Sound => {}
                Fate::Cut => return,
                Fate::Stall(time) => sleep(time).await,
                Fate::Swallow => return sleep(SILENCE).await,
                Fate::Crumbs => {
                    let (crumbs, rest) = bytes.split_at(bytes.len().min(CRUMBS.0));
                    for crumb in crumbs.chunks(CRUMBS.1) {
                        if to.write_all(crumb).await.is_err() {
                            return;
                        }
                        sleep(Duration::from_millis(1)).await;
                    }
                    bytes = rest;
                }
            }
        } else {
            left = left.saturating_sub(read as u64);
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
