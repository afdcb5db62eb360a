//! Plain WebSocket (RFC 6455), as a server: the handshake, and a connection for those who want no more than that.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CONNECTION, HeaderMap, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::upgrade::{OnUpgrade, Upgraded};
use sha1::{Digest, Sha1};

use crate::Message;
use crate::decode::{Decoder, Fault, Received};
use crate::frame::{self, Opcode};
use crate::link::{Link, with_buffer};

/// Appended to the client's key (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// How long a peer may take to hang up after the close frame.
const LINGER: Duration = Duration::from_secs(2);

/// Whether a request asks for a WebSocket in a way that we can accept.
pub fn is_upgrade<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && names(headers, UPGRADE, "websocket")
        && names(headers, CONNECTION, "upgrade")
        && headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13")
        && headers
            .get(SEC_WEBSOCKET_KEY)
            .is_some_and(|key| STANDARD.decode(key.as_bytes()).is_ok_and(|decoded| decoded.len() == 16))
}

fn names(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name);
    values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

/// The answer to a request that [`is_upgrade`], and the stream that there will be once it is sent.
pub(crate) fn accept<B>(request: &mut Request<B>) -> (Response<Full<Bytes>>, OnUpgrade) {
    let mut digest = Sha1::new();
    digest.update(request.headers().get(SEC_WEBSOCKET_KEY).map_or(&b""[..], |key| key.as_bytes()));
    digest.update(GUID);
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(value) = HeaderValue::from_str(&STANDARD.encode(digest.finalize())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, value);
    }
    (answer, hyper::upgrade::on(request))
}

/// Answers a request for a WebSocket, and runs `handler` with it. Messages are of at most `limit` bytes. Anything
/// else is answered with 400.
pub fn serve<B, F, W>(mut request: Request<B>, limit: usize, handler: F) -> Response<Full<Bytes>>
where
    F: FnOnce(WebSocket) -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    if !is_upgrade(&request) {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        return answer;
    }
    let (answer, upgrade) = accept(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            handler(WebSocket::new(upgraded, limit)).await;
        }
    });
    answer
}

/// One message, in memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Owned {
    /// The message, borrowed.
    pub fn borrow(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }
}

/// A WebSocket.
pub struct WebSocket {
    link: Link,
    decoder: Decoder,
    /// Received, but not taken apart yet.
    input: Vec<u8>,
    limit: usize,
}

impl WebSocket {
    pub(crate) fn new(upgraded: Upgraded, limit: usize) -> Self {
        let (link, input) = Link::from_upgraded(upgraded);
        Self { link, decoder: Decoder::default(), input, limit }
    }

    /// The next message; `None` at the end. Pings are answered. When the peer closes or breaks the protocol, the
    /// WebSocket is closed as RFC 6455 says before this returns.
    pub async fn next(&mut self) -> Option<Owned> {
        loop {
            match self.take() {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(End::Pong(frame)) => {
                    self.write(&frame).await?;
                    continue;
                }
                Err(End::Close(code)) => {
                    self.close(code).await;
                    return None;
                }
            }
            let link = &mut self.link;
            let input = &mut self.input;
            let count = poll_fn(|context| {
                with_buffer(|buffer| {
                    let count = link.poll_read(context, buffer);
                    if let std::task::Poll::Ready(Ok(count)) = count {
                        input.extend_from_slice(&buffer[..count]);
                    }
                    count
                })
            });
            if !matches!(count.await, Ok(1..)) {
                self.link = Link::Gone;
                return None;
            }
        }
    }

    /// Takes messages from what was received.
    fn take(&mut self) -> Result<Option<Owned>, End> {
        let mut at = 0;
        while at < self.input.len() {
            let (count, received) = self.decoder.next(&mut self.input[at..], self.limit)?;
            at += count;
            let result = match received {
                None | Some(Received::Pong) => continue,
                Some(Received::Text(text)) => Ok(Some(Owned::Text(text.into_owned()))),
                Some(Received::Binary(bytes)) => Ok(Some(Owned::Binary(bytes.into_owned()))),
                Some(Received::Ping(payload)) => Err(End::Pong(frame::single(Opcode::Pong, &[&payload]))),
                Some(Received::Close(code)) => Err(End::Close(code)),
            };
            self.input.drain(..at);
            return result;
        }
        self.input = Vec::new();
        Ok(None)
    }

    /// Sends a message; `None` if the peer is gone.
    pub async fn send(&mut self, message: Message<'_>) -> Option<()> {
        let frame = match message {
            Message::Text(text) => frame::single(Opcode::Text, &[text.as_bytes()]),
            Message::Binary(bytes) => frame::single(Opcode::Binary, &[bytes]),
        };
        self.write(&frame).await
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let count = poll_fn(|context| self.link.poll_write(context, bytes)).await.ok()?;
            bytes = &bytes[count..];
        }
        poll_fn(|context| self.link.poll_flush(context)).await.ok()
    }

    /// Sends a close frame and waits a little for the peer to hang up.
    pub async fn close(&mut self, code: u16) {
        let farewell = async {
            self.write(&frame::close(code)).await?;
            poll_fn(|context| self.link.poll_shut(context)).await.ok()?;
            poll_fn(|context| self.link.poll_drain(context)).await;
            Some(())
        };
        let _ = tokio::time::timeout(LINGER, pin!(farewell)).await;
        self.link = Link::Gone;
    }

    /// The stream, and what was received but not taken apart. Only between two whole messages is nothing lost.
    pub(crate) fn into_parts(self) -> (Link, Vec<u8>) {
        (self.link, self.input)
    }
}

/// What else than a message can come.
enum End {
    Pong(Bytes),
    Close(u16),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Self::Close(fault.code())
    }
}
