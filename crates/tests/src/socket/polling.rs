//! The long-polling transport.

use super::session::Session;
use crate::{Failure, Outcome, check};
use reqwest::Client;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// Packets of one payload stand between these (Engine.IO 4).
const SEPARATOR: char = '\u{1e}';

/// Opens a session by GET and starts the task that polls and posts until either side ends; `scattered`: over a
/// connection of its own each time.
pub(super) async fn start(
    address: &str,
    session: Arc<Session>,
    packets: Receiver<String>,
    scattered: bool,
) -> Outcome<JoinHandle<()>> {
    let kept = if scattered { 0 } else { usize::MAX };
    let http = Client::builder().no_proxy().pool_max_idle_per_host(kept).timeout(Duration::from_secs(90)).build()?;
    let url = format!("{address}/socket.io/?EIO=4&transport=polling");
    let open = http.get(&url).send().await?.error_for_status()?.text().await?;
    check!(open.starts_with('0'), "polling did not begin with an open packet: {open}");
    let open: Value = serde_json::from_str(&open[1..])?;
    let Some(sid) = open["sid"].as_str() else { return Err(Failure(format!("an open packet without sid: {open}"))) };
    let url = format!("{url}&sid={sid}");
    let (pong, pongs) = channel(4);
    Ok(tokio::spawn(async move {
        tokio::select! {
            () = poll(&http, &url, &session, pong) => {}
            () = post(&http, &url, &session, packets, pongs) => {}
        }
    }))
}

async fn poll(http: &Client, url: &str, session: &Session, pong: Sender<String>) {
    while session.ending().is_none() {
        session.unpaused().await;
        let payload = match fetch(http, url).await {
            Ok(payload) => payload,
            Err(failure) => return session.end(&failure.0),
        };
        for packet in payload.split(SEPARATOR) {
            if let Some(reply) = session.receive(packet)
                && pong.send(reply).await.is_err()
            {
                return;
            }
        }
    }
}

/// One POST at a time: a server may refuse a second one that overlaps.
async fn post(http: &Client, url: &str, session: &Session, mut packets: Receiver<String>, mut pongs: Receiver<String>) {
    loop {
        let packet = tokio::select! {
            packet = packets.recv() => packet,
            Some(pong) = pongs.recv() => Some(pong),
        };
        let Some(mut payload) = packet else { break };
        while let Ok(more) = packets.try_recv() {
            payload.push(SEPARATOR);
            payload.push_str(&more);
        }
        if let Err(failure) = send(http, url, payload).await {
            return session.end(&failure.0);
        }
    }
    session.end("closed by us");
    // The server may be gone already, then there is nobody to say goodbye to.
    let _ = send(http, url, "1".into()).await;
}

async fn fetch(http: &Client, url: &str) -> Outcome<String> {
    Ok(http.get(url).send().await?.error_for_status()?.text().await?)
}

async fn send(http: &Client, url: &str, payload: String) -> Outcome {
    let request = http.post(url).header("content-type", "text/plain;charset=UTF-8").body(payload);
    request.send().await?.error_for_status()?;
    Ok(())
}
