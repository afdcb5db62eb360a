//! The people of the conversations, registered once and copied for every server, because hashing a password is dear.

use crate::companions::{shared_postgres, sql};
use crate::folder::{self, Folder};
use crate::server::{Server, Setting, Stage, binary};
use crate::{Outcome, check, contract, fail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, process};
use tokio::sync::Mutex;
use tokio::time::sleep;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// Who exists on a server that does not start empty; Iris is its administrator.
pub const PEOPLE: [&str; 5] = ["Iris", "Ada", "Bo", "Cleo", "Dan"];

/// Somebody's account with one of its sessions.
#[derive(Clone, Debug)]
pub struct Account {
    pub username: String,
    pub id: String,
    pub token: String,
}

impl Account {
    /// Reads the answer of `accounts.create` or `sessions.create`.
    pub fn from_answer(answer: &Value) -> Outcome<Account> {
        match (answer["token"].as_str(), answer["user"]["id"].as_str(), answer["user"]["username"].as_str()) {
            (Some(token), Some(id), Some(username)) => {
                Ok(Account { username: username.into(), id: id.into(), token: token.into() })
            }
            _ => fail!("neither a token nor a user: {answer}"),
        }
    }
}

/// A server on whose data the people of `PEOPLE` are registered, and their accounts in that order.
pub async fn server(setting: Setting) -> Outcome<(Server, Vec<Account>)> {
    if !setting.ties.is_empty() {
        let server = Server::empty(setting).await?;
        let accounts = accounts(&register(&server).await?)?;
        return Ok((server, accounts));
    }
    if setting.stage != Stage::Sqlite {
        let (template, accounts) = template_database().await?;
        return Ok((Server::on_copy(setting, Some(&template)).await?, accounts));
    }
    let template = template_folder().await?;
    let folder = Folder::new()?;
    folder::copy(&template.join("data"), &folder.join("data"))?;
    let answers: Vec<Value> = serde_json::from_str(&fs::read_to_string(template.join("people.json"))?)?;
    Ok((Server::start(Arc::new(folder), setting).await?, accounts(&answers)?))
}

fn accounts(answers: &[Value]) -> Outcome<Vec<Account>> {
    answers.iter().map(Account::from_answer).collect()
}

/// When the binary was made: people whom another one registered are not used.
fn made(binary: &Path) -> Outcome<u128> {
    Ok(fs::metadata(binary)?.modified()?.duration_since(UNIX_EPOCH)?.as_nanos())
}

/// Tests that begin together in one process register the people once.
static TURN: Mutex<()> = Mutex::const_new(());

/// The folder with the registered people, beside the binary that made it; made when it is not there.
async fn template_folder() -> Outcome<PathBuf> {
    let _turn = TURN.lock().await;
    let binary = binary()?;
    let made = made(&binary)?;
    let Some(beside) = binary.parent() else { fail!("{} lies in no folder", binary.display()) };
    let place = beside.join(format!("parlour-test-people-{made}"));
    if place.is_dir() {
        return Ok(place);
    }
    let draft = beside.join(format!("parlour-test-people-draft-{}", process::id()));
    let mut server = Server::empty(Setting { stage: Stage::Sqlite, ..Setting::default() }).await?;
    let answers = register_and_stop(&mut server).await?;
    folder::copy(&server.data(), &draft.join("data"))?;
    fs::write(draft.join("people.json"), json!(answers).to_string())?;
    for old in fs::read_dir(beside)?.flatten() {
        let name = old.file_name().to_string_lossy().into_owned();
        if name.starts_with("parlour-test-people-") && !name.contains("draft") && old.path() != place {
            // Another run may remove it at the same moment.
            let _ = fs::remove_dir_all(old.path());
        }
    }
    if fs::rename(&draft, &place).is_err() {
        // Another run was quicker: its people are as good.
        fs::remove_dir_all(&draft)?;
    }
    Ok(place)
}

/// The database with the registered people on the shared PostgreSQL, and their accounts, which are its comment; made
/// when it is not there.
async fn template_database() -> Outcome<(String, Vec<Account>)> {
    let _turn = TURN.lock().await;
    let Some(postgres) = shared_postgres() else { fail!("PARLOUR_TEST_POSTGRES names no PostgreSQL") };
    let name = format!("parlour_people_{}", made(&binary()?)?);
    let comment = format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'");
    let mut found = sql(&postgres, &comment).await?;
    if found.is_empty() {
        let mut server = Server::empty(Setting { stage: Stage::Postgres, ..Setting::default() }).await?;
        let answers = json!(register_and_stop(&mut server).await?).to_string();
        let Some(draft) = server.take_database() else { fail!("the server has no database") };
        // There is no quotation mark in what the server answered that would end the text.
        draft.ask(&format!("COMMENT ON DATABASE \"{}\" IS $people${answers}$people$", draft.name())).await?;
        // It fails where another run was quicker: its people are as good.
        let _ = draft.keep_as(&name).await;
        found = sql(&postgres, &comment).await?;
    }
    let answers: Vec<Value> = serde_json::from_str(&found)?;
    Ok((name, accounts(&answers)?))
}

async fn register_and_stop(server: &mut Server) -> Outcome<Vec<Value>> {
    let answers = register(server).await?;
    let status = server.stop().await?;
    check!(status.success(), "the server ended with {status}:\n{}", server.log());
    Ok(answers)
}

/// Registers everybody on a server with empty data.
async fn register(server: &Server) -> Outcome<Vec<Value>> {
    let (table, rest) = (contract::table()?, server.rest(None)?);
    let invitation = setup_token(server).await?;
    let mut accounts = Vec::new();
    for name in PEOPLE {
        let mut wish = json!({"username": name.to_lowercase(), "password": PASSWORD});
        if name == PEOPLE[0] {
            wish["invitation"] = json!(invitation);
        }
        let answer = rest.call(&table, "accounts.create", &wish).await?;
        match answer {
            Ok(answer) => accounts.push(answer),
            Err(error) => fail!("{name} cannot register: {error}"),
        }
    }
    check!(accounts[0]["user"]["role"] == "admin", "the setup link made no administrator: {}", accounts[0]["user"]);
    Ok(accounts)
}

/// The one-time token in the link that a server on empty data prints: whoever registers with it as `invitation` is the
/// first administrator.
pub async fn setup_token(server: &Server) -> Outcome<String> {
    // The link stands a line below the address, by which the server counts as started.
    for _ in 0..100 {
        let log = server.log();
        let links = log.split_whitespace().filter(|word| word.contains("://"));
        if let Some((_, token)) = links.filter_map(|link| link.rsplit_once('=')).next() {
            return Ok(token.to_string());
        }
        sleep(Duration::from_millis(50)).await;
    }
    fail!("the first start printed no setup link:\n{}", server.log())
}
