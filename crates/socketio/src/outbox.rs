//! What waits to be sent to one connection: bounded in bytes, written at once where the kernel takes it.

mod polled;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;

use crate::frame::{self, packet_end};
use crate::{Reason, SendError};

pub(crate) use polled::Answer;

/// How many waiting rows one write takes.
const SLICES: usize = 16;

/// Engine.IO's ping as a frame.
const PING: &[u8] = b"\x81\x012";

/// What an entry counts for beyond its bytes, so that many small ones are bounded as well.
const ENTRY: usize = 64;

/// Where frames go.
pub(crate) enum Wire {
    /// To the next polling request.
    Polling(Polling),
    /// To this socket, by whoever sends.
    Tcp(Arc<TcpStream>),
    /// To a stream that the connection's task owns, by that task.
    Stream,
    /// Nowhere any more.
    Gone,
}

/// The requests of a polling session that are under way.
#[derive(Default)]
pub(crate) struct Polling {
    /// Somebody waits for packets.
    pub(crate) get: bool,
    /// Somebody is sending packets.
    pub(crate) post: bool,
    /// A WebSocket has been opened for this session.
    pub(crate) claimed: bool,
    /// It is probing: waiting requests are to be ended soon.
    pub(crate) probing: bool,
    /// The next request for packets gets a ping first, so that no backlog holds up the heartbeat.
    ping: bool,
    /// The session is closed, but one request for packets is still to be answered.
    farewell: bool,
    /// The waiting request is to be ended with a noop.
    noop: bool,
    waker: Option<Waker>,
}

struct Entry {
    frames: Bytes,
    /// Acknowledgements and control packets survive an overflow; events do not.
    kept: bool,
}

/// What the fan-out looks at stands first, in one piece.
#[repr(C)]
pub(crate) struct Outbox {
    pub(crate) closed: Option<Reason>,
    queue: VecDeque<Entry>,
    pub(crate) wire: Wire,
    /// How much of the front entry is out.
    written: usize,
    /// What the entries behind the front one count for.
    behind: usize,
    /// Who waits until nothing waits to be sent.
    flushing: Vec<Waker>,
}

/// What became of something that was pushed.
pub(crate) struct Pushed {
    pub(crate) result: Result<(), SendError>,
    /// Bytes that the kernel took at once.
    pub(crate) written: usize,
    /// The connection's task has to write the rest.
    pub(crate) wake: bool,
    /// The connection has to be closed.
    pub(crate) broken: Option<Reason>,
}

impl Pushed {
    fn new(result: Result<(), SendError>) -> Self {
        Self { result, written: 0, wake: false, broken: None }
    }
}

impl Outbox {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { queue: VecDeque::new(), written: 0, behind: 0, wire, closed: None, flushing: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes that wait to be sent.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.front().map_or(0, |front| front.frames.len() - self.written + self.behind)
    }

