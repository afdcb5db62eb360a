//! A database of a test's own on a PostgreSQL, gone afterwards.

use super::programs::{finish, postgres};
use crate::{Failure, Outcome, fail};
use reqwest::Url;
use std::path::Path;
use std::process::{self, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, time::SystemTime};
use tokio::process::Command;

/// A database that is dropped with this; `PARLOUR_KEEP=1` keeps it to be looked at.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes a database on the PostgreSQL at `server`, empty or as a copy of the database called `template`.
    pub async fn create(server: &str, template: Option<&str>) -> Outcome<Database> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() % 1_000_000;
        let name = format!("parlour_test_{now}_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let from = template.map(|template| format!(" TEMPLATE \"{template}\"")).unwrap_or_default();
        sql(server, &format!("CREATE DATABASE \"{name}\"{from}")).await?;
        Ok(Database { server: server.into(), name })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// `postgres://…/NAME`.
    pub fn url(&self) -> String {
        named(&self.server, &self.name)
    }

    /// What `statement` answers, without headings.
    pub async fn ask(&self, statement: &str) -> Outcome<String> {
        sql(&self.url(), statement).await
    }

    /// Gives it another name and lets it live.
    pub async fn keep_as(self, name: &str) -> Outcome {
        sql(&self.server, &format!("ALTER DATABASE \"{}\" RENAME TO \"{name}\"", self.name)).await?;
        // There is nothing of that name left to be dropped.
        Ok(())
    }

    /// Writes all of it to `file`, whatever else is done meanwhile.
    pub async fn dump(&self, file: &Path) -> Outcome {
        let Some(program) = postgres("pg_dump") else { fail!("there is no pg_dump") };
        let mut command = Command::new(program);
        command.args(["--format", "custom", "--file"]).arg(file).arg(self.url());
        finish(command, "pg_dump").await.map(drop)
    }

    /// Empties it and puts in what `dump` wrote; nobody may be connected.
    pub async fn restore(&self, file: &Path) -> Outcome {
        let Some(program) = postgres("pg_restore") else { fail!("there is no pg_restore") };
        sql(&self.server, &format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name)).await?;
        sql(&self.server, &format!("CREATE DATABASE \"{}\"", self.name)).await?;
        let mut command = Command::new(program);
        command.args(["--no-owner", "--exit-on-error", "--dbname"]).arg(self.url()).arg(file);
        finish(command, "pg_restore").await.map(drop)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if env::var_os("PARLOUR_KEEP").is_some() {
            println!("kept: {}", self.url());
            return;
        }
        let Some(psql) = postgres("psql") else { return };
        let statement = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        // A database that is left behind on a PostgreSQL of tests harms nobody.
        let _ = process::Command::new(psql)
            .args(["--no-psqlrc", "-q", "-c", &statement, &self.server])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// What `statement` answers at `url`, without headings.
pub async fn sql(url: &str, statement: &str) -> Outcome<String> {
    let Some(psql) = postgres("psql") else { fail!("there is no psql") };
    let mut command = Command::new(psql);
    command.args(["--no-psqlrc", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement, url]);
    let answer = finish(command, "psql").await.map_err(|failure| failure.during(statement))?;
    Ok(answer.trim_end().to_string())
}

/// The URL of the database `name` on the server of `url`.
fn named(url: &str, name: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            url.set_path(name);
            url.into()
        }
        Err(error) => Failure::from(error).to_string(),
    }
}
