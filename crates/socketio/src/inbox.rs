//! What polling requests and a probing WebSocket hand to a connection's task.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::link::Link;
use crate::lock;

/// It costs memory only while a session polls.
#[derive(Default)]
pub(crate) struct Inbox(Mutex<State>);

#[derive(Default)]
struct State {
    /// The task has gone on to a WebSocket and reads no more polling requests.
    moved: bool,
    content: Option<Box<Content>>,
}

#[derive(Default)]
struct Content {
    posted: Option<Posted>,
    /// Whether the posted packets were good, once they are read.
    verdict: Option<bool>,
    /// The request that brings packets.
    waker: Option<Waker>,
    handover: Option<(Link, Vec<u8>)>,
}

/// The body of a polling request, and how far it is read.
pub(crate) struct Posted {
    pub(crate) body: Bytes,
    pub(crate) at: usize,
}

impl Inbox {
    /// Makes a body the next that the task reads; the session allows one at a time.
    pub(crate) fn post(&self, body: Bytes) {
        let mut state = lock(&self.0);
        if !state.moved {
            let content = state.content.get_or_insert_default();
            content.posted = Some(Posted { body, at: 0 });
            content.verdict = None;
        }
    }

    /// Whether the posted packets were good, once all of them are read; `false` too if nobody will read them.
    pub(crate) fn poll_post(&self, context: &mut Context<'_>) -> Poll<bool> {
        let mut state = lock(&self.0);
        if state.moved {
            return Poll::Ready(false);
        }
        let content = state.content.get_or_insert_default();
        if let Some(verdict) = content.verdict.take() {
            return Poll::Ready(verdict);
        }
        content.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Wakes the request that brings packets.
    pub(crate) fn wake(&self) {
        let waiting = lock(&self.0).content.as_mut().and_then(|content| content.waker.take());
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    pub(crate) fn take_posted(&self) -> Option<Posted> {
        lock(&self.0).content.as_mut()?.posted.take()
    }

    pub(crate) fn put_back(&self, posted: Posted) {
        lock(&self.0).content.get_or_insert_default().posted = Some(posted);
    }

    /// All packets of the posted body are read, or one of them was bad.
    pub(crate) fn answer_post(&self, good: bool) {
        lock(&self.0).content.get_or_insert_default().verdict = Some(good);
        self.wake();
    }

    /// Gives the task a WebSocket to go on with, and what was already read from it.
    pub(crate) fn hand_over(&self, link: Link, rest: Vec<u8>) {
        lock(&self.0).content.get_or_insert_default().handover = Some((link, rest));
    }

    /// The WebSocket to go on with. A session moves once in its life, and reads no polling requests afterwards.
    pub(crate) fn take_handover(&self) -> Option<(Link, Vec<u8>)> {
        let (handover, waiting) = {
            let mut state = lock(&self.0);
            let handover = state.content.as_mut()?.handover.take()?;
            state.moved = true;
            (handover, state.content.take().and_then(|content| content.waker))
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
        Some(handover)
    }
}
