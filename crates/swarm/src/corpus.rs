//! What is said where: a corpus read by rooms, the busiest first, or a built-in list of weights without texts.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use crate::Failure;

/// Texts that are kept of each room; they are said again from the start when they run out.
const TEXTS: usize = 1_000;
/// What is read of a file at most, unpacked.
const LONGEST: u64 = 1 << 30;
/// With this exponent ten of 521 rooms carry half of the messages, as was measured on public chat rooms.
const EXPONENT: f64 = 1.1;

#[derive(Deserialize)]
struct Line {
    room: String,
    text: String,
}

/// One room's share of the messages and what is said in it, in order.
#[derive(Clone)]
pub(crate) struct Topic {
    pub(crate) weight: f64,
    pub(crate) texts: Arc<Vec<String>>,
}

/// The rooms of a file of JSON lines (`room`, `text`), gzip or not.
pub(crate) fn read(path: &Path) -> Result<Vec<Topic>, Failure> {
    let open = || File::open(path).map_err(|e| format!("cannot read {}: {e}", path.display()));
    let mut start = Vec::new();
    open()?.take(2).read_to_end(&mut start)?;
    let bytes: Box<dyn Read> =
        if start == [0x1F, 0x8B] { Box::new(MultiGzDecoder::new(open()?)) } else { Box::new(open()?) };
    parse(BufReader::new(bytes.take(LONGEST)))
}

fn parse(lines: impl BufRead) -> Result<Vec<Topic>, Failure> {
    let mut rooms: HashMap<String, (u32, Vec<String>)> = HashMap::new();
    for line in lines.lines() {
        let Line { room, text } = serde_json::from_str(&line?)?;
        let (count, texts) = rooms.entry(room).or_default();
        *count += 1;
        if texts.len() < TEXTS {
            texts.push(text);
        }
    }
    let mut rooms: Vec<_> = rooms.into_iter().collect();
    rooms.sort_by(|(a, (more, _)), (b, (less, _))| less.cmp(more).then_with(|| a.cmp(b)));
    let topic = |(_, (count, texts))| Topic { weight: f64::from(count), texts: Arc::new(texts) };
    Ok(rooms.into_iter().map(topic).collect())
}

/// That many rooms whose weights add up to 1: those of the corpus in turn, or falling by a power of the rank.
pub(crate) fn spread_over(corpus: &[Topic], rooms: usize) -> Vec<Topic> {
    let built_in = |rank: usize| Topic { weight: ((rank + 1) as f64).powf(-EXPONENT), texts: Arc::default() };
    let topic = |rank: usize| match corpus.len() {
        0 => built_in(rank),
        length => corpus[rank % length].clone(),
    };
    let mut topics: Vec<Topic> = (0..rooms).map(topic).collect();
    let all: f64 = topics.iter().map(|topic| topic.weight).sum();
    topics.iter_mut().for_each(|topic| topic.weight /= all);
    topics
}
