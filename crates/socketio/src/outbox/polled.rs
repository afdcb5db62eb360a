//! How a polling session gets what waits for it, and how it moves to another transport.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::{Outbox, PING, Pushed, Wire};
use crate::{Reason, payload};

/// How many packets one polling request gets: Python's client refuses more.
const POLLED: usize = 16;

/// What ends a polling request for packets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Payload(Vec<u8>),
    Noop,
    /// The session is over, and the client is to take that as a lost transport.
    Lost,
}

impl Outbox {
    /// Sends a ping.
    pub(crate) fn ping(&mut self, limit: usize) -> Pushed {
        let Wire::Polling(polling) = &mut self.wire else { return self.push(&Bytes::from_static(PING), true, limit) };
        polling.ping = true;
        if let Some(waker) = polling.waker.take() {
            waker.wake();
        }
        Pushed::new(Ok(()))
    }

    /// Whether the next request for packets is still to be answered, although the session is closed.
    pub(crate) fn owes_farewell(&self) -> bool {
        matches!(&self.wire, Wire::Polling(polling) if polling.farewell)
    }

    /// Gives all waiting packets to a polling request, or keeps it waiting.
    pub(crate) fn poll_get(&mut self, context: &mut Context<'_>) -> Poll<Answer> {
        let closed = self.closed;
        let Wire::Polling(polling) = &mut self.wire else { return Poll::Ready(Answer::Noop) };
        if self.queue.is_empty() && closed.is_none() && !polling.ping {
            if std::mem::take(&mut polling.noop) {
                return Poll::Ready(Answer::Noop);
            }
            polling.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        polling.noop = false;
        polling.farewell = false;
        let ping = if std::mem::take(&mut polling.ping) { PING } else { b"" };
        let come_back = matches!(closed, Some(Reason::ServerShutdown | Reason::ServerDisconnect));
        if come_back && self.queue.is_empty() {
            return Poll::Ready(Answer::Lost);
        }
        let last: &[u8] = match closed {
            // The client itself asked for the end: nothing is left to say.
            Some(Reason::TransportClose) => b"\x81\x016",
            // Not every client comes back after a CLOSE; after a request that fails all of them do, as the next will.
            Some(_) if come_back => b"",
            Some(_) => b"\x81\x011",
            None => b"",
        };
        let mut skip = self.written;
        let rows = self.queue.iter().map(|entry| &entry.frames[std::mem::take(&mut skip)..]);
        let most = if closed.is_some() { usize::MAX } else { POLLED };
        let (payload, taken) = payload::encode([ping].into_iter().chain(rows).chain([last]), most);
        self.advance(taken - ping.len());
        Poll::Ready(Answer::Payload(payload))
    }

    /// A polling request has ended: the one that waits for packets, or the one that brings some.
    pub(crate) fn end_request(&mut self, get: bool) {
        if let Wire::Polling(polling) = &mut self.wire {
            if get {
                polling.get = false;
                polling.noop = false;
                polling.waker = None;
            } else {
                polling.post = false;
            }
        }
    }

    /// A WebSocket has begun to probe: a request that waits is ended.
    pub(crate) fn begin_probe(&mut self) {
        let Wire::Polling(polling) = &mut self.wire else { return };
        polling.probing = true;
        polling.noop = polling.get;
        if let Some(waker) = polling.waker.take() {
            waker.wake();
        }
    }

    /// Changes from polling to another transport; what waits goes there. A request that waits is ended.
    pub(crate) fn switch(&mut self, wire: Wire) {
        let Wire::Polling(polling) = std::mem::replace(&mut self.wire, wire) else { return };
        if let Some(waker) = polling.waker {
            waker.wake();
        }
        if polling.ping {
            self.queue_kept(Bytes::from_static(PING));
        }
    }
}
