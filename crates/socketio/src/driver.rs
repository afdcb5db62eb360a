//! A connection's task: reads, runs the handlers one at a time, writes what the kernel did not take at once.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use crate::connection::Connection;
use crate::decode::Decoder;
use crate::intake::Assembly;
use crate::jobs::{Job, Queued};
use crate::link::{Link, with_buffer};
use crate::outbox::Wire;
use crate::stats::add;
use crate::{Reason, Socket};

pub(crate) struct Driver {
    pub(crate) connection: Arc<Connection>,
    pub(crate) link: Link,
    pub(crate) decoder: Decoder,
    /// Received, but not taken apart yet, since too much waits for the handlers.
    pub(crate) held: Vec<u8>,
    pub(crate) assembly: Option<Box<Assembly>>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) queue: VecDeque<Queued>,
    pub(crate) queued_bytes: usize,
    pub(crate) job: Option<Job>,
    /// The next event waits until the client has read what it was sent.
    pub(crate) behind: bool,
    /// The encoding is known: the first CONNECT has come.
    pub(crate) decided: bool,
    /// Counted as polling.
    polling: bool,
    /// The sockets have been told of their end.
    ended: bool,
    /// Our side of the WebSocket is shut.
    shut: bool,
}

impl Driver {
    /// Starts the task of an admitted connection. `held` is what was already read from `link`.
    pub(crate) fn spawn(connection: Arc<Connection>, link: Link, held: Vec<u8>) {
        let polling = matches!(link, Link::Polling);
        connection.shared.stats.open(polling).fetch_add(1, Ordering::Relaxed);
        tokio::spawn(Self {
            connection,
            link,
            decoder: Decoder::default(),
            held,
            assembly: None,
            sockets: Vec::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            job: None,
            behind: false,
            decided: false,
            polling,
            ended: false,
            shut: false,
        });
    }

