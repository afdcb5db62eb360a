//! The few REST calls that a load needs: accounts, rooms, joining, pages of history.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{Client, Method, Response, Url};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Failure;

/// Registrations at once: each takes the server 64 MiB and a good part of a second of one processor.
const REGISTERING: usize = 2;

/// An account that was registered for this run.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) token: String,
}

/// A server, spoken to by REST.
#[derive(Clone)]
pub(crate) struct Rest {
    http: Client,
    root: Url,
}

impl Rest {
    /// `root` is the server's address, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(root: &str) -> Result<Self, Failure> {
        let root = Url::parse(root).map_err(|e| format!("{root:?} is no address: {e}"))?;
        Ok(Self { http: Client::new(), root })
    }

    /// The host and the port to open sockets to.
    pub(crate) fn authority(&self) -> Result<String, Failure> {
        let host = self.root.host_str().ok_or("the address has no host")?;
        let port = self.root.port_or_known_default().ok_or("the address has no port")?;
        Ok(format!("{host}:{port}"))
    }

    /// Registers that many accounts, a few at once; their names hold the time, so that runs do not meet.
    pub(crate) async fn register(&self, count: usize) -> Result<Vec<Account>, Failure> {
        let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let mut waiting = (0..count).map(|number| format!("swarm{run}n{number}"));
        let mut under_way = JoinSet::new();
        let mut accounts = Vec::new();
        loop {
            while under_way.len() < REGISTERING {
                let Some(username) = waiting.next() else { break };
                let rest = self.clone();
                under_way.spawn(async move { rest.register_one(&username).await });
            }
            match under_way.join_next().await {
                Some(account) => accounts.push(account??),
                None => return Ok(accounts),
            }
        }
    }

    async fn register_one(&self, username: &str) -> Result<Account, Failure> {
        let body = json!({"username": username, "password": format!("a long enough password of {username}")});
        let answer = self.call(Method::POST, "accounts", None, Some(body)).await?;
        let token = answer["token"].as_str().ok_or("registering answered without a token")?;
        Ok(Account { token: token.to_owned() })
    }

    /// Makes a public room and answers its id.
    pub(crate) async fn create_room(&self, account: &Account, name: &str) -> Result<String, Failure> {
        let body = json!({"cid": Uuid::now_v7().to_string(), "name": name, "kind": "public"});
        let room = self.call(Method::POST, "rooms", Some(account), Some(body)).await?;
        Ok(room["id"].as_str().ok_or("creating a room answered without an id")?.to_owned())
    }

    pub(crate) async fn join(&self, account: &Account, room: &str) -> Result<(), Failure> {
        let body = json!({"cid": Uuid::now_v7().to_string()});
        self.call(Method::POST, &format!("rooms/{room}/join"), Some(account), Some(body)).await.map(drop)
    }

    /// Says one line in a room.
    pub(crate) async fn post(&self, account: &Account, room: &str, text: &str) -> Result<(), Failure> {
        let body = json!({"cid": Uuid::now_v7().to_string(), "text": text});
        self.call(Method::POST, &format!("rooms/{room}/messages"), Some(account), Some(body)).await.map(drop)
    }

    /// Every public room, as `(id, head, count)`.
    pub(crate) async fn public_rooms(&self, account: &Account) -> Result<Vec<(String, u64, u64)>, Failure> {
        let mut rooms = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(account, &format!("rooms?scope=public&limit=100{after}")).await?;
            let listed = page["rooms"].as_array().ok_or("listing rooms answered without rooms")?;
            for room in listed {
                let id = room["id"].as_str().ok_or("a room has no id")?;
                let number = |name: &str| room[name].as_u64().unwrap_or(0);
                rooms.push((id.to_owned(), number("head"), number("count")));
            }
            match rooms.last() {
                Some((last, ..)) if page["more"] == true && !listed.is_empty() => after = format!("&after={last}"),
                _ => return Ok(rooms),
            }
        }
    }

    pub(crate) async fn get(&self, account: &Account, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, Some(account), None).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        account: Option<&Account>,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let asked = format!("{method} /api/v1/{path}");
        let mut request = self.http.request(method, self.root.join("/api/v1/")?.join(path)?);
        if let Some(account) = account {
            request = request.bearer_auth(&account.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response: Response = request.send().await.map_err(|e| format!("{asked}: {e}"))?;
        let status = response.status();
        if !status.is_success() {
            let said = response.text().await.unwrap_or_default();
            return Err(format!("{asked} was answered with {status}: {said}").into());
        }
        Ok(response.json().await?)
    }
}
