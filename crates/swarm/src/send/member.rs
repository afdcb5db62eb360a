//! One client in one room: sends at its pace, hears everything, and notes what it sent, saw and waits for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::tally::{Key, Tally};
use super::{Board, GRACE, LOOK};
use crate::Failure;
use crate::link::{Answer, Link, Packet};

/// When a client sends.
pub(super) enum Pace {
    /// Whenever fewer than that many of its messages are unacknowledged.
    Flight(u32),
    /// When a message is due, whatever became of the earlier ones.
    Every { first: Duration, period: Duration },
}

/// A connection that watches its room.
pub(super) struct Member {
    link: Link,
    number: u32,
    room: usize,
    room_id: String,
    pace: Pace,
    padding: String,
    sent: u32,
    /// By command number: which message, and when it was meant to be sent.
    waiting: HashMap<u64, (Key, Instant)>,
    /// The cursor: where this client is in its room's chain of changes, and in the whole.
    have: u64,
    epoch: Value,
    tally: Tally,
}

#[derive(Deserialize)]
struct Op<'a> {
    g: u64,
    #[serde(borrow)]
    room: Option<Cow<'a, str>>,
    p: Option<u64>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl Op<'_> {
    fn is_message_in(&self, room: &str) -> bool {
        self.kind == "message" && self.room.as_deref() == Some(room)
    }
}

#[derive(Deserialize)]
struct Message<'a> {
    seq: u64,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Event<'a>(&'a str, #[serde(borrow)] Option<&'a RawValue>);

impl Member {
    /// Connects, says hello and waits until the server has said that everything from now on will come.
    pub(super) async fn connect(
        authority: &str,
        token: &str,
        number: usize,
        room: usize,
        room_id: &str,
        pace: Pace,
        bytes: u32,
    ) -> Result<Self, Failure> {
        let mut link = Link::connect(authority, token).await?;
        link.command("hello", &json!({"g": 0, "watch": [room_id]}).to_string());
        link.flush().await?;
        let (have, epoch) = loop {
            match link.next()? {
                Some(Packet::Ack(_, json)) => {
                    let answer = Answer::parse(json)?;
                    let g = answer.value["g"].as_u64();
                    let g = g.ok_or_else(|| format!("hello was answered with {}{}", answer.value, answer.error))?;
                    break (g, answer.value["epoch"].clone());
                }
                Some(_) => {}
                None => link.fill().await?,
            }
        };
        Ok(Self {
            link,
            number: u32::try_from(number)?,
            room,
            room_id: room_id.to_owned(),
            pace,
            padding: "x".repeat(bytes as usize),
            sent: 0,
            waiting: HashMap::new(),
            have,
            epoch,
            tally: Tally::new(room),
        })
    }

    /// Sends and hears until the run is over and everything due was seen.
    pub(super) async fn run(mut self, board: Arc<Board>) -> Tally {
        let start = Instant::now();
        if let Err(why) = self.talk(&board, start).await {
            self.tally.closed(&why.to_string());
            // Nobody will answer these any more.
            board.outstanding.fetch_sub(self.waiting.len() as i64, Ordering::Relaxed);
        }
        self.tally.unanswered += self.waiting.len() as u64;
        self.tally
    }

    async fn talk(&mut self, board: &Board, start: Instant) -> Result<(), Failure> {
        let mut give_up = None;
        loop {
            let due = self.send_due(board, start);
            self.link.flush().await?;
            if board.draining.load(Ordering::Relaxed) {
                let give_up = *give_up.get_or_insert_with(|| Instant::now() + GRACE);
                let head = board.heads[self.room].load(Ordering::Relaxed);
                if self.tally.saw_all_up_to(head) || Instant::now() > give_up {
                    return Ok(());
                }
            }
            if let Ok(read) = timeout_at(due, self.link.fill()).await {
                read?;
                self.hear(board)?;
            }
        }
    }

    /// Puts into the link what is to be sent now; answers when to look again.
    fn send_due(&mut self, board: &Board, start: Instant) -> Instant {
        let now = Instant::now();
        let look = now + LOOK;
        if now >= board.end {
            return look;
        }
        match self.pace {
            Pace::Flight(flight) => {
                while self.waiting.len() < flight as usize {
                    self.send(board, now);
                }
                look
            }
            Pace::Every { first, period } => loop {
                let intended = start + first + period * self.sent;
                if intended > now {
                    return intended.min(look);
                }
                self.send(board, intended);
            },
        }
    }

