//! Digests: what a block of messages comes to, so that two who hold it can see whether they hold the same.

use super::{Place, Replica};
use crate::dice::Dice;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many places of a room one block has.
pub const BLOCK: u64 = 256;
/// How many blocks may be asked for at once.
const MOST: usize = 200;

/// One message's part of a digest.
pub fn mix(seq: u64, gv: u64) -> u64 {
    let mut x = seq.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(gv);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The digest of messages given as `(seq, gv)`: 16 digits.
pub fn digest(messages: impl Iterator<Item = (u64, u64)>) -> String {
    format!("{:016x}", messages.fold(0_u64, |sum, (seq, gv)| sum.wrapping_add(mix(seq, gv))))
}

impl Replica {
    /// The blocks that are held whole, of these rooms.
    pub(super) fn whole_blocks<'a>(&self, rooms: impl Iterator<Item = &'a String>) -> BTreeMap<String, Vec<u64>> {
        let mut blocks = BTreeMap::new();
        let mut left = MOST;
        for room in rooms {
            let (Some(note), Some(held)) = (self.notes.get(room), self.rooms.get(room)) else { continue };
            let head = held["head"].as_u64().unwrap_or(0);
            if head == 0 || note.since > head {
                continue;
            }
            let first = if note.since <= 1 { 0 } else { (note.since - 1).div_ceil(BLOCK) };
            let whole: Vec<u64> = (first..=(head - 1) / BLOCK).take(left).collect();
            left -= whole.len();
            if !whole.is_empty() {
                blocks.insert(room.clone(), whole);
            }
        }
        blocks
    }

    /// The digest of one block as it is held.
    pub fn block_digest(&self, room: &str, block: u64) -> String {
        let (first, last) = (block * BLOCK + 1, (block + 1) * BLOCK);
        let held = self.messages.range((room.to_string(), first)..=(room.to_string(), last));
        digest(held.map(|((_, seq), message)| (*seq, message["gv"].as_u64().unwrap_or(0))))
    }

    /// The digests of all blocks that are held whole, as `sync.check` takes them.
    pub fn all_digests(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.digests_of(self.rooms.keys())
    }

    fn digests_of<'a>(&self, rooms: impl Iterator<Item = &'a String>) -> BTreeMap<String, BTreeMap<String, String>> {
        let blocks = self.whole_blocks(rooms);
        let digests = |(room, blocks): (String, Vec<u64>)| {
            let each = blocks.iter().map(|block| (block.to_string(), self.block_digest(&room, *block))).collect();
            (room, each)
        };
        blocks.into_iter().map(digests).collect()
    }

    /// Compares what `done` says of blocks with what is held now.
    pub(super) fn prove(&mut self, digests: &Value) {
        for (room, blocks) in digests.as_object().into_iter().flatten() {
            for (block, theirs) in blocks.as_object().into_iter().flatten() {
                let Ok(block) = block.parse::<u64>() else { continue };
                let ours = self.block_digest(room, block);
                // A gap made me forget it: then I hold it whole no longer.
                let whole = self.whole_blocks(std::iter::once(room)).get(room).is_some_and(|all| all.contains(&block));
                if *theirs != json!(ours) && whole {
                    let place = (room.clone(), block);
                    if !self.damaged.contains(&place) {
                        self.fault(format!("block {block} of {room}: its digest is {ours}, the server says {theirs}"));
                    }
                    self.line.differing.insert(place);
                }
            }
        }
    }

    /// What to say to `sync.check`, of the blocks that were found to differ.
    pub fn differing(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut blocks: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (room, block) in self.line.differing.iter().take(MOST) {
            let digest = self.block_digest(room, *block);
            blocks.entry(room.clone()).or_default().insert(block.to_string(), digest);
        }
        blocks
    }

    /// Damages one block that is held whole, as a client's own mistake would: a message is missing, or older than it
    /// should be. Answers whether there was one.
    pub fn damage(&mut self, dice: &mut Dice) -> bool {
        let whole: Vec<(String, u64)> = self.whole_blocks(self.rooms.keys()).into_iter().flat_map(spread).collect();
        if whole.is_empty() {
            return false;
        }
        let (room, block) = dice.pick(&whole).clone();
        let (first, last) = (block * BLOCK + 1, (block + 1) * BLOCK);
        let held = self.messages.range((room.clone(), first)..=(room.clone(), last));
        let places: Vec<Place> = held.map(|(place, _)| place.clone()).collect();
        if places.is_empty() {
            return false;
        }
        let place = dice.pick(&places);
        if dice.one_in(2) {
            self.messages.remove(place);
        } else if let Some(message) = self.messages.get_mut(place) {
            // As if its last change had been missed.
            message["gv"] = json!(message["gv"].as_u64().unwrap_or(1) - 1);
            message["text"] = json!("damaged");
        }
        self.damaged.insert((room, block));
        true
    }

    /// The digests of all blocks that are held whole, of the rooms that are followed live.
    pub fn live_digests(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.digests_of(self.watched.iter())
    }

    /// Takes the answer of `sync.check`, asked when the rooms were held up to `asked_at`: a block that differs is
    /// replaced, but for what has come since.
    pub fn repair(&mut self, answer: Value, asked_at: &BTreeMap<String, u64>) {
        self.line.differing.clear();
        for block in answer["different"].as_array().into_iter().flatten() {
            let (Some(room), Some(number)) = (block["room"].as_str(), block["block"].as_u64()) else { continue };
            if !self.rooms.contains_key(room) {
                continue;
            }
            self.damaged.remove(&(room.to_string(), number));
            let (first, last) = (number * BLOCK + 1, (number + 1) * BLOCK);
            let have = asked_at.get(room).copied().unwrap_or(0);
            self.messages.retain(|(of, seq), message| {
                of != room || !(first..=last).contains(seq) || message["gv"].as_u64() > Some(have)
            });
            for message in block["messages"].as_array().into_iter().flatten() {
                self.keep_message(message.clone());
            }
        }
    }
}

fn spread((room, blocks): (String, Vec<u64>)) -> impl Iterator<Item = (String, u64)> {
    blocks.into_iter().map(move |block| (room.clone(), block))
}
