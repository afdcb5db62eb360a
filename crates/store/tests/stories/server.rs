//! The PostgreSQL server that the tests are given: each story has a database of its own, copied from one that is migrated
//! once.
//!
//! `PARLOUR_TEST_POSTGRES` names it (`postgres://postgres@127.0.0.1:5432/postgres`; the role may create databases).
//! Without it what needs a server is passed over, and says so.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// A database that goes when it is dropped.
pub struct Server {
    admin: String,
    name: String,
}

/// What the template is made of: with another text it is another template.
const SCHEMA: [&str; 3] = [
    include_str!("../../src/migrations/postgres/0001_foundation.sql"),
    include_str!("../../src/migrations/postgres/0002_catch_up.sql"),
    include_str!("../../src/migrations/postgres/0003_tombstones_and_words.sql"),
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
