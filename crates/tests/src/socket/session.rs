//! What is the same over both transports: packets understood, acknowledgements matched, the ending kept.

use super::{Ear, Refused};
use crate::Failure;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// Where CONNECT has come to.
#[derive(Clone)]
enum Welcome {
    Waiting,
    Connected,
    Refused(Value),
}

struct Inner {
    ear: Ear,
    acks: HashMap<u64, oneshot::Sender<Value>>,
    next: u64,
}

/// One connection's state, shared between its task and its owner. The lock is never held across an await.
pub(super) struct Session {
    inner: Mutex<Inner>,
    welcome: watch::Sender<Welcome>,
    ending: watch::Sender<Option<String>>,
    paused: watch::Sender<bool>,
}

impl Session {
    pub(super) fn new(ear: Ear) -> Session {
        Session {
            inner: Mutex::new(Inner { ear, acks: HashMap::new(), next: 0 }),
            welcome: watch::Sender::new(Welcome::Waiting),
            ending: watch::Sender::new(None),
            paused: watch::Sender::new(false),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number for a new event's acknowledgement, and where it will arrive; on a connection that has ended, nowhere.
    pub(super) fn expect(&self) -> (u64, oneshot::Receiver<Value>) {
        let (tell, told) = oneshot::channel();
        let mut inner = self.inner();
        let id = inner.next;
        inner.next += 1;
        // The ending is noted before the acknowledgements are given up, so that one of the two sees the other.
        if self.ending.borrow().is_none() {
            inner.acks.insert(id, tell);
        }
        (id, told)
    }

    /// Takes in one Engine.IO packet; answers the packet to send back, if there is one.
    pub(super) fn receive(&self, packet: &str) -> Option<String> {
        match packet.as_bytes() {
            [b'2', ..] => return Some(format!("3{}", &packet[1..])),
            [b'4', b'0', ..] => {
                self.welcome.send_replace(Welcome::Connected);
            }
            [b'4', b'4', ..] => {
                let refusal = serde_json::from_str(&packet[2..]).unwrap_or_else(|_| json!(packet));
                self.welcome.send_replace(Welcome::Refused(refusal));
            }
            [b'4', b'1', ..] => self.end("the server disconnected the namespace"),
            [b'4', b'2', ..] => self.event(&packet[2..]),
            [b'4', b'3', ..] => self.acknowledgement(&packet[2..]),
            [b'1', ..] => self.end("the server closed the connection"),
            [b'0' | b'6', ..] => {}
            _ => self.end(&format!("a packet that is not Socket.IO: {packet}")),
        }
        None
    }

    fn event(&self, body: &str) {
        match serde_json::from_str::<Value>(body) {
            Ok(Value::Array(mut words)) if words.first().is_some_and(Value::is_string) => {
                let argument = if words.len() > 1 { words.swap_remove(1) } else { Value::Null };
                let name = words.swap_remove(0);
                (self.inner().ear)(name.as_str().unwrap_or_default(), argument);
            }
            _ => self.end(&format!("an event that cannot be read: {body}")),
        }
    }

    fn acknowledgement(&self, body: &str) {
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let id = body[..digits].parse::<u64>();
        let words = serde_json::from_str::<Vec<Value>>(&body[digits..]);
        let (Ok(id), Ok(mut words)) = (id, words) else {
            return self.end(&format!("an acknowledgement that cannot be read: {body}"));
        };
        let (waiting, given) = {
            let mut inner = self.inner();
            (inner.acks.remove(&id), id < inner.next)
        };
        match waiting {
            // Whoever gave up waiting needs no answer.
            Some(tell) if words.len() == 1 => drop(tell.send(words.swap_remove(0))),
            Some(_) => self.end(&format!("an acknowledgement with {} arguments: {body}", words.len())),
            None if given => self.end(&format!("a second acknowledgement of {id}")),
            // A test sent a packet of its own making.
            None => {}
        }
    }

    /// Notes that the connection is over; only the first reason counts.
    pub(super) fn end(&self, reason: &str) {
        self.ending.send_if_modified(|ending| {
            let first = ending.is_none();
            if first {
                *ending = Some(reason.to_string());
            }
            first
        });
        self.inner().acks.clear();
    }

    pub(super) fn ending(&self) -> Option<String> {
        self.ending.borrow().clone()
    }

    pub(super) async fn ended(&self) -> String {
        let mut ending = self.ending.subscribe();
        match ending.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    pub(super) async fn connected(&self) -> Result<(), Refused> {
        let mut welcome = self.welcome.subscribe();
        let waiting = welcome.wait_for(|welcome| !matches!(welcome, Welcome::Waiting));
        tokio::select! {
            settled = waiting => match settled.map(|welcome| welcome.clone()) {
                Ok(Welcome::Refused(refusal)) => Err(Refused::ByServer(refusal)),
                _ => Ok(()),
            },
            reason = self.ended() => Err(Refused::Otherwise(Failure(reason))),
        }
    }

    pub(super) fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// Waits while the owner wants nothing to be read.
    pub(super) async fn unpaused(&self) {
        let mut paused = self.paused.subscribe();
        // The sender lives in this session, so the wait cannot fail.
        let _ = paused.wait_for(|paused| !paused).await;
    }
}
