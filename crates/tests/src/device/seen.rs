//! What a device has heard, perhaps twice or in another order.

use crate::dice::Dice;
use crate::replica::Replica;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a connection has heard.
#[derive(Default)]
pub struct Seen {
    pub replica: Replica,
    /// Who types where: by room and user.
    pub typing: BTreeMap<(String, String), bool>,
    pub presence: BTreeMap<String, String>,
    /// Every presence and typing ever heard: user and what it was.
    pub ever: BTreeSet<(String, String)>,
    /// Ops may be heard twice, and after the next one.
    pub(super) tricks: Option<Dice>,
    pub(super) held_back: Option<Value>,
    /// Which connection is listened to: what an earlier one still had to say does not count.
    pub(super) connection: u32,
}

impl Seen {
    pub(super) fn hear(&mut self, event: &str, value: Value) {
        match (event, self.held_back.take()) {
            ("op", None) => {
                let Some(dice) = &mut self.tricks else { return self.hear_plainly(event, value) };
                match dice.throw(6) {
                    0 => self.held_back = Some(value),
                    1 => {
                        self.hear_plainly(event, value.clone());
                        self.hear_plainly(event, value);
                    }
                    _ => self.hear_plainly(event, value),
                }
            }
            ("op", Some(earlier)) => {
                self.hear_plainly(event, value);
                self.hear_plainly("op", earlier);
            }
            (_, earlier) => {
                if let Some(earlier) = earlier {
                    self.hear_plainly("op", earlier);
                }
                self.hear_plainly(event, value);
            }
        }
    }

    pub(super) fn hear_plainly(&mut self, event: &str, value: Value) {
        match event {
            "typing" => match (value["room"].as_str(), value["user"].as_str(), value["typing"].as_bool()) {
                (Some(room), Some(user), Some(typing)) => {
                    self.typing.insert((room.into(), user.into()), typing);
                    self.ever.insert((user.into(), "typing".into()));
                }
                _ => self.replica.faults.push(format!("typing of another shape: {value}")),
            },
            "presence" => {
                let others = value["others"].as_object().cloned().unwrap_or_default();
                self.hear_presence(&value["user"], &value["presence"]);
                others.into_iter().for_each(|(user, presence)| self.hear_presence(&Value::String(user), &presence));
            }
            _ => self.replica.hear(event, value),
        }
    }

    fn hear_presence(&mut self, user: &Value, presence: &Value) {
        match (user.as_str(), presence.as_str()) {
            (Some(user), Some(presence @ ("online" | "away" | "offline"))) => {
                self.presence.insert(user.into(), presence.into());
                self.ever.insert((user.into(), presence.into()));
            }
            _ => self.replica.faults.push(format!("presence of another shape: {user} {presence}")),
        }
    }
}
