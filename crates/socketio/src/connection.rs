//! One Engine.IO connection as everybody may see it: its outbox, its deadlines, and what others hand to its task.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use crate::frame::{Opcode, single};
use crate::link::Link;
use crate::outbox::{Outbox, Wire};
use crate::server::Shared;
use crate::sid::Sid;
use crate::stats::add;
use crate::{Handshake, Message, Reason, SendError, lock};

/// How long a closed connection may take to send what waits and to hang up, in milliseconds.
const LINGER: u64 = 2_000;

/// Engine.IO's ping as a frame.
static PING: Bytes = Bytes::from_static(b"\x81\x012");

/// A time that never comes.
const NEVER: u64 = u64::MAX;

pub(crate) struct Connection {
    pub(crate) shared: Arc<Shared>,
    pub(crate) sid: Sid,
    pub(crate) remote: IpAddr,
    outbox: Mutex<Outbox>,
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
    inbox: Mutex<Intake>,
}

/// The way in for what others hand to the task; it costs memory only while a session polls.
#[derive(Default)]
struct Intake {
    /// The task has gone on to a WebSocket and reads no more polling requests.
    moved: bool,
    inbox: Option<Box<Inbox>>,
}

/// What polling requests and a probing WebSocket hand to the connection's task.
#[derive(Default)]
struct Inbox {
    posted: Option<Posted>,
    /// Whether the posted packets were good, once they are read.
    verdict: Option<bool>,
    waker: Option<Waker>,
    handover: Option<(Link, Vec<u8>)>,
}

/// The body of a polling request, and how far it is read.
pub(crate) struct Posted {
    pub(crate) body: Bytes,
    pub(crate) at: usize,
}

