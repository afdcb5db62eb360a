//! The browsers of the tests and the push service that they are at: a program of npm's http_ece and node's cryptography.

use crate::clients::talker::programs;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::process::Stdio;
use std::time::Duration;
use tests::{Outcome, fail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// This only bounds a run that hangs.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) struct Service {
    /// Killed when dropped.
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// By browser: what came and nobody has asked for yet.
    pushed: HashMap<String, VecDeque<Value>>,
}

/// Why it cannot be run here, if so.
pub(super) fn missing() -> Option<String> {
    let there = programs().join("node/node_modules/http_ece").is_dir();
    (!there).then(|| "npm's http_ece is not installed in crates/tests/clients/node (`make test` does it)".into())
}

impl Service {
    pub(super) async fn start() -> Outcome<Service> {
        let mut command = Command::new("node");
        command.arg(programs().join("node/push.mjs"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            fail!("the push service has no input or output")
        };
        let output = BufReader::new(output).lines();
        Ok(Service { _child: child, input, output, pushed: HashMap::new() })
    }

    /// A new browser; answers its subscription.
    pub(super) async fn make(&mut self, name: &str) -> Outcome<Value> {
        self.say(&json!({"make": name})).await?;
        loop {
            let mut told = self.next().await?;
            if told["made"] == json!(name) {
                if let Some(fields) = told.as_object_mut() {
                    fields.remove("made");
                }
                return Ok(told);
            }
        }
    }

    /// With which statuses the next pushes to a browser are answered.
    pub(super) async fn answers(&mut self, name: &str, statuses: &[u16]) -> Outcome {
        self.say(&json!({"answer": name, "statuses": statuses})).await
    }

    /// The next push to a browser.
    pub(super) async fn pushed(&mut self, name: &str) -> Outcome<Value> {
        loop {
            if let Some(pushed) = self.pushed.get_mut(name).and_then(VecDeque::pop_front) {
                return Ok(pushed);
            }
            self.next().await.map_err(|failure| failure.during(format!("waiting for a push to {name}")))?;
        }
    }

    /// How many pushes have come to a browser that nobody has asked for.
    pub(super) fn heard(&self, name: &str) -> usize {
        self.pushed.get(name).map_or(0, VecDeque::len)
    }

    async fn say(&mut self, words: &Value) -> Outcome {
        self.input.write_all(format!("{words}\n").as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    async fn next(&mut self) -> Outcome<Value> {
        let line = match timeout(LIMIT, self.output.next_line()).await {
            Ok(line) => line?,
            Err(_) => fail!("no push comes"),
        };
        let Some(line) = line else { fail!("the push service has ended") };
        let told: Value = serde_json::from_str(&line)?;
        if !told["failed"].is_null() {
            fail!("a push cannot be understood: {}", told["failed"]);
        }
        if let Some(name) = told["pushed"].as_str() {
            self.pushed.entry(name.into()).or_default().push_back(told.clone());
        }
        Ok(told)
    }
}
