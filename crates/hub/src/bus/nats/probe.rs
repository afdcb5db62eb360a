//! A look at a NATS server for whoever looks after it: which one it is, and how fast it answers.

use super::link::{in_address, showing, with_tls};
use crate::Tls;
use async_nats::{ConnectOptions, ServerAddr};
use bytes::Bytes;
use futures_util::StreamExt;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
const ROUNDS: usize = 5;

/// What was found.
#[derive(Clone, Debug)]
pub struct Probe {
    pub version: String,
    /// What a question takes at best.
    pub latency: Duration,
    /// The largest message that it carries, in bytes.
    pub most_payload: usize,
}

/// Looks at one server. The error is its reason as a text.
pub async fn probe(server: &str, tls: &Tls) -> Result<Probe, String> {
    let address: ServerAddr = server.parse().map_err(|error: std::io::Error| error.to_string())?;
    let options = showing(ConnectOptions::new(), in_address(std::slice::from_ref(&address)));
    let options = with_tls(options, tls).map_err(|error| error.to_string())?;
    timeout(PATIENCE, look(options, address)).await.map_err(|_| "it took too long".to_owned())?
}

async fn look(options: ConnectOptions, address: ServerAddr) -> Result<Probe, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let client = options.connect(address).await.map_err(|error| told(&error))?;
    let info = client.server_info();
    let echo = client.new_inbox();
    let mut heard = client.subscribe(echo.clone()).await.map_err(|error| told(&error))?;
    let mut latency = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        client.publish(echo.clone(), Bytes::new()).await.map_err(|error| told(&error))?;
        heard.next().await.ok_or("it hung up")?;
        latency = latency.min(begun.elapsed());
    }
    Ok(Probe { version: info.version, latency, most_payload: info.max_payload })
}
