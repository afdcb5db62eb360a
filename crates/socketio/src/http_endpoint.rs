//! The HTTP side of Engine.IO: which request is what, and the protocol's errors.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;

use crate::admission::Full as NoRoom;
use crate::server::Shared;
use crate::sid::Sid;
use crate::{Handshake, polling, upgrade, websocket};

/// The largest head of a handshake, in bytes of names and values, since it is kept until the CONNECT.
const MAX_HEAD: usize = 16 * 1024;

/// The longest query string that is looked at, in bytes.
const MAX_QUERY: usize = 2_048;

pub(crate) type Answer = Response<Full<Bytes>>;

/// The protocol's errors: `{"code": …, "message": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    Forbidden,
    UnsupportedVersion,
    TooLarge,
    TooManyConnections,
    Unavailable,
}

impl Refused {
    pub(crate) fn answer(self) -> Answer {
        let (status, code, message) = match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownSession => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, 4, "Forbidden"),
            Self::UnsupportedVersion => (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Self::TooManyConnections => (StatusCode::TOO_MANY_REQUESTS, 4, "Too many connections"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 4, "Unavailable"),
        };
        let body = format!("{{\"code\":{code},\"message\":\"{message}\"}}");
        reply(status, "application/json", Bytes::from(body))
    }
}

impl From<NoRoom> for Refused {
    fn from(full: NoRoom) -> Self {
        match full {
            NoRoom::Server => Self::Unavailable,
            NoRoom::Address => Self::TooManyConnections,
        }
    }
}

/// An answer that no cache keeps.
pub(crate) fn reply(status: StatusCode, kind: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Packets, or `ok`.
pub(crate) fn text(body: impl Into<Bytes>) -> Answer {
    reply(StatusCode::OK, "text/plain; charset=UTF-8", body.into())
}

/// What the query string says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    version: Option<&'a str>,
    transport: Option<&'a str>,
    sid: Option<&'a str>,
    jsonp: bool,
}

impl<'a> Query<'a> {
    /// Reads what Engine.IO needs; its own values never need percent-encoding.
    pub(crate) fn parse(query: &'a str) -> Self {
        let mut found = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "EIO" => found.version = Some(value),
                "transport" => found.transport = Some(value),
                "sid" => found.sid = Some(value),
                "j" => found.jsonp = true,
                _ => {}
            }
        }
        found
    }
}

pub(crate) async fn handle<B>(shared: &Arc<Shared>, request: Request<B>, remote: IpAddr) -> Answer
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    route(shared, request, remote).await.unwrap_or_else(Refused::answer)
}

async fn route<B>(shared: &Arc<Shared>, request: Request<B>, remote: IpAddr) -> Result<Answer, Refused>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let path = shared.config.path.as_str();
    if request.uri().path() != path && request.uri().path() != path.trim_end_matches('/') {
        return Ok(reply(StatusCode::NOT_FOUND, "text/plain; charset=UTF-8", Bytes::new()));
    }
    let text = request.uri().query().unwrap_or("").to_owned();
    if text.len() > MAX_QUERY {
        return Err(Refused::BadRequest);
    }
    let query = Query::parse(&text);
    let by_websocket = match query.transport {
        Some("polling") => false,
        Some("websocket") => true,
        _ => return Err(Refused::UnknownTransport),
    };
    if query.version != Some("4") {
        return Err(Refused::UnsupportedVersion);
    }
    // A page could run what JSONP answers.
    if query.jsonp {
        return Err(Refused::Forbidden);
    }
    if by_websocket && !websocket::is_upgrade(&request) {
        return Err(Refused::BadRequest);
    }
    match query.sid {
        Some(sid) => {
            let connection = shared.session(sid).ok_or(Refused::UnknownSession)?;
            // The wheel may be a little late.
            connection.check_time();
            let owed = request.method() == Method::GET && !by_websocket && connection.outbox().owes_farewell();
            if connection.closed().is_some() && !owed {
                return Err(Refused::UnknownSession);
            }
            match (by_websocket, request.method()) {
                (true, _) => Ok(upgrade::probe(connection, request)),
                (false, &Method::GET) => polling::get(connection).await,
                (false, &Method::POST) => polling::post(connection, request).await,
                (false, _) => Err(Refused::BadRequest),
            }
        }
        None if request.method() != Method::GET => Err(Refused::BadMethod),
        None if shared.is_closing() => Err(Refused::Unavailable),
        None => {
            let head: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
            if head > MAX_HEAD {
                return Err(Refused::TooLarge);
            }
            shared.enter(remote)?;
            let handshake = |headers| Handshake { headers, query: text, remote };
            if by_websocket {
                upgrade::open(shared, request, handshake)
            } else {
                polling::open(shared, handshake(request.into_parts().0.headers))
            }
        }
    }
}

/// Engine.IO's first packet.
pub(crate) fn open_packet(shared: &Shared, sid: Sid, upgrades: &str) -> String {
    let config = &shared.config;
    let (tag, sid) = (&config.session_tag, sid.text());
    format!(
        "0{{\"sid\":\"{tag}{sid}\",\"upgrades\":[{upgrades}],\"pingInterval\":{},\"pingTimeout\":{},\"maxPayload\":{}}}",
        config.ping_interval.as_millis(),
        config.ping_timeout.as_millis(),
        config.max_payload
    )
}
