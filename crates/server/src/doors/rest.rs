//! The REST door: every line of the command table under `/api/v1`, by one handler.

use super::credentials::Credentials;
use super::input::{Given, Kinds};
use super::origins::Source;
use super::{Doors, problems};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::routing::{MethodFilter, MethodRouter, on};
use bytes::{Bytes, BytesMut};
use chat::commands::Cookie;
use chat::{Caller, Refusal, openapi};
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::BodyExt;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of a request's body.
const MOST_BODY: usize = 256 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// The most bytes kept of what a program calls itself.
const MOST_PROGRAM: usize = 256;

/// One line of the table as this door serves it.
struct Entry {
    name: &'static str,
    kinds: Kinds,
}

/// The routes of the command table, relative to `/api/v1`.
pub(super) fn routes(doors: &Arc<Doors>) -> Router {
    let mut paths: BTreeMap<&str, Vec<(&str, Arc<Entry>)>> = BTreeMap::new();
    for command in doors.chat.commands() {
        let entry = Arc::new(Entry { name: command.name, kinds: openapi::fields(command) });
        for route in &command.routes {
            paths.entry(route.path).or_default().push((route.method, entry.clone()));
        }
    }
    let routes = paths.into_iter().map(|(path, methods)| (path, methods_of(doors, methods)));
    routes
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .fallback(async || problems::answer(&Refusal::UnknownCommand))
}

fn methods_of(doors: &Arc<Doors>, methods: Vec<(&str, Arc<Entry>)>) -> MethodRouter {
    let allow = methods.iter().map(|(method, _)| *method).collect::<Vec<_>>().join(", ");
    let mut router = MethodRouter::new();
    for (method, entry) in methods {
        let filter = Method::from_bytes(method.as_bytes()).ok().and_then(|method| MethodFilter::try_from(method).ok());
        let Some(filter) = filter else { continue };
        let doors = doors.clone();
        router = router.merge(on(
            filter,
            async move |path: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
                let answered = match path {
                    Ok(path) => answer(&doors, &entry, &path, request).await,
                    Err(_) => Err(Refusal::UnknownCommand),
                };
                answered.unwrap_or_else(|refusal| problems::answer(&refusal))
            },
        ));
    }
    router.fallback(async move || {
        let mut response = problems::with_status(StatusCode::METHOD_NOT_ALLOWED, &Refusal::UnknownCommand);
        if let Ok(allow) = HeaderValue::from_str(&allow) {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    })
}

async fn answer(
    doors: &Doors,
    entry: &Entry,
    path: &RawPathParams,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let (parts, body) = request.into_parts();
    let source = doors.origins.judge(&parts.headers);
    let credentials = doors.cookie.credentials(&parts.headers);
    let by_bearer = matches!(credentials, Credentials::Bearer(_));
    if !parts.method.is_safe() && !by_bearer && source == Source::Foreign {
        return Err(Refusal::OriginRefused);
    }
    let identity = match credentials.token() {
        Some(token) => doors.chat.authenticate(token).await?,
        None => None,
    };
    let body = read(&parts.headers, body).await?;
    let mut given = Given::default();
    for (name, text) in path {
        given.add(&entry.kinds, name, text)?;
    }
    given.add_query(&entry.kinds, parts.uri.query().unwrap_or_default())?;
    let caller = Caller { identity, connection: None, address: doors.client(&parts), program: program(&parts) };
    let (chat, name, input) = (doors.chat.clone(), entry.name, given.merge(&entry.kinds, &body).into_owned());
    // A task of its own: who hangs up meanwhile leaves nothing half done.
    let running = tokio::spawn(async move {
        let command = chat.command(name).ok_or(Refusal::UnknownCommand)?;
        Ok::<_, Refusal>((command.run(&chat, caller, &input).await?, command.cookie))
    });
    let (value, cookie) = running.await.map_err(Refusal::internal)??;
    let cookie = match cookie {
        Cookie::Set if source == Source::Own => token_in(&value).and_then(|token| doors.cookie.set(&token)),
        Cookie::Clear if !by_bearer => doors.cookie.clear(),
        Cookie::Set | Cookie::Clear | Cookie::Keep => None,
    };
    Ok(respond(value, cookie))
}

fn respond(value: Bytes, cookie: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::from(value));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn token_in(value: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct SignedIn {
        token: String,
    }
    serde_json::from_slice::<SignedIn>(value).ok().map(|signed_in| signed_in.token)
}

fn program(parts: &Parts) -> String {
    let name = parts.headers.get(USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    name.chars().take(MOST_PROGRAM).collect()
}

/// The request's body; empty if there is none.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST_BODY) {
        return Err(Refusal::TooLarge { limit: MOST_BODY });
    }
    let gathered = tokio::time::timeout(BODY_TIME, gather(body)).await;
    let body = gathered.unwrap_or(Err(Refusal::InvalidJson("the body did not arrive in time".into())))?;
    if !body.is_empty() && !is_json(headers) {
        return Err(Refusal::InvalidJson("the Content-Type has to be application/json".into()));
    }
    if std::str::from_utf8(&body).is_err() {
        return Err(Refusal::InvalidJson("it is not UTF-8".into()));
    }
    Ok(body)
}

async fn gather(mut body: Body) -> Result<Bytes, Refusal> {
    let mut gathered = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::InvalidJson("the body broke off".into()))?;
        let Some(data) = frame.data_ref() else { continue };
        if gathered.len() + data.len() > MOST_BODY {
            return Err(Refusal::TooLarge { limit: MOST_BODY });
        }
        gathered.extend_from_slice(data);
    }
    Ok(gathered.freeze())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
