//! The binary under test as one server, of one node or of several: who speaks to it comes to the next one each time.

mod node;
mod stage;

pub use node::Node;
pub use stage::{Stage, Ties};

use crate::companions::Database;
use crate::folder::Folder;
use crate::rest::Rest;
use crate::{Failure, Outcome, check, fail};
use node::Start;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The path of the binary: `PARLOUR_BIN`, or the debug build in the target folder.
///
/// # Errors
/// A sentence that says how to make it.
pub fn binary() -> Outcome<PathBuf> {
    let path = match (env::var_os("PARLOUR_BIN"), env::var_os("CARGO_TARGET_DIR")) {
        (Some(path), _) => PathBuf::from(path),
        (None, Some(target)) => PathBuf::from(target).join("debug/parlour"),
        (None, None) => repository().join("target/debug/parlour"),
    };
    if path.is_file() {
        return Ok(path);
    }
    fail!("there is no binary at {}: `cargo build --bin parlour` makes it, or name one in PARLOUR_BIN", path.display())
}

/// The root of the repository that this was built in.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How a server is started; kept to start it again in the same way.
#[derive(Clone, Default)]
pub struct Setting {
    /// Contents of `parlour.toml`; empty for none.
    pub config: String,
    /// Rate limits as they are by default; most tests switch them off.
    pub limits: bool,
    pub stage: Stage,
    /// A node for each of these, whatever the stage; none: the stage's nodes on a database of their own.
    pub ties: Vec<Ties>,
}

/// A running server; killed when dropped.
pub struct Server {
    /// Equal nodes of one instance.
    pub nodes: Vec<Node>,
    ties: Vec<Ties>,
    folder: Arc<Folder>,
    /// Its database, if that is not in the folder and nobody else's.
    database: Option<Database>,
    turn: AtomicUsize,
}

impl Server {
    /// Starts a server on new, empty data.
    pub async fn empty(setting: Setting) -> Outcome<Server> {
        Server::on_copy(setting, None).await
    }

    /// Starts a server on a copy of the database called `template`, where it stands on PostgreSQL.
    pub(crate) async fn on_copy(setting: Setting, template: Option<&str>) -> Outcome<Server> {
        let (ties, database) = match setting.ties.as_slice() {
            [] => setting.stage.ties(template).await?,
            ties => (ties.to_vec(), None),
        };
        if let (Some(database), Some(_)) = (&database, template) {
            // It goes its own way from here on, and is no other copy's sister.
            database.ask("UPDATE instance SET epoch = substr(md5(random()::text), 1, 16)").await?;
        }
        Server::on(Arc::new(Folder::new()?), setting, ties, database).await
    }

    /// Starts a server on SQLite with the data in `folder`.
    pub async fn start(folder: Arc<Folder>, setting: Setting) -> Outcome<Server> {
        Server::on(folder, setting, vec![Ties::default()], None).await
    }

    async fn on(folder: Arc<Folder>, setting: Setting, ties: Vec<Ties>, database: Option<Database>) -> Outcome<Server> {
        let mut config = None;
        if !setting.config.is_empty() {
            let file = folder.join("parlour.toml");
            fs::write(&file, &setting.config)?;
            config = Some(file);
        }
        let mut starting = JoinSet::new();
        for (number, ties) in ties.iter().cloned().enumerate() {
            let name = if number == 0 { "data".to_string() } else { format!("data-{number}") };
            let data = folder.join(&name);
            let (setting, config) = (setting.clone(), config.clone());
            let start = Start { setting, ties, data, config, listen: "127.0.0.1:0".into() };
            starting.spawn(async move { (number, Node::start(start).await) });
        }
        let mut nodes = Vec::new();
        while let Some(started) = starting.join_next().await {
            let (number, node) = started?;
            nodes.push((number, node?));
        }
        nodes.sort_by_key(|(number, _)| *number);
        let nodes = nodes.into_iter().map(|(_, node)| node).collect();
        Ok(Server { nodes, ties, folder, database, turn: AtomicUsize::new(0) })
    }

    /// `http://127.0.0.1:PORT` of the next node.
    pub fn address(&self) -> &str {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.nodes[turn % self.nodes.len()].address()
    }

    /// The addresses of all nodes.
    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address().to_string()).collect()
    }

    /// REST by all nodes in turn.
    pub fn rest(&self, token: Option<&str>) -> Outcome<Rest> {
        Rest::over(self.addresses(), token)
    }

    /// The data folder of the first node.
    pub fn data(&self) -> PathBuf {
        self.nodes[0].data()
    }

    /// The folder that holds everything of this server.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Its database on the shared PostgreSQL, if it has one there.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// The same, no longer this server's.
    pub(crate) fn take_database(&mut self) -> Option<Database> {
        self.database.take()
    }

    /// The last lines that the nodes wrote to both of their outputs.
    pub fn log(&self) -> String {
        self.nodes.iter().map(Node::log).collect::<Vec<_>>().join("\n")
    }

    /// Ends all nodes as a power cut would.
    pub async fn kill(&mut self) -> Outcome {
        for node in &mut self.nodes {
            node.kill().await?;
        }
        Ok(())
    }

    /// Asks all nodes to end (SIGTERM) and waits until they have; answers how, or how one of them that did not end well.
    pub async fn stop(&mut self) -> Outcome<ExitStatus> {
        let stopping = self.nodes.iter_mut().map(Node::stop);
        let mut statuses = futures_util::future::try_join_all(stopping).await?;
        statuses.sort_by_key(ExitStatus::success);
        statuses.into_iter().next().ok_or_else(|| Failure("there is no node".into()))
    }

    /// Starts all nodes again after `kill` or `stop`: the same data, the same ports.
    pub async fn again(&mut self) -> Outcome {
        futures_util::future::try_join_all(self.nodes.iter_mut().map(Node::again)).await.map(drop)
    }

    /// Runs a command of the operator with `input` on this server's data; fails unless it ends well.
    pub async fn operator(&self, words: &str, input: &str) -> Outcome<String> {
        let data = self.data().to_string_lossy().into_owned();
        let arguments: Vec<&str> = words.split(' ').chain(["--data", &data]).collect();
        let (status, out, complaint) = run_with(&arguments, input, self.ties[0].clone()).await?;
        check!(status.success(), "it ended with {status}:\n{out}{complaint}");
        Ok(out)
    }
}

/// Runs the binary with `arguments` and `input` to its end; answers its status, what it printed and what it
/// complained of.
pub async fn run(arguments: &[&str], input: &str) -> Outcome<(ExitStatus, String, String)> {
    run_with(arguments, input, Ties::default()).await
}

/// The same with a node's ties.
pub async fn run_with(arguments: &[&str], input: &str, ties: Ties) -> Outcome<(ExitStatus, String, String)> {
    let mut command = Command::new(binary()?);
    command.args(arguments).envs(ties.variables().into_iter().filter(|(_, value)| !value.is_empty()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing may be gone before this is written.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = timeout(Duration::from_secs(300), child.wait_with_output())
        .await
        .map_err(|_| Failure(format!("parlour {} did not end", arguments.join(" "))))??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status, text(&output.stdout), text(&output.stderr)))
}