    /// Ready when nothing waits to be sent, or nothing more will be.
    pub(crate) fn poll_flushed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.queue.is_empty() || self.closed.is_some() {
            return Poll::Ready(());
        }
        if !self.flushing.iter().any(|waker| waker.will_wake(context.waker())) {
            self.flushing.push(context.waker().clone());
        }
        Poll::Pending
    }

    fn tell_flushed(&mut self) {
        if self.queue.is_empty() || self.closed.is_some() {
            std::mem::take(&mut self.flushing).into_iter().for_each(Waker::wake);
        }
    }

    /// What waits behind the entry that is being written counts for this much.
    #[cfg(test)]
    pub(crate) fn weight(&self) -> usize {
        self.behind
    }

    /// Writes `frames` at once if nothing waits before them, and queues what is left.
    pub(crate) fn push(&mut self, frames: &Bytes, kept: bool, limit: usize) -> Pushed {
        if self.closed.is_some() {
            return Pushed::new(Err(SendError::Closed));
        }
        let mut pushed = Pushed::new(Ok(()));
        if self.queue.is_empty() {
            if let Wire::Tcp(stream) = &self.wire {
                // Past the runtime's own notes on the socket, which are one more thing to fetch from memory for each
                // recipient; where the kernel does not take all, the task finds that out and has them put right.
                match SockRef::from(&**stream).send(frames) {
                    Ok(count) => pushed.written = count,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(_) => {
                        pushed.result = Err(SendError::Closed);
                        pushed.broken = Some(Reason::TransportClose);
                        return pushed;
                    }
                }
                if pushed.written == frames.len() {
                    return pushed;
                }
            }
            self.written = pushed.written;
            self.queue.push_back(Entry { frames: frames.clone(), kept });
            pushed.wake = true;
        } else if self.make_room(ENTRY + frames.len(), kept, limit, &mut pushed) {
            self.behind += if self.queue.is_empty() { 0 } else { ENTRY + frames.len() };
            self.queue.push_back(Entry { frames: frames.clone(), kept });
            // What waited may have been dropped in whole, and the task may have nothing to wait for any more.
            pushed.wake = self.queue.len() == 1;
        }
        if let Wire::Polling(polling) = &mut self.wire
            && let Some(waker) = polling.waker.take()
        {
            waker.wake();
        }
        pushed
    }

    /// Whether `length` more bytes may be queued; if not, drops all events that wait.
    fn make_room(&mut self, length: usize, kept: bool, limit: usize, pushed: &mut Pushed) -> bool {
        if self.behind + length <= limit {
            return true;
        }
        self.drop_events();
        if !kept {
            pushed.result = Err(SendError::Overflowed);
            return false;
        }
        if self.behind + length > limit {
            pushed.result = Err(SendError::Closed);
            pushed.broken = Some(Reason::Overflowed);
            return false;
        }
        true
    }

    /// Drops all events except the one that is partly written.
    fn drop_events(&mut self) {
        if self.written > 0
            && let Some(front) = self.queue.front_mut()
            && !front.kept
        {
            front.frames.truncate(packet_end(&front.frames, self.written));
            front.kept = self.written < front.frames.len();
            if !front.kept {
                self.written = 0;
            }
        }
        self.queue.retain(|entry| entry.kept);
        self.behind = self.queue.iter().skip(1).map(|entry| ENTRY + entry.frames.len()).sum();
        self.tell_flushed();
    }

    /// Ends the connection: nothing more is accepted. A WebSocket still sends what waits, and a close frame with
    /// `code`; without a code nothing more is written.
    pub(crate) fn close(&mut self, reason: Reason, code: Option<u16>) {
        self.closed = Some(reason);
        match (&mut self.wire, code) {
            (Wire::Polling(polling), _) => {
                polling.farewell = match reason {
                    Reason::ServerDisconnect | Reason::ServerShutdown => !self.queue.is_empty(),
                    // Its request for packets may have been overtaken by the one that says good-bye.
                    Reason::TransportClose => !polling.get,
                    _ => false,
                };
                if let Some(waker) = polling.waker.take() {
                    waker.wake();
                }
            }
            (Wire::Gone, _) | (_, None) => self.abandon(),
            (_, Some(code)) => self.queue_kept(frame::close(code)),
        }
        self.tell_flushed();
    }

    fn queue_kept(&mut self, frames: Bytes) {
        self.behind += if self.queue.is_empty() { 0 } else { ENTRY + frames.len() };
        self.queue.push_back(Entry { frames, kept: true });
    }

    /// Forgets everything, the socket too.
    pub(crate) fn abandon(&mut self) {
        self.wire = Wire::Gone;
        self.queue = VecDeque::new();
        self.written = 0;
        self.behind = 0;
    }

    /// Writes what waits to the socket, as far as the kernel takes it; how many bytes it took.
    pub(crate) fn flush(&mut self) -> io::Result<usize> {
        let Wire::Tcp(stream) = &self.wire else { return Ok(0) };
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut skip = self.written;
        for (slice, entry) in slices.iter_mut().zip(&self.queue) {
            *slice = IoSlice::new(&entry.frames[skip..]);
            skip = 0;
        }
        let count = stream.try_write_vectored(&slices[..self.queue.len().min(SLICES)])?;
        self.advance(count);
        Ok(count)
    }

    /// What is to be written next.
    pub(crate) fn front(&self) -> Option<&[u8]> {
        self.queue.front().map(|entry| &entry.frames[self.written..])
    }

    /// Takes note that `count` bytes were written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written += count;
        while self.queue.front().is_some_and(|front| self.written >= front.frames.len()) {
            let Some(front) = self.queue.pop_front() else { break };
            self.written -= front.frames.len();
            self.behind -= self.queue.front().map_or(0, |next| ENTRY + next.frames.len());
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
            self.written = 0;
            self.tell_flushed();
        }
    }
}