    /// Whether enough waits for the handlers.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.connection.shared.config.max_queued_events
            || self.queued_bytes > self.connection.max_payload()
    }

    /// Reads until there is nothing more, or enough waits for the handlers.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.connection.closed().is_some() || self.is_full() {
                return Poll::Pending;
            }
            if !self.held.is_empty() {
                let mut held = std::mem::take(&mut self.held);
                self.take_apart(&mut held);
                continue;
            }
            if matches!(self.link, Link::Polling) {
                return self.poll_posted();
            }
            let read = with_buffer(|buffer| {
                let read = self.link.poll_read(context, buffer);
                if let Poll::Ready(Ok(count @ 1..)) = read {
                    self.connection.heard(false);
                    add(&self.connection.shared.stats.bytes_in, count);
                    self.take_apart(&mut buffer[..count]);
                }
                read
            });
            match ready!(read) {
                Ok(0) => self.connection.close(Reason::TransportClose, None),
                Ok(_) => {}
                Err(_) => self.connection.close(Reason::TransportError, None),
            }
        }
    }

    /// Reads the body of a polling request; after the last one, goes on with the WebSocket that took over.
    fn poll_posted(&mut self) -> Poll<()> {
        while let Some(mut posted) = self.connection.inbox.take_posted() {
            let good = loop {
                if self.is_full() {
                    self.connection.inbox.put_back(posted);
                    return Poll::Pending;
                }
                if posted.at > posted.body.len() {
                    break true;
                }
                if !self.take_part(&mut posted) {
                    break false;
                }
            };
            self.connection.inbox.answer_post(good);
        }
        let Some((link, rest)) = self.connection.inbox.take_handover() else { return Poll::Pending };
        let stats = &self.connection.shared.stats;
        stats.open(true).fetch_sub(1, Ordering::Relaxed);
        stats.open(false).fetch_add(1, Ordering::Relaxed);
        self.polling = false;
        add(&stats.upgrades, 1);
        (self.link, self.held) = (link, rest);
        Poll::Ready(())
    }

    /// Writes what waits, as far as the kernel takes it.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stats = &self.connection.shared.stats;
        match &mut self.link {
            Link::Tcp(stream) => loop {
                if self.connection.outbox().is_empty() {
                    return Poll::Ready(Ok(()));
                }
                ready!(stream.poll_write_ready(context))?;
                let flushed = self.connection.outbox().flush();
                match flushed {
                    Ok(count) => add(&stats.bytes_out, count),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
            },
            link @ Link::Stream(_) => {
                loop {
                    let mut outbox = self.connection.outbox();
                    let Some(front) = outbox.front() else { break };
                    let count = ready!(link.poll_write(context, front))?;
                    outbox.advance(count);
                    add(&stats.bytes_out, count);
                }
                link.poll_flush(context)
            }
            Link::Polling | Link::Gone => Poll::Ready(Ok(())),
        }
    }

    /// After the end: sends what waits, hangs up, and waits until the peer hangs up as well.
    fn poll_hang_up(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if matches!(self.link, Link::Polling)
            && let Some((link, _)) = self.connection.inbox.take_handover()
        {
            self.link = link;
        }
        let (over, owed) = {
            let outbox = self.connection.outbox();
            (matches!(outbox.wire, Wire::Gone | Wire::Polling(_)), outbox.owes_farewell())
        };
        if over && !owed {
            self.link = Link::Gone;
            return Poll::Ready(());
        }
        if matches!(self.link, Link::Polling) {
            // The client has still to ask, or the WebSocket that has just taken over is about to be handed over.
            return Poll::Pending;
        }
        if !self.shut {
            if ready!(self.poll_write(context)).is_err() {
                return Poll::Ready(());
            }
            // A socket that cannot be shut is gone already, as the read will find.
            let _ = ready!(self.link.poll_shut(context));
            self.shut = true;
        }
        self.link.poll_drain(context)
    }

    fn poll_open(&mut self, context: &mut Context<'_>) {
        loop {
            self.poll_jobs(context);
            match self.poll_write(context) {
                Poll::Ready(Err(_)) => self.connection.close(Reason::TransportError, None),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
            let waiting = self.queue.len();
            let read = self.poll_read(context);
            self.connection.paused.store(self.is_full() && !self.behind, Ordering::Relaxed);
            // A job that has just been queued must be polled once, or nothing wakes the task for it.
            let stuck = self.queue.len() == waiting || self.job.is_some();
            if self.connection.closed().is_some() || (read.is_pending() && stuck) {
                return;
            }
        }
    }

    fn end(&mut self, reason: Reason) {
        self.ended = true;
        self.queue = VecDeque::new();
        self.assembly = None;
        self.held = Vec::new();
        for socket in std::mem::take(&mut self.sockets) {
            self.tell_end(&socket, reason);
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.connection.waker.register(context.waker());
        if this.connection.closed().is_none() {
            this.poll_open(context);
        }
        let Some(reason) = this.connection.closed() else { return Poll::Pending };
        if !this.ended {
            this.poll_last_jobs(context, reason);
            if this.job.is_none() {
                this.end(reason);
            }
        }
        ready!(this.poll_hang_up(context));
        if this.ended { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Also when a handler has panicked or the runtime goes away: sockets hear of their end, and the place is free again.
impl Drop for Driver {
    fn drop(&mut self) {
        self.job = None;
        self.connection.close(Reason::TransportError, None);
        // What waits for a polling request still goes to the one that is under way.
        if !matches!(self.connection.outbox().wire, Wire::Polling(_)) {
            self.connection.outbox().abandon();
        }
        if !self.ended {
            self.end(Reason::TransportError);
        }
        let shared = &self.connection.shared;
        shared.forget(self.connection.sid);
        shared.stats.open(self.polling).fetch_sub(1, Ordering::Relaxed);
        shared.leave(self.connection.remote);
    }
}
