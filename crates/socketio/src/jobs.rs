//! What a connection's task does with packets: the application's handlers, one at a time and in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::driver::Driver;
use crate::encode::{connect_error_frames, connect_frames};
use crate::packet::{Arguments, Incoming};
use crate::server::Layer;
use crate::sid::Sid;
use crate::socket::Phase;
use crate::{Ack, Application, BoxFuture, ConnectError, Handshake, Reason, Socket, State, lock};

/// A packet that waits for the handlers.
pub(crate) enum Queued {
    Connect { namespace: Box<str>, auth: Option<Box<RawValue>> },
    Event { namespace: Box<str>, event: Incoming, id: Option<u64> },
    Ack { namespace: Box<str>, id: u64, arguments: Arguments },
    Disconnect { namespace: Box<str> },
}

impl Queued {
    /// Gives a packet its binary attachments.
    pub(crate) fn attach(&mut self, attachments: Vec<Bytes>) {
        match self {
            Self::Event { event, .. } => event.attach(attachments),
            Self::Ack { arguments, .. } => arguments.attach(attachments),
            Self::Connect { .. } | Self::Disconnect { .. } => {}
        }
    }

    /// How many bytes of memory it holds, about.
    pub(crate) fn weight(&self) -> usize {
        64 + match self {
            Self::Connect { auth, .. } => auth.as_ref().map_or(0, |auth| auth.get().len()),
            Self::Event { event, .. } => event.weight(),
            Self::Ack { .. } | Self::Disconnect { .. } => 0,
        }
    }
}

/// How many bytes may wait to be sent while further events of the same client are handled.
const ASKED_AHEAD: usize = 64 * 1024;

/// A handler at work.
pub(crate) type Job = BoxFuture<'static, Done>;

/// What a handler came to.
pub(crate) enum Done {
    Event,
    Connect { socket: Socket, result: Result<State, ConnectError>, handshake: Option<Box<Handshake>> },
}

impl Driver {
    /// Runs the handlers of what waits until one has to wait itself.
    pub(crate) fn poll_jobs(&mut self, context: &mut Context<'_>) {
        loop {
            if let Some(job) = &mut self.job {
                let Poll::Ready(done) = job.as_mut().poll(context) else { return };
                self.job = None;
                self.settle(done);
            }
            if self.connection.leaving.swap(false, Ordering::AcqRel) {
                self.let_go();
            }
            if self.connection.closed().is_some() {
                return;
            }
            if self.waits_for_reader(context) {
                return;
            }
            let Some(packet) = self.queue.pop_front() else { break };
            self.queued_bytes = self.queued_bytes.saturating_sub(packet.weight());
            self.start(packet);
        }
        self.queue = VecDeque::new();
    }

    /// Whether the next event has to wait until the client has taken what it was sent: it asks faster than it reads.
    fn waits_for_reader(&mut self, context: &mut Context<'_>) -> bool {
        self.behind = matches!(self.queue.front(), Some(Queued::Event { .. })) && {
            let mut outbox = self.connection.outbox();
            outbox.waiting() > ASKED_AHEAD && outbox.poll_flushed(context).is_pending()
        };
        self.behind
    }

    /// After the end: a handler that was started is finished; what the client sent before it left is handled too.
    pub(crate) fn poll_last_jobs(&mut self, context: &mut Context<'_>, reason: Reason) {
        loop {
            if let Some(job) = &mut self.job {
                let Poll::Ready(_) = job.as_mut().poll(context) else { return };
                self.job = None;
            }
            let left = matches!(reason, Reason::TransportClose | Reason::TransportError | Reason::ParseError);
            match self.queue.pop_front() {
                Some(packet @ Queued::Event { .. }) if left => self.start(packet),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn start(&mut self, packet: Queued) {
        let Layer::SocketIo(application) = &self.connection.shared.layer else { return };
        let application = application.clone();
        match packet {
            Queued::Connect { namespace, auth } => self.start_connect(application, &namespace, auth),
            Queued::Event { namespace, event, id } => {
                // Events may still be on their way when the application disconnects a socket.
                let Some(socket) = self.find(&namespace).filter(|socket| socket.phase() == Phase::Connected) else {
                    return;
                };
                let socket = socket.clone();
                self.job = Some(Box::pin(async move {
                    let ack = id.map(|id| Ack::new(socket.clone(), id));
                    application.event(&socket, event, ack).await;
                    Done::Event
                }));
            }
            Queued::Disconnect { namespace } => {
                if let Some(socket) = self.remove(&namespace) {
                    self.tell_end(&socket, Reason::ClientDisconnect);
                }
            }
            Queued::Ack { .. } => {}
        }
    }

    fn start_connect(&mut self, application: Arc<dyn Application>, namespace: &str, auth: Option<Box<RawValue>>) {
        let connection = &self.connection;
        // Some clients ask twice when they are told to connect twice: one answer serves both.
        if self.find(namespace).is_some() {
            return;
        }
        if self.sockets.len() >= connection.shared.config.max_namespaces {
            return connection.close(Reason::ParseError, Some(1008));
        }
        let Some(id) = Sid::random() else {
            return connection.close(Reason::TransportError, Some(1011));
        };
        let socket = Socket::new(connection.clone(), id, namespace);
        let handshake = lock(&connection.handshake).take();
        let remote = connection.remote;
        self.job = Some(Box::pin(async move {
            let none = Handshake { headers: http::HeaderMap::new(), query: String::new(), remote };
            let seen = handshake.as_deref().unwrap_or(&none);
            let result = application.connect(&socket, seen, auth.as_deref()).await;
            Done::Connect { socket, result, handshake }
        }));
    }

    fn settle(&mut self, done: Done) {
        let Done::Connect { socket, result, handshake } = done else { return };
        let Layer::SocketIo(application) = &self.connection.shared.layer else { return };
        match result {
            Err(error) => {
                // The client may try again, or with another namespace.
                *lock(&self.connection.handshake) = handshake;
                let _ = self.connection.send_packet(&connect_error_frames(socket.namespace(), &error), true);
            }
            Ok(state) => {
                if self.connection.send_packet(&connect_frames(socket.namespace(), &socket.id()), true).is_err() {
                    return;
                }
                socket.accepted(state);
                self.connection.entered.store(true, Ordering::Release);
                if self.sockets.is_empty() {
                    self.connection.expect_connect(false);
                }
                self.sockets.push(socket.clone());
                application.connected(&socket);
            }
        }
    }

    pub(crate) fn find(&self, namespace: &str) -> Option<&Socket> {
        self.sockets.iter().find(|socket| socket.namespace() == namespace)
    }

    fn remove(&mut self, namespace: &str) -> Option<Socket> {
        let index = self.sockets.iter().position(|socket| socket.namespace() == namespace)?;
        let socket = self.sockets.swap_remove(index);
        if self.sockets.is_empty() {
            self.sockets = Vec::new();
            self.connection.expect_connect(true);
        }
        Some(socket)
    }

    /// Ends the sockets that the application has disconnected.
    fn let_go(&mut self) {
        while let Some(socket) = self.sockets.iter().find(|socket| socket.phase() == Phase::Leaving).cloned() {
            self.remove(socket.namespace());
            self.tell_end(&socket, Reason::ServerDisconnect);
        }
    }

    /// Tells the application, once, that a socket is over.
    pub(crate) fn tell_end(&self, socket: &Socket, reason: Reason) {
        let reason = if socket.phase() == Phase::Leaving { Reason::ServerDisconnect } else { reason };
        socket.ended();
        if let Layer::SocketIo(application) = &self.connection.shared.layer {
            application.disconnected(socket, reason);
        }
    }
}
