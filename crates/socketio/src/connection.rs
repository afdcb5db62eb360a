//! One Engine.IO connection as everybody may see it: its outbox, its deadlines, and what others hand to its task.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use crate::frame::{Opcode, single};
use crate::inbox::Inbox;
use crate::link::Link;
use crate::msgpack::transcode;
use crate::outbox::{Outbox, Pushed, Wire};
use crate::server::Shared;
use crate::sid::Sid;
use crate::stats::add;
use crate::timing::{Due, NEVER, Timing, millis};
use crate::{Burst, Handshake, Message, Reason, SendError, lock};

/// What the fan-out looks at stands first, in one piece.
#[repr(C)]
pub(crate) struct Connection {
    pub(crate) shared: Arc<Shared>,
    /// The peer reads and writes MessagePack.
    pub(crate) packed: AtomicBool,
    outbox: Mutex<Outbox>,
    pub(crate) sid: Sid,
    pub(crate) remote: IpAddr,
    timing: Mutex<Timing>,
    /// Wakes the connection's task.
    pub(crate) waker: AtomicWaker,
    /// A socket was disconnected by the application.
    pub(crate) leaving: AtomicBool,
    /// The connection has been in a namespace, or needs none.
    pub(crate) entered: AtomicBool,
    /// The task does not read, because too much waits for the handlers.
    pub(crate) paused: AtomicBool,
    pub(crate) handshake: Mutex<Option<Box<Handshake>>>,
    pub(crate) inbox: Inbox,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, sid: Sid, wire: Wire, handshake: Handshake) -> Arc<Self> {
        let now = shared.now();
        let engine_only = shared.is_engine_only();
        let mut timing = Timing::new(&shared.config, now);
        timing.expect_connect(&shared.config, now, !engine_only);
        Arc::new(Self {
            shared,
            sid,
            remote: handshake.remote,
            outbox: Mutex::new(Outbox::new(wire)),
            timing: Mutex::new(timing),
            waker: AtomicWaker::new(),
            leaving: AtomicBool::new(false),
            entered: AtomicBool::new(engine_only),
            packed: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            handshake: Mutex::new(Some(Box::new(handshake))),
            inbox: Inbox::default(),
        })
    }

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// The largest message that the peer may send now, in bytes.
    pub(crate) fn max_payload(&self) -> usize {
        let config = &self.shared.config;
        match self.entered.load(Ordering::Acquire) {
            true => config.max_payload,
            false => config.max_payload.min(config.max_early_payload),
        }
    }

    /// Why the connection is closed, if it is.
    pub(crate) fn closed(&self) -> Option<Reason> {
        self.outbox().closed
    }

    /// Sends frames, or queues what the kernel does not take. An overflow drops events, but nothing that is `kept`.
    pub(crate) fn send(self: &Arc<Self>, frames: &Bytes, kept: bool) -> Result<(), SendError> {
        let pushed = self.outbox().push(frames, kept, self.shared.config.outbox_bytes);
        self.follow(pushed)
    }

    /// Sends a Socket.IO packet, given as JSON, in the encoding of the peer.
    pub(crate) fn send_packet(self: &Arc<Self>, frames: &Bytes, kept: bool) -> Result<(), SendError> {
        if self.packed.load(Ordering::Relaxed) {
            return self.send(&transcode(frames).ok_or(SendError::Unencodable)?, kept);
        }
        self.send(frames, kept)
    }

    /// Sends what many are sent, in the encoding of the peer. An overflow drops it.
    pub(crate) fn send_burst(self: &Arc<Self>, burst: &Burst) -> Result<(), SendError> {
        if self.packed.load(Ordering::Relaxed) {
            return self.send(burst.packed().ok_or(SendError::Unencodable)?, false);
        }
        self.send(burst.frames(), false)
    }

    fn follow(self: &Arc<Self>, pushed: Pushed) -> Result<(), SendError> {
        let stats = &self.shared.stats;
        if pushed.written > 0 {
            add(&stats.bytes_out, pushed.written);
        }
        if pushed.result == Err(SendError::Overflowed) {
            add(&stats.overflows, 1);
        }
        if let Some(reason) = pushed.broken {
            let code = (reason != Reason::TransportClose).then_some(1008);
            self.close(reason, code);
        } else if pushed.wake {
            self.waker.wake();
        }
        pushed.result
    }

    /// Ends the connection; `code` is what a WebSocket's close frame says, none if the peer cannot be reached.
    /// Only the first call counts.
    pub(crate) fn close(self: &Arc<Self>, reason: Reason, code: Option<u16>) {
        {
            let mut outbox = self.outbox();
            if outbox.closed.is_some() {
                return;
            }
            outbox.close(reason, code);
        }
        if reason == Reason::PingTimeout {
            add(&self.shared.stats.heartbeat_timeouts, 1);
        }
        lock(&self.timing).close(self.shared.now());
        self.schedule();
        self.inbox.wake();
        self.waker.wake();
    }

    /// Takes note of a sign of life. Only a pong ends the wait for it.
    pub(crate) fn heard(self: &Arc<Self>, pong: bool) {
        if lock(&self.timing).heard(&self.shared.config, self.shared.now(), pong) {
            self.schedule();
        }
    }

    /// Starts or ends the time in which the peer has to enter a namespace.
    pub(crate) fn expect_connect(self: &Arc<Self>, expected: bool) {
        lock(&self.timing).expect_connect(&self.shared.config, self.shared.now(), expected);
        self.schedule();
    }

    /// The wheel has come to a tick for which the connection was inserted.
    pub(crate) fn tick(self: &Arc<Self>, tick: u64) {
        {
            let mut timing = lock(&self.timing);
            // Somebody has asked for a later tick since; NEVER: whoever asks has not yet noted for which.
            if timing.tick > tick && timing.tick != NEVER {
                return;
            }
            timing.tick = NEVER;
        }
        self.check_time();
        self.schedule();
    }

    /// Has the wheel look at the connection when something is due, unless it looks earlier anyway.
    pub(crate) fn schedule(&self) {
        let tick = {
            let timing = lock(&self.timing);
            let due = timing.next();
            let tick = if due == NEVER { NEVER } else { self.shared.wheel.tick_of(due) };
            if tick >= timing.tick {
                return;
            }
            tick
        };
        let tick = self.shared.wheel.insert(self.sid, tick);
        let mut timing = lock(&self.timing);
        timing.tick = timing.tick.min(tick);
    }

    /// Does what is due by now.
    pub(crate) fn check_time(self: &Arc<Self>) {
        let (shared, paused) = (&self.shared, self.paused.load(Ordering::Relaxed));
        let slack = 2 * millis(shared.wheel.tick());
        let due = lock(&self.timing).due(&shared.config, shared.now(), slack, paused);
        match due {
            Due::Nothing => {}
            // The peer may have been told to go and does not: it is left without a word.
            Due::Gone => {
                self.outbox().abandon();
                self.waker.wake();
            }
            Due::Close(reason) => self.close(reason, Some(1008)),
            Due::Ping => {
                let pushed = self.outbox().ping(self.shared.config.outbox_bytes);
                // An error closes the connection by itself.
                let _ = self.follow(pushed);
            }
        }
    }

    /// Gives the task a posted body to read.
    pub(crate) fn post(&self, body: Bytes) {
        self.inbox.post(body);
        self.waker.wake();
    }

    /// Whether the posted packets were good, once all of them are read; `false` too if nobody will read them.
    pub(crate) fn poll_post(&self, context: &mut Context<'_>) -> Poll<bool> {
        let verdict = self.inbox.poll_post(context);
        match self.closed() {
            // The client's own packet of good-bye was good.
            Some(reason) if verdict.is_pending() => Poll::Ready(reason == Reason::TransportClose),
            _ => verdict,
        }
    }

    /// Gives the task a WebSocket to go on with, and what was already read from it.
    pub(crate) fn hand_over(&self, link: Link, rest: Vec<u8>) {
        self.inbox.hand_over(link, rest);
        self.waker.wake();
    }
}

/// A connection as the handler of bare Engine.IO messages sees it.
#[derive(Clone)]
pub struct Peer(Arc<Connection>);

impl Peer {
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self(connection)
    }

    /// Sends a message.
    pub fn send(&self, message: Message<'_>) -> Result<(), SendError> {
        let frames = match message {
            Message::Text(text) => single(Opcode::Text, &[b"4", text.as_bytes()]),
            Message::Binary(bytes) => single(Opcode::Binary, &[bytes]),
        };
        self.0.send(&frames, false)
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.0.close(Reason::ServerDisconnect, Some(1000));
    }
}
