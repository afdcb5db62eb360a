//! A connection that counts what a command costs it: bytes both ways, and the time until everything was said.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::Failure;
use crate::link::{Answer, Link, Packet, Transport};
use crate::server::Server;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Device {
    link: Link,
}

/// What one command cost, and what it was answered.
pub(super) struct Cost {
    pub(super) value: Value,
    pub(super) down: u64,
    pub(super) up: u64,
    pub(super) time: Duration,
}

impl Device {
    pub(super) async fn connect(server: &Server, token: &str) -> Result<Self, Failure> {
        let authority = server.url.trim_start_matches("http://");
        Ok(Self { link: Link::connect(authority, token, Transport::Websocket, false).await? })
    }

    /// The connection itself, once it is only listened to.
    pub(super) fn into_link(self) -> Link {
        self.link
    }

    /// Asks and waits for the acknowledgement; what is pushed meanwhile is counted alone.
    pub(super) async fn ask(&mut self, command: &str, argument: &Value) -> Result<Cost, Failure> {
        timeout(PATIENCE, self.talk(command, &argument.to_string()))
            .await
            .map_err(|_| format!("{command} was not answered within {} s", PATIENCE.as_secs()))?
    }

    async fn talk(&mut self, command: &str, argument: &str) -> Result<Cost, Failure> {
        let (down, up, begun) = (self.link.received, self.link.sent, Instant::now());
        let number = self.link.command(command, argument);
        self.link.flush().await?;
        loop {
            match self.link.next()? {
                Some(Packet::Ack(answered, json)) if answered == number => {
                    let Answer { ok, value, error } = Answer::parse(json)?;
                    if !ok {
                        return Err(format!("{command} was refused: {error}").into());
                    }
                    let (down, up) = (self.link.received - down, self.link.sent - up);
                    return Ok(Cost { value, down, up, time: begun.elapsed() });
                }
                Some(Packet::Refused(why)) => return Err(format!("refused: {why}").into()),
                Some(_) => {}
                None => self.link.fill().await?,
            }
        }
    }

    /// Posts into those rooms in turn, many under way at once, and waits until all are acknowledged.
    pub(super) async fn post(&mut self, rooms: &[String], texts: &[String]) -> Result<(), Failure> {
        const FLIGHT: usize = 64;
        for (number, text) in texts.iter().enumerate() {
            let room = &rooms[number % rooms.len()];
            let cid = uuid::Uuid::now_v7().to_string();
            let argument = serde_json::json!({"room": room, "cid": cid, "text": text}).to_string();
            self.link.command("messages.send", &argument);
            if number % FLIGHT == FLIGHT - 1 || number == texts.len() - 1 {
                let sent = number % FLIGHT + 1;
                self.link.flush().await?;
                timeout(PATIENCE, self.acknowledged(sent)).await.map_err(|_| "posts were not acknowledged")??;
            }
        }
        Ok(())
    }

    async fn acknowledged(&mut self, mut wanted: usize) -> Result<(), Failure> {
        while wanted > 0 {
            match self.link.next()? {
                Some(Packet::Ack(_, json)) => {
                    let answer = Answer::parse(json)?;
                    if !answer.ok {
                        return Err(format!("a post was refused: {}", answer.error).into());
                    }
                    wanted -= 1;
                }
                Some(_) => {}
                None => self.link.fill().await?,
            }
        }
        Ok(())
    }
}
