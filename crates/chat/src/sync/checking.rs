//! Checking: digests of the blocks that a client holds, and whatever it holds otherwise.

use super::{Digests, MOST_BLOCKS};
use crate::caller::Actor;
use crate::messages::{self, Message};
use crate::users::{self, User};
use crate::{Chat, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use store::sync::Digest;

/// When a client found that a digest differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// In `done`.
    Done,
    /// When it looked, as it does every hour.
    #[default]
    Hourly,
}

/// How many blocks were held otherwise than they are.
#[derive(Debug, Default)]
pub(crate) struct Divergences {
    done: AtomicU64,
    hourly: AtomicU64,
}

impl Divergences {
    fn of(&self, cause: Cause) -> &AtomicU64 {
        match cause {
            Cause::Done => &self.done,
            Cause::Hourly => &self.hourly,
        }
    }

    pub(crate) fn count(&self, cause: Cause) -> u64 {
        self.of(cause).load(Ordering::Relaxed)
    }
}

/// `sync.check`: the digests of blocks of 256 messages as I hold them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBlocks {
    /// By room and number of the block, each as 16 hexadecimal digits (at most 200 in all).
    pub blocks: Digests,
    pub cause: Option<Cause>,
}

/// A block as it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WholeBlock {
    pub room: String,
    pub block: u64,
    pub digest: String,
    /// All of it that I may see, in rising `seq`.
    pub messages: Vec<Message>,
}

/// The blocks that I hold otherwise, whole, and the people whom they name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Different {
    pub different: Vec<WholeBlock>,
    pub users: Vec<User>,
    /// There are more: ask again once these are taken in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

pub(crate) async fn check(chat: Chat, actor: Actor, input: CheckBlocks) -> Result<Different, Refusal> {
    let mut held = Vec::new();
    for (room, blocks) in input.blocks {
        for (block, digest) in blocks {
            let number = Some(&digest).filter(|digest| digest.len() == 16);
            let number = number.and_then(|digest| u64::from_str_radix(digest, 16).ok());
            let digest = number.ok_or_else(|| Refusal::value("blocks", "a digest has 16 hexadecimal digits"))?;
            held.push(Digest { room: room.clone(), block, digest });
        }
    }
    if held.len() > MOST_BLOCKS {
        return Err(Refusal::TooLong { field: "blocks".into(), limit: MOST_BLOCKS });
    }
    let turn = chat.admission.enter(false).await?;
    let (blocks, more) = chat.store.differing(&actor.user, held).await?;
    drop(turn);
    chat.divergences.of(input.cause.unwrap_or_default()).fetch_add(blocks.len() as u64, Ordering::Relaxed);
    let named = blocks.iter().flat_map(|block| messages::people(&block.messages));
    let users = users::named(&chat, named).await?;
    let different = blocks.into_iter().map(|block| WholeBlock {
        room: block.digest.room,
        block: block.digest.block,
        digest: format!("{:016x}", block.digest.digest),
        messages: block.messages.into_iter().map(Message::from).collect(),
    });
    Ok(Different { different: different.collect(), users, more })
}
