//! The times of one connection: heartbeat, entering a namespace, hanging up. In milliseconds since the server's start.

use std::time::Duration;

use crate::{Config, Reason};

/// How long a closed connection may take to send what waits and to hang up.
const LINGER: u64 = 2_000;

/// A time that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// When something happens next.
pub(crate) struct Timing {
    ping_at: u64,
    pong_by: u64,
    connect_by: u64,
    gone_by: u64,
    /// When the peer was last heard of.
    heard: u64,
    /// The tick of the wheel at which the connection is looked at next.
    pub(crate) tick: u64,
}

/// What a look at the clock leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    Close(Reason),
    /// It was told to go and has not: nothing more is waited for.
    Gone,
}

impl Timing {
    /// The times of a connection that begins now.
    pub(crate) fn new(config: &Config, now: u64) -> Self {
        let ping_at = now + millis(config.ping_interval);
        Self { ping_at, pong_by: NEVER, connect_by: NEVER, gone_by: NEVER, heard: now, tick: NEVER }
    }

    /// When to look at the clock again.
    pub(crate) fn next(&self) -> u64 {
        self.ping_at.min(self.pong_by).min(self.connect_by).min(self.gone_by)
    }

    /// The peer gave a sign of life. Only a pong ends the wait for it: then this is true.
    pub(crate) fn heard(&mut self, config: &Config, now: u64, pong: bool) -> bool {
        self.heard = now;
        let awaited = pong && self.pong_by != NEVER;
        if awaited {
            self.pong_by = NEVER;
            self.ping_at = now + millis(config.ping_interval);
        }
        awaited
    }

    /// Starts or ends the time in which the peer has to enter a namespace.
    pub(crate) fn expect_connect(&mut self, config: &Config, now: u64, expected: bool) {
        self.connect_by = if expected { now + millis(config.connect_timeout) } else { NEVER };
    }

    /// The connection is closed: all that is left is to hang up.
    pub(crate) fn close(&mut self, now: u64) {
        self.gone_by = now + LINGER;
    }

    /// What is due. `slack` is how late a look may be without that being the server's fault; while reading is
    /// `paused`, silence is not the peer's.
    pub(crate) fn due(&mut self, config: &Config, now: u64, slack: u64, paused: bool) -> Due {
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
        let timeout = millis(config.ping_timeout);
        if now >= self.pong_by {
            // A long message may hold up the pong that follows it, and so may our own pause.
            let alive = if paused { now } else { self.heard };
            if alive + timeout <= now {
                return Due::Close(Reason::PingTimeout);
            }
            self.pong_by = alive + timeout;
        } else if now >= self.ping_at {
            let late = now - self.ping_at > slack;
            self.pong_by = if late { now } else { self.ping_at } + timeout;
            self.ping_at = NEVER;
            return Due::Ping;
        }
        Due::Nothing
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}
