//! What was taken from the buckets of this node and is to be taken from those of the others: several nodes are one
//! allowance, to within the time between two tellings.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most keys that are noted between two tellings; what more there is, the others do not hear of.
const MOST: usize = 20_000;
/// The most keys that are taken in at once.
const MOST_HEARD: usize = 4 * MOST;

/// Bucket, key and how often.
#[derive(Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Spending(pub(super) Vec<(String, String, u32)>);

impl Spending {
    /// What another node said; nothing where it makes no sense.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|spending: &Self| spending.0.len() <= MOST_HEARD)
    }

    /// As it is said, in parts of at most so many keys.
    pub(crate) fn write(self, most: usize) -> impl Iterator<Item = Vec<u8>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let tail = rest.split_off(rest.len().min(most));
            let part = std::mem::replace(&mut rest, tail);
            (!part.is_empty()).then(|| serde_json::to_vec(&Self(part)).unwrap_or_default())
        })
    }
}

/// What this node took since it was last told. The lock is held for one look-up.
#[derive(Default)]
pub(super) struct Spent(Mutex<HashMap<(&'static str, String), u32>>);

impl Spent {
    pub(super) fn note(&self, bucket: &'static str, key: &str) {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() < MOST {
            *spent.entry((bucket, key.to_owned())).or_default() += 1;
        }
    }

    pub(super) fn drain(&self) -> Spending {
        let spent = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Spending(spent.into_iter().map(|((bucket, key), times)| (bucket.to_owned(), key, times)).collect())
    }
}
