//! A proxy between a node and its server, which can lose what it should carry.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CARRIES: u8 = 0;
const CUTS_AT_COMMIT: u8 = 1;
const REFUSES: u8 = 2;
const STALLS: u8 = 3;

/// The proxy; it ends with the test's runtime.
pub struct Proxy {
    pub address: SocketAddr,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    pub async fn before(server: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(AtomicU8::new(CARRIES));
        let (server, at) = (server.to_owned(), mode.clone());
        tokio::spawn(async move {
            while let Ok((node, _)) = listener.accept().await {
                if at.load(Ordering::SeqCst) != REFUSES {
                    tokio::spawn(carry(node, server.clone(), at.clone()));
                }
            }
        });
        Proxy { address, mode }
    }

    pub fn carry(&self) {
        self.mode.store(CARRIES, Ordering::SeqCst);
    }

    /// Once: the next commit's answer is lost, and its connection.
    pub fn cut_at_commit(&self) {
        self.mode.store(CUTS_AT_COMMIT, Ordering::SeqCst);
    }

    /// Cuts what there is, and lets nobody in.
    pub fn refuse(&self) {
        self.mode.store(REFUSES, Ordering::SeqCst);
    }

    /// Keeps everything open, and carries nothing.
    pub fn stall(&self) {
        self.mode.store(STALLS, Ordering::SeqCst);
    }

    /// Whether the cut that was asked for has happened.
    pub fn has_cut(&self) -> bool {
        self.mode.load(Ordering::SeqCst) == CARRIES
    }
}

/// Waits while it stalls; false where it refuses.
async fn may_carry(mode: &AtomicU8) -> bool {
    while mode.load(Ordering::SeqCst) == STALLS {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    mode.load(Ordering::SeqCst) != REFUSES
}

async fn carry(mut node: TcpStream, server: String, mode: Arc<AtomicU8>) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut asked, mut said, mut last) = (vec![0; 16 * 1024], vec![0; 16 * 1024], Vec::new());
    let mut look = tokio::time::interval(std::time::Duration::from_millis(20));
    loop {
        if !may_carry(&mode).await {
            return;
        }
        tokio::select! {
            _ = look.tick() => {}
            read = node.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                // What came meanwhile is not carried either.
                if !may_carry(&mode).await || server.write_all(&asked[..count]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut said) => {
                let Ok(count @ 1..) = read else { return };
                // What the server says when it has committed.
                last.extend_from_slice(&said[..count]);
                let commits = last.windows(7).any(|bytes| bytes == b"COMMIT\0");
                // It may come in two pieces.
                last.drain(..last.len().saturating_sub(6));
                if commits && mode.compare_exchange(CUTS_AT_COMMIT, CARRIES, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                    return;
                }
                if !may_carry(&mode).await || node.write_all(&said[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
