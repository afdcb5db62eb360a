//! One client in one room: sends at its pace, hears everything, and notes what it sent, saw and waits for.

mod hearing;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

use super::tally::{Key, Tally};
use super::{Board, GRACE, PAGE};
use crate::Failure;
use crate::link::{Answer, Link, Packet, Transport};
use hearing::{Ask, Hearing, page};

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
    /// Does not look at the room, and so is told where it stands instead of what is said.
    pub(super) away: bool,
    pub(super) bytes: u32,
    /// What it says, from which place on and how far apart; empty for padding.
    pub(super) texts: Arc<Vec<String>>,
    pub(super) first_text: usize,
    pub(super) stride: usize,
}

impl Part {
    /// The rooms on screen.
    fn watch(&self) -> &[String] {
        if self.away { &[] } else { std::slice::from_ref(&self.room_id) }
    }
}

/// A connection of somebody in a room.
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
        link.command("hello", &json!({"g": 0, "watch": part.watch()}).to_string());
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
            tally: if part.away { Tally::away(part.room) } else { Tally::new(part.room) },
            part,
        })
    }

    /// Sends and hears until the run is over and everything due was seen.
    pub(super) async fn run(mut self, board: Arc<Board>) -> Tally {
        if let Err(why) = self.talk(&board).await {
            self.tally.closed(&why.to_string());
            self.tally.close(u64::MAX);
            // Nobody will answer these any more.
            board.outstanding.fetch_sub(self.waiting.len() as i64, Ordering::Relaxed);
        }
        self.tally.unanswered += self.waiting.len() as u64;
        self.tally
    }

    async fn talk(&mut self, board: &Board) -> Result<(), Failure> {
        let mut give_up = None;
        loop {
            if self.part.stalled && (board.start..board.end).contains(&Instant::now()) {
                sleep_until(board.end).await;
            }
            let due = self.send_due(board);
            self.link.flush().await?;
            if board.draining.load(Ordering::Relaxed) {
                let give_up = *give_up.get_or_insert_with(|| Instant::now() + GRACE);
                let head = board.heads[self.part.room].load(Ordering::Relaxed);
                if self.tally.is_up_to(head) || Instant::now() > give_up {
                    self.tally.close(head);
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
    fn send_due(&mut self, board: &Board) -> Instant {
        let now = Instant::now();
        let look = now + board.look;
        if now < board.start {
            return look.min(board.start);
        }
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
                let intended = board.start + first + period * self.sent;
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
                    let heard = Hearing {
                        room: &self.part.room_id,
                        have: &mut self.have,
                        tally: &mut self.tally,
                        board,
                        stalled: self.part.stalled,
                    };
                    ask = heard.event(json)?.or(ask);
                }
                Packet::Refused(why) => return Err(format!("refused: {why}").into()),
                Packet::Connected | Packet::Nothing => {}
            }
        }
        match ask {
            Some(Ask::Hello) => {
                let argument = json!({"epoch": self.epoch, "g": self.have, "watch": self.part.watch()});
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