    /// The text carries what the message is and when it was meant to be sent, so that every reader can tell.
    fn send(&mut self, board: &Board, intended: Instant) {
        let key = Key { client: self.number, message: self.sent };
        self.sent += 1;
        let since = intended.duration_since(board.zero).as_micros();
        let head = format!("{} {} {since} ", key.client, key.message);
        let text = format!("{head}{}", &self.padding[head.len().min(self.padding.len())..]);
        let argument = json!({"room": self.room_id, "cid": Uuid::now_v7().to_string(), "text": text}).to_string();
        let number = self.link.command("messages.send", &argument);
        self.waiting.insert(number, (key, intended));
        board.outstanding.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything that was read whole.
    fn hear(&mut self, board: &Board) -> Result<(), Failure> {
        let mut resync = false;
        while let Some(packet) = self.link.next()? {
            match packet {
                Packet::Ack(number, json) => {
                    if let Some((key, intended)) = self.waiting.remove(&number) {
                        board.outstanding.fetch_sub(1, Ordering::Relaxed);
                        acknowledged(&mut self.tally, board, self.room, key, intended, &Answer::parse(json)?);
                    }
                }
                Packet::Event(json) => {
                    let heard = Hearing { room: &self.room_id, have: &mut self.have, tally: &mut self.tally, board };
                    resync |= heard.event(json)?;
                }
                Packet::Refused(why) => return Err(format!("refused: {why}").into()),
                Packet::Connected | Packet::Nothing => {}
            }
        }
        if resync {
            let argument = json!({"epoch": self.epoch, "g": self.have, "watch": [self.room_id]});
            self.link.command("hello", &argument.to_string());
        }
        Ok(())
    }
}

fn acknowledged(tally: &mut Tally, board: &Board, room: usize, key: Key, intended: Instant, answer: &Answer) {
    let Some(seq) = answer.value["seq"].as_u64().filter(|_| answer.ok) else {
        tally.refused(answer.error["code"].as_str().unwrap_or("an answer without seq"));
        return;
    };
    board.heads[room].fetch_max(seq, Ordering::Relaxed);
    tally.acknowledged(seq, key, board.note(&board.until_acknowledged, intended));
}

/// The parts of a member that hearing an event changes, while the packet still lies in the link.
struct Hearing<'a> {
    room: &'a str,
    have: &'a mut u64,
    tally: &'a mut Tally,
    board: &'a Board,
}

impl Hearing<'_> {
    /// Whether the server dropped ops and wants to be greeted again.
    fn event(self, json: &str) -> Result<bool, Failure> {
        let Event(name, argument) = serde_json::from_str(json)?;
        let argument = argument.map_or("null", RawValue::get);
        match name {
            "op" => self.op(&serde_json::from_str(argument)?)?,
            "chunk" => {
                #[derive(Deserialize)]
                struct Chunk<'a> {
                    #[serde(borrow)]
                    ops: Vec<Op<'a>>,
                }
                let chunk: Chunk<'_> = serde_json::from_str(argument)?;
                for op in chunk.ops.iter().filter(|op| op.is_message_in(self.room)) {
                    let message: Message<'_> = serde_json::from_str(op.value.get())?;
                    self.tally.caught_up(message.seq, Key::parse(&message.text));
                }
            }
            "gap" => {
                let gap: Value = serde_json::from_str(argument)?;
                if gap["room"] == self.room {
                    let (from, to) = (gap["from"].as_u64().unwrap_or(0), gap["to"].as_u64().unwrap_or(0));
                    self.tally.told_of_gap(from, to);
                }
            }
            "done" => {
                let done: Value = serde_json::from_str(argument)?;
                *self.have = (*self.have).max(done["g"].as_u64().unwrap_or(0));
            }
            "resync" => {
                self.tally.resyncs += 1;
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    /// The rule of the protocol for a chain, with every breach of it counted.
    fn op(self, op: &Op<'_>) -> Result<(), Failure> {
        if op.room.as_deref() != Some(self.room) {
            return Ok(());
        }
        if op.p.is_some_and(|p| p > *self.have) {
            self.tally.chain_gaps += 1;
        }
        let again = op.g <= *self.have;
        *self.have = (*self.have).max(op.g);
        if !op.is_message_in(self.room) {
            return Ok(());
        }
        let message: Message<'_> = serde_json::from_str(op.value.get())?;
        let Some((key, since)) = Key::parse(&message.text).zip(Key::time(&message.text)) else { return Ok(()) };
        let within = self.board.note(&self.board.until_seen, self.board.zero + since);
        self.tally.saw(message.seq, key, again, within);
        Ok(())
    }
}
