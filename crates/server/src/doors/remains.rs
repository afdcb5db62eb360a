//! What is left of a request's body when it is answered: read and forgotten, or the connection says that it closes.
//!
//! Closing while a client writes takes the answer away from it, and a client that keeps connections must know that
//! this one ends (RFC 9112, 9.3 and 9.6).

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How much is still read, and for how long.
const MOST: usize = 16 << 20;
const TIME: Duration = Duration::from_secs(2);

/// Has `next` answer, and looks after what it left of the body.
pub(super) async fn look_after(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let shared = Shared(Arc::new(Mutex::new(Progress { body, begun: false, ended: false })));
    let mut response = next.run(Request::from_parts(parts, Body::new(shared.clone()))).await;
    let (begun, ended) = {
        let progress = shared.progress();
        (progress.begun, progress.ended)
    };
    // Who waits to be told to go on, and was not, has sent nothing.
    let ended = ended || ((begun || !waits) && tokio::time::timeout(TIME, forget(shared)).await.unwrap_or(false));
    // Even if it was read to its end: the limit is there so that we need not.
    if !ended || response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads on; whether that came to the end.
async fn forget(mut body: Shared) -> bool {
    let mut forgotten = 0;
    while forgotten < MOST {
        match body.frame().await {
            Some(Ok(frame)) => forgotten += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) => return false,
            None => return true,
        }
    }
    false
}

/// A body that can be read on by another when the first reader has dropped it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Progress>>);

struct Progress {
    body: Body,
    begun: bool,
    ended: bool,
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut progress = self.progress();
        progress.begun = true;
        let frame = ready!(Pin::new(&mut progress.body).poll_frame(context));
        progress.ended = frame.is_none() || progress.body.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.progress().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.progress().body.size_hint()
    }
}
