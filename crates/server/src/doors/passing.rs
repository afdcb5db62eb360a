//! Passing on: a long-polling request for a session of another node goes to that node over the bus, and its answer back.
//!
//! A request is `length of the head (4 bytes), head (JSON), body`, and so is an answer. What of an answer does not fit
//! into one message of the bus is fetched piece by piece.

use super::{Doors, socketio};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many characters of a session's id say which node has it.
pub(super) const TAG: usize = 6;
/// The most bytes of an answer's body that travel at once.
const PIECE: usize = 256 * 1024;
/// How long the rest of an answer is kept, and how many of them.
const KEPT: Duration = Duration::from_secs(10);
const MOST_KEPT: usize = 256;
/// How long a piece may take; the first may have to wait for something to say.
const SOON: Duration = Duration::from_secs(10);
/// What of a request's head the other node has to know.
const HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::ORIGIN];

#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    method: String,
    target: String,
    remote: IpAddr,
    headers: Vec<(String, String)>,
    /// The rest of an answer, instead of all of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    /// There is more of the body, under this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<u64>,
}

/// The rests of long answers until they are fetched.
#[derive(Default)]
pub(super) struct Rests(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    next: u64,
    rests: VecDeque<(u64, Instant, Bytes)>,
}

impl Rests {
    /// Cuts off what does not fit, and answers its number.
    fn cut(&self, body: &mut Bytes) -> Option<u64> {
        if body.len() <= PIECE {
            return None;
        }
        let rest = body.split_off(PIECE);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.next += 1;
        let number = kept.next;
        kept.rests.retain(|(_, since, _)| since.elapsed() < KEPT);
        if kept.rests.len() >= MOST_KEPT {
            kept.rests.pop_front();
        }
        kept.rests.push_back((number, Instant::now(), rest));
        Some(number)
    }

    fn take(&self, number: u64) -> Option<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.rests.iter().position(|(other, ..)| *other == number)?;
        kept.rests.remove(place).map(|(.., rest)| rest)
    }
}

/// The node that has the session of a request, if it is another one: the first characters of the session's id.
pub(super) fn elsewhere<'a>(doors: &Doors, parts: &'a Parts) -> Option<&'a str> {
    let own = doors.chat.node()?;
    let query = parts.uri.query()?;
    let sid = query.split('&').find_map(|pair| pair.strip_prefix("sid="))?;
    let node = sid.get(..TAG).filter(|_| sid.len() > TAG)?;
    // A WebSocket cannot be passed on: its client stays with long polling.
    let polls = query.split('&').any(|pair| pair == "transport=polling");
    (node != own && polls).then_some(node)
}

/// Lets the node that has the session answer. None: there is no such node, and so no such session.
pub(super) async fn ask(doors: &Doors, node: &str, parts: &Parts, body: Body, remote: IpAddr) -> Option<Response> {
    let most = doors.most_payload;
    let Ok(body) = Limited::new(body, most).collect().await else {
        return Some(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let named = |name: &HeaderName| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned()));
    let asked = Asked {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        remote,
        headers: HEADERS.iter().filter_map(named).collect(),
        rest: None,
    };
    let request = frame(&asked, &body.to_bytes())?;
    let answer = doors.chat.ask_node(node, request, doors.longest_poll + SOON).await?;
    let (answered, piece): (Answered, Bytes) = unframe(answer)?;
    let mut body = BytesMut::from(&piece[..]);
    let mut rest = answered.rest;
    while let Some(number) = rest {
        let (method, target, headers) = (String::new(), String::new(), Vec::new());
        let asked = Asked { method, target, remote, headers, rest: Some(number) };
        let answer = doors.chat.ask_node(node, frame(&asked, &[])?, SOON).await?;
        let (more, piece): (Answered, Bytes) = unframe(answer)?;
        body.extend_from_slice(&piece);
        rest = more.rest;
    }
    let mut response = Response::new(Body::from(body.freeze()));
    *response.status_mut() = StatusCode::from_u16(answered.status).ok()?;
    for (name, value) in answered.headers {
        response.headers_mut().insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(response)
}

/// Answers what another node passes on; nothing where it makes no sense.
pub(super) async fn answer(doors: &Doors, asked: Bytes) -> Option<Bytes> {
    let (asked, body): (Asked, Bytes) = unframe(asked)?;
    if let Some(number) = asked.rest {
        let mut body = doors.rests.take(number)?;
        let rest = doors.rests.cut(&mut body);
        return frame(&Answered { status: 200, headers: Vec::new(), rest }, &body);
    }
    let mut request = Request::builder().method(Method::try_from(asked.method.as_str()).ok()?).uri(asked.target);
    for (name, value) in asked.headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body)).ok()?;
    let (parts, body) = socketio::endpoint(doors, request, asked.remote).await.into_parts();
    let mut body = body.collect().await.ok()?.to_bytes();
    let rest = doors.rests.cut(&mut body);
    let shown = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    frame(
        &Answered { status: parts.status.as_u16(), headers: parts.headers.iter().filter_map(shown).collect(), rest },
        &body,
    )
}

fn frame(head: &impl Serialize, body: &[u8]) -> Option<Bytes> {
    let head = serde_json::to_vec(head).ok()?;
    let length = u32::try_from(head.len()).ok()?;
    Some([&length.to_be_bytes(), head.as_slice(), body].concat().into())
}

fn unframe<T: for<'de> Deserialize<'de>>(mut bytes: Bytes) -> Option<(T, Bytes)> {
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let head = serde_json::from_slice(bytes.get(4..4 + length)?).ok()?;
    Some((head, bytes.split_off(4 + length)))
}
