//! A device asks the server for what its replica lacks.

use super::Device;
use crate::replica::Want;
use crate::{Failure, Outcome};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// How long a hole may still be filled by what comes in another order.
const REORDERING: Duration = Duration::from_millis(300);

impl Device {
    /// Asks the server for whatever the replica lacks; answers whether that was anything. Call it again when some time
    /// has passed: a hole may still be filled by what is on its way.
    pub async fn tend(&self) -> Outcome<bool> {
        let mut wants = self.seen().replica.wants();
        let adrift = self.seen().replica.is_adrift();
        if !adrift && wants.iter().any(|want| matches!(want, Want::Hello | Want::Watch(_))) {
            // What comes in another order is there a moment later.
            sleep(REORDERING).await;
            wants = self.seen().replica.wants();
        }
        let turn = self.moved(&self.seen());
        for want in &wants {
            self.satisfy(want).await?;
        }
        if wants.contains(&Want::Hello) {
            self.hello().await?;
        } else if turn || wants.iter().any(|want| matches!(want, Want::Watch(_))) {
            self.watch_screen().await?;
        }
        Ok(turn || !wants.is_empty())
    }

    /// Has what it holds whole of the rooms on its screen compared with what the server has, as once an hour, and
    /// repaired; answers how many blocks differed.
    pub async fn prove(&self) -> Outcome<u64> {
        let mut found = 0;
        loop {
            let (blocks, asked_at) = {
                let seen = self.seen();
                (seen.replica.live_digests(), seen.replica.held(seen.replica.rooms.keys()))
            };
            let wish = json!({"blocks": blocks, "cause": "hourly"});
            let answer = self.socket()?.call("sync.check", &wish).await?;
            let answer = answer.map_err(|error| Failure(format!("{} checks: {error}", self.name)))?;
            found += answer["different"].as_array().map_or(0, |different| different.len() as u64);
            let more = answer["more"] == json!(true);
            self.seen().replica.repair(answer, &asked_at);
            if !more {
                return Ok(found);
            }
        }
    }

    async fn satisfy(&self, want: &Want) -> Outcome {
        let socket = self.socket()?;
        match want {
            Want::Hello | Want::Watch(_) => {}
            Want::Counts(room) => {
                let answer = socket.call("rooms.get", &json!({"room": room})).await?;
                if let Ok(value) = answer {
                    self.seen().replica.counts_are(value);
                }
            }
            Want::Fetch(room, seq) => {
                let answer = socket.call("messages.get", &json!({"room": room, "seq": seq})).await?;
                match answer {
                    Ok(message) => self.seen().replica.fetched(room, *seq, Some(message)),
                    Err(error) if error["code"] == "messages.not_found" => {
                        self.seen().replica.fetched(room, *seq, None);
                    }
                    // No longer in the room: that is being told.
                    Err(_) => {}
                }
            }
            Want::Check => {
                let (blocks, asked_at) = {
                    let seen = self.seen();
                    (seen.replica.differing(), seen.replica.held(seen.replica.rooms.keys()))
                };
                let wish = json!({"blocks": blocks, "cause": "done"});
                let answer = socket.call("sync.check", &wish).await?;
                let answer = answer.map_err(|error| Failure(format!("{} checks: {error}", self.name)))?;
                self.seen().replica.repair(answer, &asked_at);
            }
        }
        Ok(())
    }
}