/// When something happens next, in milliseconds since the server's start.
struct Timing {
    ping_at: u64,
    pong_by: u64,
    connect_by: u64,
    gone_by: u64,
    /// When the peer was last heard of.
    heard: u64,
    /// The tick at which the connection is looked at next.
    tick: u64,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, sid: Sid, wire: Wire, handshake: Handshake) -> Arc<Self> {
        let now = shared.now();
        let timing = Timing {
            ping_at: now + millis(shared.config.ping_interval),
            pong_by: NEVER,
            connect_by: if shared.is_engine_only() { NEVER } else { now + millis(shared.config.connect_timeout) },
            gone_by: NEVER,
            heard: now,
            tick: NEVER,
        };
        let entered = AtomicBool::new(shared.is_engine_only());
        let connection = Arc::new(Self {
            shared,
            sid,
            remote: handshake.remote,
            outbox: Mutex::new(Outbox::new(wire)),
            timing: Mutex::new(timing),
            waker: AtomicWaker::new(),
            leaving: AtomicBool::new(false),
            entered,
            paused: AtomicBool::new(false),
            handshake: Mutex::new(Some(Box::new(handshake))),
            inbox: Mutex::new(Intake::default()),
        });
        connection.schedule();
        connection
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
        self.shared.forget(self.sid);
        if reason == Reason::PingTimeout {
            add(&self.shared.stats.heartbeat_timeouts, 1);
        }
        lock(&self.timing).gone_by = self.shared.now() + LINGER;
        self.schedule();
        let waiting = lock(&self.inbox).inbox.as_mut().and_then(|inbox| inbox.waker.take());
        if let Some(waker) = waiting {
            waker.wake();
        }
        self.waker.wake();
    }

    /// Takes note of a sign of life. Only a pong ends the wait for it.
    pub(crate) fn heard(self: &Arc<Self>, pong: bool) {
        let now = self.shared.now();
        {
            let mut timing = lock(&self.timing);
            timing.heard = now;
            if !pong || timing.pong_by == NEVER {
                return;
            }
            timing.pong_by = NEVER;
            timing.ping_at = now + millis(self.shared.config.ping_interval);
        }
        self.schedule();
    }

    /// Starts or ends the time in which the peer has to enter a namespace.
    pub(crate) fn expect_connect(self: &Arc<Self>, expected: bool) {
        lock(&self.timing).connect_by =
            if expected { self.shared.now() + millis(self.shared.config.connect_timeout) } else { NEVER };
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
    fn schedule(self: &Arc<Self>) {
        let tick = {
            let timing = lock(&self.timing);
            let due = timing.ping_at.min(timing.pong_by).min(timing.connect_by).min(timing.gone_by);
            let tick = if due == NEVER { NEVER } else { self.shared.wheel.tick_of(due) };
            if tick >= timing.tick {
                return;
            }
            tick
        };
        let tick = self.shared.wheel.insert(Arc::downgrade(self), tick);
        let mut timing = lock(&self.timing);
        timing.tick = timing.tick.min(tick);
    }

    /// Does what is due by now.
    pub(crate) fn check_time(self: &Arc<Self>) {
        let now = self.shared.now();
        let due = lock(&self.timing).due(now, self);
        match due {
            Due::Nothing => {}
            // The peer may have been told to go and does not: it is left without a word.
            Due::Gone => {
                self.outbox().abandon();
                self.waker.wake();
            }
            Due::Close(reason) => self.close(reason, Some(1008)),
            Due::Ping => drop(self.send(&PING, true)),
        }
    }

    /// Makes a posted body the next that the task reads; the session allows one at a time.
    pub(crate) fn post(&self, body: Bytes) {
        {
            let mut intake = lock(&self.inbox);
            if !intake.moved {
                let inbox = intake.inbox.get_or_insert_default();
                inbox.posted = Some(Posted { body, at: 0 });
                inbox.verdict = None;
            }
        }
        self.waker.wake();
    }

    /// Whether the posted packets were good, once all of them are read; `false` too if nobody will read them.
    pub(crate) fn poll_post(&self, context: &mut Context<'_>) -> Poll<bool> {
        {
            let mut intake = lock(&self.inbox);
            if intake.moved {
                return Poll::Ready(false);
            }
            let inbox = intake.inbox.get_or_insert_default();
            if let Some(verdict) = inbox.verdict.take() {
                return Poll::Ready(verdict);
            }
            inbox.waker = Some(context.waker().clone());
        }
        match self.closed() {
            // The client's own packet of good-bye was good.
            Some(reason) => Poll::Ready(reason == Reason::TransportClose),
            None => Poll::Pending,
        }
    }

    pub(crate) fn take_posted(&self) -> Option<Posted> {
        lock(&self.inbox).inbox.as_mut()?.posted.take()
    }

    pub(crate) fn put_back_posted(&self, posted: Posted) {
        lock(&self.inbox).inbox.get_or_insert_default().posted = Some(posted);
    }

    /// All packets of the posted body are read, or one of them was bad.
    pub(crate) fn answer_post(&self, good: bool) {
        let waiting = {
            let mut intake = lock(&self.inbox);
            let inbox = intake.inbox.get_or_insert_default();
            inbox.verdict = Some(good);
            inbox.waker.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Gives the task a WebSocket to go on with, and what was already read from it.
    pub(crate) fn hand_over(&self, link: Link, rest: Vec<u8>) {
        lock(&self.inbox).inbox.get_or_insert_default().handover = Some((link, rest));
        self.waker.wake();
    }

    /// The WebSocket to go on with. A session moves once in its life, and reads no polling requests afterwards.
    pub(crate) fn take_handover(&self) -> Option<(Link, Vec<u8>)> {
        let (handover, waiting) = {
            let mut intake = lock(&self.inbox);
            let handover = intake.inbox.as_mut()?.handover.take()?;
            intake.moved = true;
            (handover, intake.inbox.take().and_then(|inbox| inbox.waker))
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
        Some(handover)
    }
}

/// What a look at the clock leads to.
enum Due {
    Nothing,
    Ping,
    Close(Reason),
    Gone,
}

impl Timing {
    fn due(&mut self, now: u64, connection: &Connection) -> Due {
        let timeout = millis(connection.shared.config.ping_timeout);
        if self.gone_by != NEVER {
            if now < self.gone_by {
                return Due::Nothing;
            }
            *self = Self { ping_at: NEVER, pong_by: NEVER, connect_by: NEVER, gone_by: NEVER, ..*self };
            return Due::Gone;
        }
        if now >= self.connect_by {
            return Due::Close(Reason::ConnectTimeout);
        }
        if now >= self.pong_by {
            // A long message may hold up the pong that follows it, and so may our own pause.
            let alive = if connection.paused.load(Ordering::Relaxed) { now } else { self.heard };
            if alive + timeout <= now {
                return Due::Close(Reason::PingTimeout);
            }
            self.pong_by = alive + timeout;
        } else if now >= self.ping_at {
            let late = now - self.ping_at > 2 * millis(connection.shared.wheel.tick());
            self.pong_by = if late { now } else { self.ping_at } + timeout;
            self.ping_at = NEVER;
            return Due::Ping;
        }
        Due::Nothing
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
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
