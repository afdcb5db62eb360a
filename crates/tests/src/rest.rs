//! Commands over REST, with a bearer token.

use crate::contract::{Route, Table};
use crate::{Failure, Outcome, fail};
use reqwest::{Client, Method, Response, Url};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a command came to, over whichever transport: the value, or the error object with its `code`.
pub type Answer = Result<Value, Value>;

/// One person's way to REST.
#[derive(Clone)]
pub struct Rest {
    http: Client,
    /// Each request goes to the next of them.
    addresses: Arc<[String]>,
    turn: Arc<AtomicUsize>,
    token: Option<String>,
}

impl Rest {
    /// `address` is `http://127.0.0.1:PORT`.
    pub fn new(address: &str, token: Option<&str>) -> Outcome<Rest> {
        Rest::over(vec![address.into()], token)
    }

    /// Several addresses of one server, asked in turn.
    pub fn over(addresses: Vec<String>, token: Option<&str>) -> Outcome<Rest> {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build()?;
        let turn = Arc::new(AtomicUsize::new(0));
        Ok(Rest { http, addresses: addresses.into(), turn, token: token.map(str::to_string) })
    }

    /// The address that is asked next.
    fn address(&self) -> &str {
        &self.addresses[self.turn.fetch_add(1, Ordering::Relaxed) % self.addresses.len()]
    }

    /// The same way for somebody else.
    pub fn signed_in(&self, token: &str) -> Rest {
        Rest { token: Some(token.into()), ..self.clone() }
    }

    /// Gives the command `name` with `arguments`: those that the path names go there, the others to the query for GET
    /// and DELETE and to a JSON body otherwise.
    pub async fn call(&self, table: &Table, name: &str, arguments: &Value) -> Outcome<Answer> {
        let Some(routes) = table.get(name) else { fail!("there is no command `{name}` in the table") };
        let given = |route: &&Route| route.parameters().iter().all(|name| arguments.get(name).is_some());
        let Some(route) = routes.iter().find(given).or(routes.first()) else { fail!("`{name}` has no route") };
        let mut rest = arguments.as_object().cloned().unwrap_or_default();
        let mut url = Url::parse(self.address())?;
        {
            let mut segments = url.path_segments_mut().map_err(|()| Failure("an address without a path".into()))?;
            segments.pop_if_empty().extend(["api", "v1"]);
            for part in route.path.split('/').filter(|part| !part.is_empty()) {
                match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    Some(name) => segments.push(&plain(&rest.remove(name).unwrap_or(Value::Null))),
                    None => segments.push(part),
                };
            }
        }
        self.send(&route.method, url, rest).await
    }

    async fn send(&self, method: &str, mut url: Url, rest: Map<String, Value>) -> Outcome<Answer> {
        let method = Method::from_bytes(method.as_bytes())?;
        let in_query = method == Method::GET || method == Method::DELETE;
        if in_query && !rest.is_empty() {
            let mut query = url.query_pairs_mut();
            for (name, value) in &rest {
                // A list is a repeated parameter's comma-free sister: one parameter with the items between commas.
                query.append_pair(name, &plain(value));
            }
        }
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if !in_query {
            request = request.json(&rest);
        }
        answer(request.send().await?).await
    }

    /// Sends `body` as it is to `path`, with the content type `application/json`.
    pub async fn raw(&self, method: &str, path: &str, body: Vec<u8>) -> Outcome<Response> {
        let method = Method::from_bytes(method.as_bytes())?;
        let request = self.http.request(method, format!("{}{path}", self.address()));
        let request = request.header("content-type", "application/json").body(body);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Ok(request.send().await?)
    }

    /// Fetches `path` as text with its status.
    pub async fn get(&self, path: &str) -> Outcome<(u16, String)> {
        let response = self.http.get(format!("{}{path}", self.address())).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }
}

/// Reads an answer, and checks that its status, its content type and its body agree.
pub async fn answer(response: Response) -> Outcome<Answer> {
    let status = response.status();
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("").to_string();
    let text = response.text().await?;
    let Ok(value) = serde_json::from_str::<Value>(&text) else {
        fail!("{status} with something that is not JSON ({kind}): {}", shortened(&text))
    };
    if status.is_success() {
        return Ok(Ok(value));
    }
    if !kind.starts_with("application/problem+json") {
        fail!("{status} is not answered as problem details but as `{kind}`: {}", shortened(&text))
    }
    if value["status"] != json!(status.as_u16()) || !value["code"].is_string() {
        fail!("{status} with problem details that do not say so: {}", shortened(&text))
    }
    Ok(Err(value))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// At most 300 characters of `text`.
pub fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}
