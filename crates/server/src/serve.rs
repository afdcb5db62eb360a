//! The HTTP server: accepts connections within limits, and ends them gracefully.

use crate::doors::Peer;
use crate::doors::proxies::Network;
use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

/// How long the head of a connection's first request may take.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a connection may be idle after a request, with the head of the next one: longer than clients and proxies keep
/// theirs (a minute or two), because a request that is sent while the connection is being closed is lost.
const IDLE_TIME: Duration = Duration::from_secs(150);
/// The most bytes of a request's head.
const MOST_HEAD: usize = 32 * 1024;
/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 4096;
/// How long to wait after a connection could not be accepted: there is most likely no file descriptor free.
const BREATH: Duration = Duration::from_millis(200);
/// How long that is not said again.
const TOLD_AGAIN: Duration = Duration::from_secs(30);
/// What a connection beyond the limits is told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// How many connections may speak HTTP at once. One that has become a WebSocket is counted by Socket.IO instead.
#[derive(Clone, Debug)]
pub struct Admission {
    pub connections: usize,
    /// Of one IPv4 address or one IPv6 network of 64 bits; trusted proxies may have more.
    pub per_address: usize,
    pub trusted_proxies: Vec<Network>,
}

/// Listens on an address.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again must not wait for connections of the last one to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` turns true; a connection's task holds a receiver until it ends.
pub async fn accept(listener: TcpListener, router: Router, admission: Admission, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Places { taken: Mutex::default(), admission });
    let mut told: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping(&mut stop) => return,
        };
        match accepted {
            Ok((stream, peer)) => match Places::enter(&places, peer.ip()) {
                Some(place) => drop(tokio::spawn(converse(stream, peer.ip(), router.clone(), stop.clone(), place))),
                None => drop(stream.try_write(FULL)),
            },
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() > TOLD_AGAIN) {
                    tracing::warn!("connections cannot be accepted: {error}");
                    told = Some(Instant::now());
                }
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn stopping(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody can say it any more.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

fn is_the_peers(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn converse(stream: TcpStream, peer: IpAddr, router: Router, mut stop: watch::Receiver<bool>, _place: Place) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let spoken = Arc::new(AtomicBool::new(false));
    let heard = spoken.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        heard.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIME)
        .max_buf_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silence(&spoken) => return,
        () = stopping(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection broke: {error}");
    }
}

/// Ends when no first request has come in time.
async fn silence(spoken: &AtomicBool) {
    tokio::time::sleep(HEAD_TIME).await;
    if spoken.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}

/// Who is in.
struct Places {
    taken: Mutex<Taken>,
    admission: Admission,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// One connection's place, given back when dropped.
struct Place {
    places: Arc<Places>,
    /// None for a trusted proxy.
    network: Option<IpAddr>,
}

impl Places {
    fn enter(places: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let admission = &places.admission;
        let trusted = admission.trusted_proxies.iter().any(|network| network.contains(peer));
        let network = (!trusted).then(|| network_of(peer));
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= admission.connections {
            return None;
        }
        if let Some(network) = network {
            let count = taken.by_network.entry(network).or_insert(0);
            if *count >= admission.per_address {
                return None;
            }
            *count += 1;
        }
        taken.all += 1;
        Some(Place { places: places.clone(), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        let Some(network) = self.network else { return };
        if let Some(count) = taken.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                taken.by_network.remove(&network);
            }
        }
    }
}

/// What an address counts as: an IPv6 subscriber holds a whole /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
}
