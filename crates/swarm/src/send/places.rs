//! Where a load takes place: the rooms with their people, and each client's part in it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use tokio::task::JoinSet;

use super::member::{Member, Pace, Part};
use super::{JOINING, NEVER, Options};
use crate::Failure;
use crate::corpus::Topic;
use crate::rest::{Account, Rest};
use crate::town::{self, Place};

/// The rooms with their people, and the options with as many rooms as there are.
pub(super) async fn places(options: &Options, rest: &Rest) -> Result<(Options, Vec<Place>), Failure> {
    if let Some(file) = &options.town {
        let places = town::read(file)?;
        let rooms = u32::try_from(places.len())?;
        if options.clients < rooms {
            return Err(format!("{rooms} rooms are more than {} clients", options.clients).into());
        }
        return Ok((Options { rooms, ..options.clone() }, places));
    }
    eprintln!("registering {} accounts, creating {} rooms", options.accounts, options.rooms);
    let accounts = rest.register(options.accounts as usize).await?;
    Ok((options.clone(), make_rooms(rest, options, &accounts).await?))
}

async fn make_rooms(rest: &Rest, options: &Options, accounts: &[Account]) -> Result<Vec<Place>, Failure> {
    let mut rooms = Vec::new();
    for number in 0..options.rooms as usize {
        let id = rest.create_room(&accounts[0], &format!("Swarm {number}")).await?;
        let clients = (number..options.clients as usize).step_by(options.rooms as usize);
        let here: Vec<usize> = clients.map(|client| account_of(client, options)).collect();
        let mut joining = JoinSet::new();
        for account in here.iter().copied().filter(|at| *at != 0).collect::<BTreeSet<_>>() {
            if joining.len() >= JOINING {
                joining.join_next().await.transpose()?.transpose()?;
            }
            let (rest, account, room) = (rest.clone(), accounts[account].clone(), id.clone());
            joining.spawn(async move { rest.join(&account, &room).await });
        }
        while let Some(joined) = joining.join_next().await {
            joined??;
        }
        let whose = if here.is_empty() { vec![0] } else { here };
        rooms.push(Place { id, tokens: whose.into_iter().map(|at| accounts[at].token.clone()).collect() });
    }
    Ok(rooms)
}

/// Which account a client uses: the clients of a room use different ones as far as there are enough.
fn account_of(client: usize, options: &Options) -> usize {
    (client + client / options.rooms as usize) % options.accounts as usize
}

/// Connects one after the other: a handshake takes far less time than a registration did.
pub(super) async fn connect(
    options: &Options,
    rests: &[Rest],
    places: &[Place],
    topics: &[Topic],
    numbers: Range<u32>,
) -> Result<Vec<Member>, Failure> {
    let authorities = rests.iter().map(Rest::authority).collect::<Result<Vec<_>, _>>()?;
    let mut members = Vec::with_capacity(numbers.len());
    for number in numbers {
        let room = number as usize % places.len();
        let Place { id, tokens } = &places[room];
        let part = Part {
            token: tokens[number as usize / places.len() % tokens.len()].clone(),
            number,
            room,
            room_id: id.clone(),
            pace: pace(options, number, &topics[room]),
            transport: options.transport,
            stalled: is_among_last(options, options.stalled, number),
            away: is_among_last(options, options.away, number),
            bytes: options.bytes,
            texts: topics[room].texts.clone(),
            first_text: number as usize / places.len(),
            stride: options.clients as usize / places.len() + 1,
        };
        // Neighbours in a room are on different nodes, however many rooms there are.
        let node = (room + number as usize / places.len()) % authorities.len();
        members.push(Member::connect(&authorities[node], part).await?);
    }
    Ok(members)
}

fn is_among_last(options: &Options, percent: u32, number: u32) -> bool {
    u64::from(options.clients - number) * 100 <= u64::from(options.clients) * u64::from(percent)
}

/// With a rate, the senders of a room share the room's share of it.
fn pace(options: &Options, number: u32, topic: &Topic) -> Pace {
    let idle = options.stalled.max(options.away);
    let sends = |number: u32| number < options.publishers.unwrap_or(u32::MAX) && !is_among_last(options, idle, number);
    let Some(rate) = options.rate else {
        return if sends(number) { Pace::Flight(options.flight) } else { Pace::Never };
    };
    let senders = (number % options.rooms..options.clients).step_by(options.rooms as usize);
    let senders = senders.take_while(|number| sends(*number)).count();
    if !sends(number) {
        return Pace::Never;
    }
    let rate = rate * topic.weight;
    let seconds = |messages: f64| Duration::from_secs_f64((messages / rate).min(NEVER));
    Pace::Every { first: seconds(f64::from(number / options.rooms)), period: seconds(senders as f64) }
}
