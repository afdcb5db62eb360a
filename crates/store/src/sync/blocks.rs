//! Blocks: which messages one has, and what it comes to.

use crate::{G, Seq};

/// How many messages of a room one block has.
const SIZE: u64 = 256;

/// The `seq` of the first and of the last message of a block.
pub(super) fn bounds(block: u64) -> (Seq, Seq) {
    let first = block.saturating_mul(SIZE).saturating_add(1).min(i64::MAX as Seq);
    (first, first.saturating_add(SIZE - 1).min(i64::MAX as Seq))
}

/// What messages come to: a sum, so that their order is nothing and a changed one can be taken out and put in again. Each
/// is mixed by the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
pub(super) fn digest(messages: impl IntoIterator<Item = (Seq, G)>) -> u64 {
    messages.into_iter().fold(0, |sum: u64, (seq, gv)| sum.wrapping_add(mix(seq, gv)))
}

fn mix(seq: Seq, gv: G) -> u64 {
    let x = seq.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(gv);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
