//! `pages`: how long a page of history takes at the start, the middle and the end of the largest public room.

use std::fmt;
use std::time::Instant;

use clap::Args;

use crate::Failure;
use crate::rest::{Account, Rest};
use crate::spread::Spread;

/// Messages of a page, as the web client asks for.
const PAGE: u64 = 50;

#[derive(Args, Clone)]
pub(crate) struct Options {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
    /// Pages to read at each place.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pages: u32,
}

/// How long pages took, by place, and what they were read from.
pub(crate) struct Outcome {
    /// The `seq` of the newest message of the largest room.
    head: u64,
    rooms: usize,
    /// Countable messages of all public rooms.
    pub(crate) messages: u64,
    places: Vec<(String, Spread)>,
}

/// Registers an account, joins the largest room and a new, nearly empty one, and reads.
pub(crate) async fn run(options: &Options) -> Result<Outcome, Failure> {
    let rest = Rest::new(&options.url)?;
    let accounts = rest.register(1).await?;
    let account = &accounts[0];
    let rooms = rest.public_rooms(account).await?;
    let (largest, head, _) = rooms.iter().max_by_key(|(_, head, _)| *head).ok_or("there is no public room")?;
    let messages = rooms.iter().map(|(_, _, count)| count).sum();
    rest.join(account, largest).await?;
    let new = rest.create_room(account, "A room with one message").await?;
    rest.post(account, &new, "the only one").await?;

    let mut places = Vec::new();
    let last = head.saturating_sub(PAGE);
    for (name, room, after) in [
        ("start", largest, 0),
        ("middle", largest, last / 2),
        ("end", largest, last),
        // What a page costs by itself: the request, the access check, an answer of one message.
        ("new room", &new, 0),
    ] {
        let spread = read(&rest, account, room, after, options.pages).await?;
        places.push((name.to_owned(), spread));
    }
    Ok(Outcome { head: *head, rooms: rooms.len(), messages, places })
}

async fn read(rest: &Rest, account: &Account, room: &str, after: u64, pages: u32) -> Result<Spread, Failure> {
    let mut spread = Spread::new();
    for page in 0..u64::from(pages) {
        // Not the same page again and again, or only the cache would be measured.
        let after = after.saturating_sub(page % PAGE);
        let started = Instant::now();
        let answer = rest.get(account, &format!("rooms/{room}/messages?after={after}&limit={PAGE}")).await?;
        spread.add(started.elapsed());
        if answer["messages"].as_array().is_none_or(Vec::is_empty) {
            return Err(format!("the page after {after} is empty").into());
        }
    }
    Ok(spread)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rooms, messages, head, .. } = self;
        write!(f, "pages of {PAGE} messages, {messages} messages in {rooms} public rooms, the largest up to #{head}")?;
        for (place, spread) in &self.places {
            write!(f, "\n  {place:<10} {:6} pages  {spread}", spread.count())?;
        }
        Ok(())
    }
}
