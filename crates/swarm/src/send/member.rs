//! One client in one room: sends at its pace, hears everything, and notes what it sent, saw and waits for.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

use super::shapes::{Event, Message, Op};
use super::tally::{Key, Tally};
use super::{Board, GRACE, PAGE};
use crate::Failure;
use crate::link::{Answer, Link, Packet, Transport};

/// When a client sends.
pub(super) enum Pace {
    /// Whenever fewer than that many of its messages are unacknowledged.
    Flight(u32),
    /// When a message is due, whatever became of the earlier ones.
    Every {
        first: Duration,
        period: Duration,
    },
    Never,
}

/// Who a client is and what it does.
pub(super) struct Part {
    pub(super) token: String,
    pub(super) number: u32,
    /// The room's number in this run, and its id.
    pub(super) room: usize,
    pub(super) room_id: String,
    pub(super) pace: Pace,
    pub(super) transport: Transport,
    /// Reads nothing while others send.
    pub(super) stalled: bool,
    pub(super) bytes: u32,
    /// What it says, from which place on and how far apart; empty for padding.
    pub(super) texts: Arc<Vec<String>>,
    pub(super) first_text: usize,
    pub(super) stride: usize,
}

/// What hearing something makes a client ask for.
enum Ask {
    /// The server dropped ops.
    Hello,
    /// The history after that `seq`, because a catch-up left it out.
    Page { after: u64 },
}

/// A connection that watches its room.
pub(super) struct Member {
    link: Link,
    part: Part,
    padding: String,
    sent: u32,
    /// By command number: which message, and when it was meant to be sent.
    waiting: HashMap<u64, (Key, Instant)>,
    /// The cursor: where this client is in its room's chain of changes, and in the whole.
    have: u64,
    epoch: Value,
    /// The command that asks for a page.
    fetching: Option<u64>,
    tally: Tally,
}

impl Member {
    /// Connects, says hello and waits until the server has said that everything from now on will come.
    pub(super) async fn connect(authority: &str, part: Part) -> Result<Self, Failure> {
        let mut link = Link::connect(authority, &part.token, part.transport, part.stalled).await?;
        link.command("hello", &json!({"g": 0, "watch": [&part.room_id]}).to_string());
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
            padding: "x".repeat(part.bytes as usize),
            sent: 0,
            waiting: HashMap::new(),
            have,
            epoch,
            fetching: None,
            tally: Tally::new(part.room),
            part,
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
        if self.part.stalled {
            sleep_until(board.end).await;
        }
        let mut give_up = None;
        loop {
            let due = self.send_due(board, start);
            self.link.flush().await?;
            if board.draining.load(Ordering::Relaxed) {
                let give_up = *give_up.get_or_insert_with(|| Instant::now() + GRACE);
                let head = board.heads[self.part.room].load(Ordering::Relaxed);
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
        let look = now + board.look;
        if now >= board.end {
            return look;
        }
        match self.part.pace {
            Pace::Never => look,
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
        let key = Key { client: self.part.number, message: self.sent };
        self.sent += 1;
        let since = intended.duration_since(board.zero).as_micros();
        let head = format!("{} {} {since} ", key.client, key.message);
        let texts = &self.part.texts;
        let said = match texts.len() {
            0 => &self.padding[head.len().min(self.padding.len())..],
            length => &texts[(self.part.first_text + key.message as usize * self.part.stride) % length],
        };
        let text = format!("{head}{said}");
        let argument = json!({"room": self.part.room_id, "cid": Uuid::now_v7().to_string(), "text": text}).to_string();
        let number = self.link.command("messages.send", &argument);
        self.waiting.insert(number, (key, intended));
        board.outstanding.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything that was read whole.
    fn hear(&mut self, board: &Board) -> Result<(), Failure> {
        let mut ask = None;
        while let Some(packet) = self.link.next()? {
            match packet {
                Packet::Ack(number, json) if self.fetching == Some(number) => {
                    ask = page(&mut self.tally, &Answer::parse(json)?)?.or(ask);
                }
                Packet::Ack(number, json) => {
                    if let Some((key, intended)) = self.waiting.remove(&number) {
                        board.outstanding.fetch_sub(1, Ordering::Relaxed);
                        acknowledged(&mut self.tally, board, self.part.room, key, intended, &Answer::parse(json)?);
                    }
                }
                Packet::Event(json) => {
                    let heard =
                        Hearing { room: &self.part.room_id, have: &mut self.have, tally: &mut self.tally, board };
                    ask = heard.event(json)?.or(ask);
                }
                Packet::Refused(why) => return Err(format!("refused: {why}").into()),
                Packet::Connected | Packet::Nothing => {}
            }
        }
        match ask {
            Some(Ask::Hello) => {
                let argument = json!({"epoch": self.epoch, "g": self.have, "watch": [self.part.room_id]});
                self.link.command("hello", &argument.to_string());
            }
            Some(Ask::Page { after }) => {
                let argument = json!({"room": self.part.room_id, "after": after, "limit": PAGE});
                self.fetching = Some(self.link.command("messages.history", &argument.to_string()));
            }
            None => {}
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

/// Notes a page of history; answers what is still to be asked for.
fn page(tally: &mut Tally, answer: &Answer) -> Result<Option<Ask>, Failure> {
    if !answer.ok {
        return Err(format!("a page was refused: {}", answer.error).into());
    }
    let last = note_all(tally, &answer.value["messages"]);
    Ok(last.filter(|_| answer.value["more_after"] == true).map(|after| Ask::Page { after }))
}

/// Notes messages that came together; answers the last one's `seq`.
fn note_all(tally: &mut Tally, messages: &Value) -> Option<u64> {
    let mut last = None;
    for message in messages.as_array().into_iter().flatten() {
        let Some(seq) = message["seq"].as_u64() else { continue };
        tally.caught_up(seq, message["text"].as_str().and_then(Key::parse));
        last = Some(seq);
    }
    last
}

/// The parts of a member that hearing an event changes, while the packet still lies in the link.
struct Hearing<'a> {
    room: &'a str,
    have: &'a mut u64,
    tally: &'a mut Tally,
    board: &'a Board,
}

impl Hearing<'_> {
    /// What the client must ask for now.
    fn event(self, json: &str) -> Result<Option<Ask>, Failure> {
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
                    // What was seen so far is the beginning; the tail comes now, and what is between is fetched.
                    let after = self.tally.highest();
                    note_all(self.tally, &gap["tail"]);
                    return Ok(Some(Ask::Page { after }));
                }
            }
            "done" => {
                let done: Value = serde_json::from_str(argument)?;
                *self.have = (*self.have).max(done["g"].as_u64().unwrap_or(0));
            }
            "resync" => {
                self.tally.resyncs += 1;
                return Ok(Some(Ask::Hello));
            }
            _ => {}
        }
        Ok(None)
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
