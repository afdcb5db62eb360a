//! A look at a NATS server for whoever looks after it: which one it is, and how fast it answers.

use async_nats::{ConnectOptions, ServerAddr};
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
pub async fn probe(server: &str) -> Result<Probe, String> {
    let address: ServerAddr = server.parse().map_err(|error: std::io::Error| error.to_string())?;
    timeout(PATIENCE, look(address)).await.map_err(|_| "it took too long".to_owned())?
}

async fn look(address: ServerAddr) -> Result<Probe, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let client = ConnectOptions::new().connect(address).await.map_err(|error| told(&error))?;
    let info = client.server_info();
    let mut latency = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        client.flush().await.map_err(|error| told(&error))?;
        latency = latency.min(begun.elapsed());
    }
    Ok(Probe { version: info.version, latency, most_payload: info.max_payload })
}
