//! What a client makes of what it hears: messages noted, the chain watched, holes asked for.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Failure;
use crate::link::Answer;
use crate::send::Board;
use crate::send::shapes::{Bump, Event, Message, Op};
use crate::send::tally::{Key, Tally};

/// What hearing something makes a client ask for.
pub(super) enum Ask {
    /// The server dropped ops.
    Hello,
    /// The history after that `seq`, because a catch-up left it out.
    Page { after: u64 },
}

/// Notes a page of history; answers what is still to be asked for.
pub(super) fn page(tally: &mut Tally, answer: &Answer) -> Result<Option<Ask>, Failure> {
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
pub(super) struct Hearing<'a> {
    pub(super) room: &'a str,
    pub(super) have: &'a mut u64,
    pub(super) tally: &'a mut Tally,
    pub(super) board: &'a Board,
    /// Whether it reads only once the others have ended.
    pub(super) stalled: bool,
}

impl Hearing<'_> {
    /// What the client must ask for now.
    pub(super) fn event(self, json: &str) -> Result<Option<Ask>, Failure> {
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
            "bump" => {
                let bump: Bump<'_> = serde_json::from_str(argument)?;
                if bump.room == self.room {
                    self.tally.heard_of(bump.head);
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
        let spread = if self.stalled { &self.board.until_seen_late } else { &self.board.until_seen };
        let within = self.board.note(spread, self.board.zero + since);
        self.tally.saw(message.seq, key, again, within);
        Ok(())
    }
}
