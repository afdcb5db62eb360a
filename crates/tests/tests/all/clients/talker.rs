//! A client program as a process: it is told what to say, and it prints what it hears, a JSON object a line.

use serde_json::Value;
use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tests::gathering::Gathering;
use tests::people::PASSWORD;
use tests::server::repository;
use tests::{Failure, Outcome, check, fail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Starting nine interpreters takes its time on a busy machine; this only bounds a run that hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// One client program.
pub(crate) struct Talker {
    pub(crate) name: String,
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    heard: HashMap<String, u32>,
    said: HashMap<String, u64>,
    /// By which transport it was heard last, where it says so.
    pub(crate) transport: String,
}

/// The folder of the client programs.
pub(crate) fn programs() -> PathBuf {
    repository().join("crates/tests/clients")
}

/// The interpreter with python-socketio: `PARLOUR_PYTHON`, or the environment that `make test` prepares.
pub(crate) fn python() -> Option<PathBuf> {
    if let Some(python) = env::var_os("PARLOUR_PYTHON") {
        return Some(PathBuf::from(python));
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("parlour/venv/bin/python"))
}

/// Why the client programs cannot be run here, if so.
pub(crate) fn missing() -> Option<String> {
    if !programs().join("node/node_modules/socket.io-msgpack-parser").is_dir() {
        return Some(
            "npm's socket.io-client and its parser are not installed in crates/tests/clients/node (`make test` does it)".into(),
        );
    }
    match python() {
        Some(python) if python.is_file() => None,
        _ => {
            Some("there is no Python with python-socketio (`make test` prepares one, PARLOUR_PYTHON names one)".into())
        }
    }
}

/// Why the web client cannot be run here, if so.
pub(crate) fn no_browser() -> Option<String> {
    let chromium = env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !chromium.is_file() {
        return Some(format!("there is no Chromium at {} (CHROMIUM names one)", chromium.display()));
    }
    if !repository().join("web/node_modules/playwright-core").is_dir() {
        return Some("playwright-core is not installed in web (`make test` does it)".into());
    }
    None
}

impl Talker {
    /// The web client in Chromium.
    pub(crate) fn browser(gathering: &Gathering, person: usize) -> Outcome<Talker> {
        let mut command = Command::new("node");
        command.arg(programs().join("node/browser.mjs"));
        Talker::start(command, gathering, person, "the web client", "garden")
    }

    /// npm's socket.io-client.
    pub(crate) fn node(gathering: &Gathering, person: usize, transports: &str) -> Outcome<Talker> {
        Talker::node_at(gathering.server.address(), gathering, person, transports)
    }

    /// The same at another address, such as that of a proxy in front of the server.
    pub(crate) fn node_at(address: &str, gathering: &Gathering, person: usize, transports: &str) -> Outcome<Talker> {
        let mut command = Command::new("node");
        command.arg(programs().join("node/talk.mjs"));
        let username = &gathering.accounts[person].username;
        command.args([address, username, PASSWORD, &gathering.room, transports]);
        Talker::of(command, &format!("socket.io-client {transports}"))
    }

    /// PyPI's python-socketio, with one of the two programs.
    pub(crate) fn python(gathering: &Gathering, person: usize, program: &str, transports: &str) -> Outcome<Talker> {
        let mut command = Command::new(python().ok_or_else(|| Failure("there is no Python".into()))?);
        command.arg(programs().join("python").join(program));
        Talker::start(command, gathering, person, &format!("python-socketio {program} {transports}"), transports)
    }

    fn start(
        mut command: Command,
        gathering: &Gathering,
        person: usize,
        name: &str,
        transports: &str,
    ) -> Outcome<Talker> {
        let username = &gathering.accounts[person].username;
        command.args([gathering.server.address(), username, PASSWORD, &gathering.room, transports]);
        Talker::of(command, name)
    }

    /// Any program that speaks this way.
    pub(crate) fn of(mut command: Command, name: &str) -> Outcome<Talker> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            fail!("{name} has no input or output")
        };
        let output = BufReader::new(output).lines();
        Ok(Talker {
            name: name.into(),
            child,
            input,
            output,
            heard: HashMap::new(),
            said: HashMap::new(),
            transport: String::new(),
        })
    }

    /// Waits until it has connected, or connected again; answers its transport.
    pub(crate) async fn ready(&mut self) -> Outcome<String> {
        loop {
            let told = self.next().await?;
            if told["ready"] == true {
                return Ok(told["transport"].as_str().unwrap_or_default().to_string());
            }
        }
    }

    /// Lets it say `text` and waits until that is acknowledged.
    pub(crate) async fn say(&mut self, text: &str) -> Outcome {
        self.input.write_all(format!("{text}\n").as_bytes()).await?;
        self.input.flush().await?;
        while !self.said.contains_key(text) {
            self.next().await?;
        }
        Ok(())
    }

    /// Waits until it has heard each of `lines`, and fails if it heard one twice.
    pub(crate) async fn hears_once(&mut self, lines: &[String]) -> Outcome {
        while let Some(missed) = lines.iter().find(|line| !self.heard.contains_key(*line)) {
            let missed = missed.clone();
            self.next().await.map_err(|failure| failure.during(format!("waiting for {missed:?}")))?;
        }
        for (line, times) in &self.heard {
            check!(*times == 1, "{} heard {line:?} {times} times", self.name);
        }
        Ok(())
    }

    /// Ends its input, upon which it leaves.
    pub(crate) async fn leave(mut self) -> Outcome {
        drop(self.input);
        match timeout(LIMIT, self.child.wait()).await {
            Ok(status) => {
                let status = status?;
                check!(status.success(), "{} ended with {status}", self.name);
                Ok(())
            }
            Err(_) => fail!("{} does not leave", self.name),
        }
    }

    async fn next(&mut self) -> Outcome<Value> {
        let line = match timeout(LIMIT, self.output.next_line()).await {
            Ok(line) => line?,
            Err(_) => fail!("{} tells nothing; it has heard {:?}", self.name, self.heard),
        };
        let Some(line) = line else { fail!("{} has ended", self.name) };
        let told: Value = serde_json::from_str(&line)?;
        if let Some(text) = told["heard"].as_str() {
            *self.heard.entry(text.into()).or_insert(0) += 1;
        }
        if let (Some(text), Some(seq)) = (told["said"].as_str(), told["seq"].as_u64()) {
            self.said.insert(text.into(), seq);
        }
        if let Some(transport) = told["transport"].as_str() {
            self.transport = transport.into();
        }
        if !told["failed"].is_null() {
            fail!("{} failed: {}", self.name, told["failed"]);
        }
        Ok(told)
    }
}
