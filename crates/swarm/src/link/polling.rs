//! Engine.IO by long polling: a request that waits for packets, and one that carries ours.

use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::Failure;

/// What separates the packets of a payload.
pub(super) const SEPARATOR: u8 = 0x1E;

/// A session, with the request that waits; that one lives on when whoever waits for it is dropped.
pub(super) struct Polling {
    http: Client,
    url: String,
    waiting: Option<JoinHandle<Result<Vec<u8>, reqwest::Error>>>,
}

impl Polling {
    pub(super) async fn open(authority: &str) -> Result<Self, Failure> {
        let http = Client::new();
        let url = format!("http://{authority}/socket.io/?EIO=4&transport=polling");
        let handshake = http.get(&url).send().await?.error_for_status()?.text().await?;
        let json = handshake.strip_prefix('0').ok_or_else(|| format!("no handshake: {handshake}"))?;
        let handshake: Value = serde_json::from_str(json)?;
        let sid = handshake["sid"].as_str().ok_or("the handshake has no sid")?;
        Ok(Self { http, url: format!("{url}&sid={sid}"), waiting: None })
    }

    /// The next payload. May be dropped while it waits.
    pub(super) async fn read(&mut self) -> Result<Vec<u8>, Failure> {
        let waiting = self.waiting.get_or_insert_with(|| {
            let request = self.http.get(&self.url).send();
            tokio::spawn(async move { Ok(request.await?.error_for_status()?.bytes().await?.to_vec()) })
        });
        let payload = waiting.await;
        self.waiting = None;
        Ok(payload??)
    }

    pub(super) async fn write(&self, payload: Vec<u8>) -> Result<(), Failure> {
        self.http.post(&self.url).body(payload).send().await?.error_for_status()?;
        Ok(())
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            waiting.abort();
        }
    }
}
