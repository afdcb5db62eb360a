//! How many may connect, in all and from one address.

use socketio::Config;

use crate::client::{WebSocket, request};
use crate::host::{Host, quiet};

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

#[tokio::test]
async fn connections_of_one_address_are_limited() {
    let host = Host::start(Config { max_connections_per_address: 2, ..quiet() }).await;
    let from = |address: &str| format!("X-Address: {address}\r\n");
    let first = WebSocket::open_at(host.address, WEBSOCKET, &from("192.0.2.1")).await.unwrap();
    assert_eq!(request(host.address, "GET", POLLING, &from("192.0.2.1"), b"").await.0, 200);
    assert_eq!(request(host.address, "GET", POLLING, &from("192.0.2.1"), b"").await.0, 429);
    assert_eq!(WebSocket::open_at(host.address, WEBSOCKET, &from("192.0.2.1")).await.err(), Some(429));
    assert_eq!(WebSocket::open_at(host.address, WEBSOCKET, &from("::ffff:192.0.2.1")).await.err(), Some(429));
    assert_eq!(request(host.address, "GET", POLLING, &from("192.0.2.2"), b"").await.0, 200);
    drop(first);
    while WebSocket::open_at(host.address, WEBSOCKET, &from("192.0.2.1")).await.is_err() {
        tokio::task::yield_now().await;
    }
    // One customer has a whole network.
    for (last, status) in [("1", 200), ("2", 200), ("3", 429)] {
        let address = from(&format!("2001:db8::{last}"));
        assert_eq!(request(host.address, "GET", POLLING, &address, b"").await.0, status);
    }
    assert_eq!(request(host.address, "GET", POLLING, &from("2001:db8:0:1::1"), b"").await.0, 200);
}

#[tokio::test]
async fn connections_are_limited_in_all() {
    let host = Host::start(Config { max_connections: 3, ..quiet() }).await;
    for (last, status) in [(1, 200), (2, 200), (3, 200), (4, 503)] {
        let address = format!("X-Address: 192.0.2.{last}\r\n");
        assert_eq!(request(host.address, "GET", POLLING, &address, b"").await.0, status);
    }
    assert_eq!(host.server.stats().refused, 1);
}

#[tokio::test]
async fn large_heads_are_refused() {
    let host = Host::start(quiet()).await;
    let cookie = format!("Cookie: {}\r\n", "x".repeat(17_000));
    assert_eq!(request(host.address, "GET", POLLING, &cookie, b"").await.0, 413);
    let query = format!("{POLLING}&x={}", "x".repeat(3_000));
    assert_eq!(request(host.address, "GET", &query, "", b"").await.0, 400);
}
