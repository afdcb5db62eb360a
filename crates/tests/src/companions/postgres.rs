//! A PostgreSQL of a test's own, which can be killed, paused and started again.

use super::programs::{bound, finish, free_port, postgres, signal, unprivileged};
use super::sql;
use crate::folder::Folder;
use crate::server::binary;
use crate::{Failure, Outcome, fail};
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running PostgreSQL with empty data; killed when dropped.
pub struct Postgres {
    child: Child,
    port: u16,
    folder: Folder,
}

impl Postgres {
    pub async fn start() -> Outcome<Postgres> {
        let folder = Folder::new()?;
        let template = template().await?;
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(&template).arg(folder.join("data"));
        finish(copy, "copying PostgreSQL's data").await?;
        let port = free_port()?;
        let mut postgres = Postgres { child: spawn(&folder, port)?, port, folder };
        postgres.wait().await?;
        Ok(postgres)
    }

    /// `postgres://…/postgres`, as somebody who may do everything.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// The number of the first process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends all its processes at once, as a power cut would.
    pub async fn kill(&mut self) -> Outcome {
        signal(&self.child, "KILL").await?;
        self.child.wait().await?;
        Ok(())
    }

    /// Starts it again: the same data, the same port.
    pub async fn again(&mut self) -> Outcome {
        self.child = spawn(&self.folder, self.port)?;
        self.wait().await
    }

    /// From now on the role `parlour`, which is made, comes by TLS alone.
    pub async fn wants_tls(&mut self, [certificate, key]: [PathBuf; 2]) -> Outcome {
        sql(&self.url(), "CREATE ROLE parlour LOGIN CREATEDB").await?;
        let data = self.folder.join("data");
        let files = [(certificate, data.join("server.crt")), (key, data.join("server.key"))];
        for (from, to) in &files {
            fs::copy(from, to)?;
            fs::set_permissions(to, Permissions::from_mode(0o600))?;
        }
        if let Some(user) = unprivileged() {
            let mut chown = Command::new("chown");
            chown.arg(user).args(files.iter().map(|(_, to)| to));
            finish(chown, "giving the certificate away").await?;
        }
        let doors = "hostssl all parlour 127.0.0.1/32 trust\nhost all postgres 127.0.0.1/32 trust\n";
        fs::write(data.join("pg_hba.conf"), doors)?;
        File::options().append(true).open(data.join("postgresql.conf"))?.write_all(b"\nssl = on\n")?;
        self.kill().await?;
        self.again().await
    }

    /// Halts all its processes: connections stay, and nothing is answered.
    pub async fn pause(&self) -> Outcome {
        signal(&self.child, "STOP").await
    }

    pub async fn resume(&self) -> Outcome {
        signal(&self.child, "CONT").await
    }

    /// Waits until it answers; what a process of before still holds may need another try.
    async fn wait(&mut self) -> Outcome {
        let limit = Instant::now() + START_LIMIT;
        loop {
            if self.child.try_wait()?.is_some() {
                self.child = spawn(&self.folder, self.port)?;
            }
            match sql(&self.url(), "SELECT 1").await {
                Ok(_) => return Ok(()),
                Err(failure) if Instant::now() > limit => {
                    fail!("PostgreSQL does not start: {failure}\n{}", self.log())
                }
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn url(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

fn spawn(folder: &Folder, port: u16) -> Outcome<Child> {
    let Some(program) = postgres("postgres") else { fail!("there is no PostgreSQL") };
    let log = File::options().create(true).append(true).open(folder.join("log"))?;
    let mut command = bound(&program, unprivileged());
    command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
    for option in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"] {
        command.args(["-c", option]);
    }
    Ok(command.stdout(log.try_clone()?).stderr(log).spawn()?)
}

/// The folder with data as initdb makes it, which takes seconds: made once, beside the binary under test.
async fn template() -> Outcome<PathBuf> {
    let Some(initdb) = postgres("initdb") else { fail!("there is no initdb") };
    let version = finish(version_of(&initdb), "initdb --version").await?;
    let version = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let binary = binary()?;
    let Some(beside) = binary.parent() else { fail!("{} lies in no folder", binary.display()) };
    let place = beside.join(format!("parlour-test-postgres-{}", version.unwrap_or("unknown")));
    if place.is_dir() {
        return Ok(place);
    }
    let folder = Folder::new()?;
    let data = folder.join("data");
    fs::create_dir(&data)?;
    if let Some(user) = unprivileged() {
        let mut chown = Command::new("chown");
        chown.arg(user).arg(&data);
        finish(chown, "giving the folder away").await?;
    }
    let mut command = bound(&initdb, unprivileged());
    command.arg("--pgdata").arg(&data).args(["--username", "postgres", "--auth", "trust", "--encoding", "UTF8"]);
    // Sorted as people sort, which is not the order of bytes: who relies on that has to say so.
    command.args(["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en", "--no-sync"]);
    finish(command, "initdb").await?;
    let draft = beside.join(format!("parlour-test-postgres-draft-{}", process::id()));
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(&data).arg(&draft);
    finish(copy, "keeping PostgreSQL's data").await?;
    if fs::rename(&draft, &place).is_err() {
        // Another run was quicker: its data is as good.
        fs::remove_dir_all(&draft).map_err(Failure::from)?;
    }
    Ok(place)
}

fn version_of(initdb: &PathBuf) -> Command {
    let mut command = Command::new(initdb);
    command.arg("--version");
    command
}
