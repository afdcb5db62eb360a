//! The names of events that came from outside, made to last as long as those written in the program.

use super::Garbled;
use std::sync::{Mutex, PoisonError};

/// The most names, and the most bytes of one: what is made to last is never given back. A newer node may have names that
/// this one does not know; clients pass over events that they do not know.
pub(super) const MOST: usize = 64;
pub(super) const LONGEST: usize = 32;

static NAMES: Names = Names(Mutex::new(Vec::new()));

pub(super) fn lasting(name: &str) -> Result<&'static str, Garbled> {
    NAMES.lasting(name)
}

#[derive(Default)]
pub(super) struct Names(Mutex<Vec<&'static str>>);

impl Names {
    pub(super) fn lasting(&self, name: &str) -> Result<&'static str, Garbled> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.iter().find(|known| **known == name) {
            return Ok(known);
        }
        if names.len() >= MOST || name.len() > LONGEST {
            return Err(Garbled::Names);
        }
        let lasting = &*name.to_owned().leak();
        names.push(lasting);
        Ok(lasting)
    }
}
