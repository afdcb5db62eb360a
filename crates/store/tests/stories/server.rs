//! The PostgreSQL server that the tests are given: each story has a database of its own, copied from one that is migrated
//! once.
//!
//! `PARLOUR_TEST_POSTGRES` names it (`postgres://postgres@127.0.0.1:5432/postgres`; the role may create databases).
//! Without it what needs a server is passed over, and says so.

use crate::house::Folder;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// A database that goes when it is dropped.
pub struct Server {
    admin: String,
    name: String,
}

/// What the template is made of: with another text it is another template.
const SCHEMA: [&str; 6] = [
    include_str!("../../src/migrations/postgres/0001_foundation.sql"),
    include_str!("../../src/migrations/postgres/0002_catch_up.sql"),
    include_str!("../../src/migrations/postgres/0003_tombstones_and_words.sql"),
    include_str!("../../src/migrations/postgres/0004_notices.sql"),
    include_str!("../../src/migrations/postgres/0005_pushes.sql"),
    include_str!("../../src/migrations/postgres/0006_settings_and_status.sql"),
];

/// The options of a story: few connections, since many stories run at once.
pub fn options() -> store::postgres::Options {
    store::postgres::Options { readers: 2, ..store::postgres::Options::default() }
}

/// The server's address, or None and a word why there is none.
pub fn address() -> Option<String> {
    let found = std::env::var("PARLOUR_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    if found.is_none() {
        println!("passed over: PARLOUR_TEST_POSTGRES names no server");
    }
    found
}

impl Server {
    /// A database with the newest schema and nothing in it.
    pub async fn new() -> Option<Server> {
        let admin = address()?;
        let template = template(&admin).await;
        let server = Server { name: fresh_name(), admin };
        server.create(&format!("TEMPLATE {template}")).await;
        Some(server)
    }

    /// A database without a schema.
    pub async fn empty() -> Option<Server> {
        let server = Server { name: fresh_name(), admin: address()? };
        server.create("").await;
        Some(server)
    }

    pub fn url(&self) -> String {
        in_database(&self.admin, &self.name)
    }

    /// Where the server listens.
    pub fn host(&self) -> String {
        host_of(&self.admin).to_owned()
    }

    /// The same database by way of another address, which can read what passes.
    pub fn url_at(&self, host: &str) -> String {
        let url = self.url().replacen(host_of(&self.admin), host, 1);
        let more = if url.contains('?') { '&' } else { '?' };
        format!("{url}{more}sslmode=disable")
    }

    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }

    /// The one number that a question answers.
    pub async fn number(&self, sql: &str) -> i64 {
        self.client().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn create(&self, how: &str) {
        let client = connect(&self.admin).await;
        let create = format!("CREATE DATABASE {} {how}", self.name);
        for _ in 0..100 {
            match client.batch_execute(&create).await {
                Ok(()) => return,
                // Whoever migrated the template has not quite left it.
                Err(error) if error.code().is_some_and(|code| code.code() == "55006") => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{create}: {error:?}"),
            }
        }
        panic!("the template is in use");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = connect(&admin).await;
                client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
            });
        });
        // A story that has failed already says more than this would.
        let _ = dropped.join();
    }
}

fn host_of(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    let after = after.split(['/', '?']).next().unwrap_or(after);
    after.rsplit_once('@').map_or(after, |(_, host)| host)
}

fn fresh_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("story_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The same server's address, with another database.
fn in_database(url: &str, name: &str) -> String {
    let (before, query) = url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let host = before.rsplit_once('/').map_or(before, |(host, _)| host);
    format!("{host}/{name}{}", query.map_or(String::new(), |query| format!("?{query}")))
}

/// The name of the migrated database, made by whoever comes first.
async fn template(admin: &str) -> String {
    let mut hasher = DefaultHasher::new();
    SCHEMA.hash(&mut hasher);
    let name = format!("story_template_{:016x}", hasher.finish());
    let client = connect(admin).await;
    client.batch_execute("SELECT pg_advisory_lock(7205759)").await.unwrap();
    let is_made = "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate";
    if client.query_opt(is_made, &[&name]).await.unwrap().is_none() {
        // Half made by one who was killed.
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        store::postgres::migrate(&in_database(admin, &name), &options()).await.unwrap();
        client.batch_execute(&format!("ALTER DATABASE {name} WITH IS_TEMPLATE true")).await.unwrap();
    }
    name
}

/// A server of the story's own, which it may kill.
pub struct Own {
    folder: Folder,
    programs: PathBuf,
    port: u16,
}

impl Own {
    /// None, and a word why, where PostgreSQL's programs are not found.
    pub async fn start() -> Option<Own> {
        address()?;
        let Some(programs) = programs() else {
            println!("passed over: PostgreSQL's own programs are not found");
            return None;
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let own = Own { folder: Folder::new(), programs, port };
        std::fs::create_dir_all(own.folder.path()).unwrap();
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(own.folder.path()).status().unwrap();
            assert!(given.success());
        }
        let mut initdb = own.run("initdb");
        let made = initdb.args(["--auth", "trust", "--username", "postgres", "--encoding", "UTF8"]);
        assert!(made.arg("--pgdata").arg(own.data()).stdout(Stdio::null()).status().unwrap().success());
        own.again().await;
        Some(own)
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, the first time or after it was killed.
    pub async fn again(&self) {
        let settings = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", self.port);
        let started = self
            .run("pg_ctl")
            .args(["start", "-w", "-t", "60", "-s", "-o", &settings, "-l"])
            .arg(self.folder.path().join("log"))
            .arg("--pgdata")
            .arg(self.data())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(started.success(), "{}", log());
    }

    /// As when the machine loses its power, but for the disk.
    pub fn kill(&self) {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let main = file.lines().next().unwrap().to_owned();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &main]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let killed = Command::new("kill").arg("-9").arg(&main).args(children.split_whitespace()).status().unwrap();
        assert!(killed.success() || !children.is_empty());
        // Where nobody asks how it ended the process is listed still, and a new one would take it for alive.
        let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL, which does not run as root.
    fn run(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut stop = self.run("pg_ctl");
        let stop = stop.args(["stop", "-m", "immediate", "-s", "--pgdata"]).arg(self.data());
        // Killed already, it cannot be stopped.
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0"))
}

/// The newest of Debian's folders, or where `pg_config` says.
fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.and_then(|said| String::from_utf8(said.stdout).ok()).map(|said| PathBuf::from(said.trim()));
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|folders| folders.flatten().map(|folder| folder.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort();
    found.into_iter().rev().chain(asked).find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}
