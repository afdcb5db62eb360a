//! What a connection's task does with bytes from its peer: from frames and bodies to packets for the handlers.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use crate::connection::Peer;
use crate::decode::Received;
use crate::driver::Driver;
use crate::frame::{self, Opcode};
use crate::inbox::Posted;
use crate::jobs::Queued;
use crate::msgpack::{self, Limits};
use crate::packet::{Arguments, Head, Incoming, Kind, Malformed, parse, parse_auth};
use crate::payload::{Part, part};
use crate::server::Layer;
use crate::{Message, Reason};

/// A packet that waits for its binary attachments.
pub(crate) struct Assembly {
    packet: Queued,
    wanted: usize,
    attachments: Vec<Bytes>,
    bytes: usize,
}

impl Driver {
    /// Takes WebSocket frames apart; what there is no room for is held.
    pub(crate) fn take_apart(&mut self, input: &mut [u8]) {
        let mut at = 0;
        while at < input.len() && self.connection.closed().is_none() {
            if self.is_full() {
                self.held = input[at..].to_vec();
                return;
            }
            match self.decoder.next(&mut input[at..], self.connection.max_payload()) {
                Ok((count, received)) => {
                    at += count;
                    if let Some(received) = received {
                        self.receive(received);
                    }
                }
                Err(fault) => self.connection.close(Reason::ParseError, Some(fault.code())),
            }
        }
    }

    fn receive(&mut self, received: Received<'_>) {
        let good = match received {
            Received::Text(text) => self.take_text(&text),
            Received::Binary(bytes) => self.take_binary(&bytes),
            Received::Ping(payload) => {
                // An error closes the connection by itself.
                let _ = self.connection.send(&frame::single(Opcode::Pong, &[&payload]), true);
                Ok(())
            }
            Received::Pong => Ok(()),
            Received::Close(code) => {
                self.connection.close(Reason::TransportClose, Some(code));
                Ok(())
            }
        };
        if good.is_err() {
            self.connection.close(Reason::ParseError, Some(1002));
        }
    }

    /// Takes one packet of a polling request's body; false if it was bad.
    pub(crate) fn take_part(&mut self, posted: &mut Posted) -> bool {
        let Some((part, next)) = std::str::from_utf8(&posted.body).ok().and_then(|payload| part(payload, posted.at))
        else {
            self.connection.close(Reason::ParseError, None);
            return false;
        };
        posted.at = next;
        let good = match part {
            Part::Text(text) => self.take_text(text),
            Part::Binary(bytes) => self.take_binary(&bytes),
        };
        if good.is_err() {
            self.connection.close(Reason::ParseError, None);
        }
        good.is_ok()
    }

    /// One Engine.IO packet of text.
    fn take_text(&mut self, text: &str) -> Result<(), Malformed> {
        match text.as_bytes().first() {
            Some(b'1') => self.connection.close(Reason::TransportClose, Some(1000)),
            Some(b'3') => self.connection.heard(true),
            Some(b'4') => return self.take_message(&text[1..]),
            // An upgrade or a noop means nothing here.
            Some(b'5' | b'6') => {}
            _ => return Err(Malformed),
        }
        Ok(())
    }

    fn take_message(&mut self, text: &str) -> Result<(), Malformed> {
        let config = &self.connection.shared.config;
        if let Layer::Engine(application) = &self.connection.shared.layer {
            application.message(&Peer::new(self.connection.clone()), Message::Text(text));
            return Ok(());
        }
        if self.assembly.is_some() || self.connection.packed.load(Ordering::Relaxed) {
            return Err(Malformed);
        }
        let head = parse(text, config.max_attachments)?;
        let wanted = head.attachments;
        let packet = self.packet(head)?;
        self.decided = true;
        if wanted == 0 {
            self.enqueue(packet);
        } else {
            self.assembly = Some(Box::new(Assembly { packet, wanted, attachments: Vec::new(), bytes: 0 }));
        }
        Ok(())
    }

    /// Reads the data of a packet, if its time has come.
    fn packet(&self, head: Head<'_>) -> Result<Queued, Malformed> {
        let namespace = head.namespace;
        Ok(match head {
            Head { kind: Kind::Connect, data, .. } => {
                Queued::Connect { namespace: namespace.into(), auth: parse_auth(data)? }
            }
            // Before any CONNECT there is nothing that may be sent, nor anything that is worth collecting.
            _ if !self.connection.entered.load(Ordering::Acquire) && self.queue.is_empty() && self.job.is_none() => {
                return Err(Malformed);
            }
            Head { kind: Kind::Disconnect, .. } => Queued::Disconnect { namespace: namespace.into() },
            Head { kind: Kind::Event, id, data, .. } => {
                Queued::Event { namespace: namespace.into(), event: Incoming::parse(data)?, id }
            }
            Head { kind: Kind::Ack, id, data, .. } => Queued::Ack {
                namespace: namespace.into(),
                id: id.ok_or(Malformed)?,
                arguments: Arguments::parse(data)?,
            },
        })
    }

    fn take_binary(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        if let Layer::Engine(application) = &self.connection.shared.layer {
            application.message(&Peer::new(self.connection.clone()), Message::Binary(bytes));
            return Ok(());
        }
        let Some(assembly) = self.assembly.as_mut() else { return self.take_packed(bytes) };
        assembly.bytes += bytes.len();
        if assembly.bytes > self.connection.shared.config.max_payload {
            return Err(Malformed);
        }
        assembly.attachments.push(Bytes::copy_from_slice(bytes));
        if assembly.attachments.len() == assembly.wanted
            && let Some(assembly) = self.assembly.take()
        {
            let Assembly { mut packet, attachments, .. } = *assembly;
            packet.attach(attachments);
            self.enqueue(packet);
        }
        Ok(())
    }

    /// A packet in MessagePack, which the first CONNECT decides on for the connection's life.
    fn take_packed(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let packed = self.connection.packed.load(Ordering::Relaxed);
        if self.decided && !packed {
            return Err(Malformed);
        }
        let config = &self.connection.shared.config;
        let limits = Limits { bytes: self.connection.max_payload(), attachments: config.max_attachments };
        let parsed = msgpack::read(bytes, limits)?;
        let mut packet = self.packet(parsed.head()?)?;
        if !packed {
            self.decided = true;
            self.connection.packed.store(true, Ordering::Relaxed);
        }
        packet.attach(parsed.attachments);
        self.enqueue(packet);
        Ok(())
    }

    /// Lets a packet wait for the handlers. An acknowledgement does not wait: a handler may be waiting for it.
    fn enqueue(&mut self, packet: Queued) {
        if let Queued::Ack { namespace, id, arguments } = packet {
            if let Some(socket) = self.find(&namespace) {
                socket.replied(id, arguments);
            }
            return;
        }
        self.queued_bytes += packet.weight();
        self.queue.push_back(packet);
    }
}
