//! Long polling: one request that waits for packets and one that brings some, at a time and session.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Request;
use http::header::CONTENT_TYPE;
use hyper::body::Body;

use crate::connection::Connection;
use crate::driver::Driver;
use crate::http_endpoint::{Answer, Refused, open_packet, text};
use crate::link::Link;
use crate::outbox::{self, Outbox, Polling, Wire};
use crate::server::{Place, Shared};
use crate::sid::Sid;
use crate::stats::add;
use crate::{Handshake, Reason};

/// How long a request for packets waits while a WebSocket probes: the client goes on when it has come back.
const PROBED_WAIT: Duration = Duration::from_millis(50);

/// Opens a session whose place is taken.
pub(crate) fn open(shared: &Arc<Shared>, handshake: Handshake) -> Result<Answer, Refused> {
    let place = Place::new(shared, handshake.remote);
    let sid = Sid::random().ok_or(Refused::Unavailable)?;
    let packet = open_packet(shared, sid, "\"websocket\"");
    let connection = Connection::new(shared.clone(), sid, Wire::Polling(Polling::default()), handshake);
    place.keep();
    shared.remember(&connection);
    Driver::spawn(connection, Link::Polling, Vec::new());
    Ok(text(packet))
}

/// Waits for packets.
pub(crate) async fn get(connection: Arc<Connection>) -> Result<Answer, Refused> {
    let probing = match begin(&connection, |polling| &mut polling.get)? {
        Some(probing) => probing,
        None => return Err(overlap(&connection)),
    };
    let mut request = Underway { connection: &connection, get: true, done: false };
    // Who fetches packets lives, even if the answer to a ping has still to be sent.
    connection.heard(false);
    let packets = std::future::poll_fn(|context| connection.outbox().poll_get(context));
    let answer = if probing {
        tokio::time::timeout(PROBED_WAIT, packets).await.unwrap_or(outbox::Answer::Noop)
    } else {
        packets.await
    };
    request.done = true;
    let payload = match answer {
        outbox::Answer::Payload(payload) => payload,
        outbox::Answer::Noop => b"6".to_vec(),
        outbox::Answer::Lost => return Err(Refused::Unavailable),
    };
    add(&connection.shared.stats.bytes_out, payload.len());
    Ok(text(payload))
}

/// Takes packets.
pub(crate) async fn post<B>(connection: Arc<Connection>, request: Request<B>) -> Result<Answer, Refused>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    if begin(&connection, |polling| &mut polling.post)?.is_none() {
        return Err(overlap(&connection));
    }
    let mut underway = Underway { connection: &connection, get: false, done: false };
    if request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream") {
        return Err(Refused::BadRequest);
    }
    let limit = connection.max_payload();
    if request.body().size_hint().lower() > limit as u64 {
        return Err(Refused::TooLarge);
    }
    let body = read_body(request.into_body(), limit, &connection).await?;
    connection.heard(false);
    add(&connection.shared.stats.bytes_in, body.len());
    connection.post(body);
    let good = std::future::poll_fn(|context| connection.poll_post(context)).await;
    underway.done = true;
    if good { Ok(text("ok")) } else { Err(Refused::BadRequest) }
}

/// Reads a body of at most `limit` bytes, for as long as the session lives.
async fn read_body<B>(body: B, limit: usize, connection: &Connection) -> Result<Bytes, Refused>
where
    B: Body<Data = Bytes> + Send + 'static,
{
    let mut body = Box::pin(body);
    let mut read = BytesMut::new();
    loop {
        let frame = std::future::poll_fn(|context| {
            // Being told of the end of the session takes the same way as the answer to a finished request.
            if connection.poll_post(context).is_ready() {
                return Poll::Ready(Err(Refused::UnknownSession));
            }
            body.as_mut().poll_frame(context).map(Ok)
        });
        let Some(frame) = frame.await? else { return Ok(read.freeze()) };
        let frame = frame.map_err(|_| Refused::BadRequest)?;
        if let Some(data) = frame.data_ref() {
            if data.len() > limit - read.len() {
                return Err(Refused::TooLarge);
            }
            read.extend_from_slice(data);
        }
    }
}

/// Marks a request as under way: whether a WebSocket probes, or none if there is another such request.
fn begin(connection: &Connection, which: impl FnOnce(&mut Polling) -> &mut bool) -> Result<Option<bool>, Refused> {
    let mut outbox = connection.outbox();
    let Outbox { wire: Wire::Polling(polling), .. } = &mut *outbox else { return Err(Refused::BadRequest) };
    let probing = polling.probing;
    Ok((!std::mem::replace(which(polling), true)).then_some(probing))
}

fn overlap(connection: &Arc<Connection>) -> Refused {
    connection.close(Reason::TransportError, None);
    Refused::BadRequest
}

/// A request that is under way. If it ends before its time, the session is closed: packets may have been lost.
struct Underway<'a> {
    connection: &'a Arc<Connection>,
    get: bool,
    done: bool,
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.connection.outbox().end_request(self.get);
        if self.connection.closed().is_some() {
            // The task may have waited for this request to take its leave.
            self.connection.waker.wake();
        }
        if !self.done {
            self.connection.close(Reason::TransportError, None);
        }
    }
}
