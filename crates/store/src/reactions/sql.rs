//! Reactions: a row each, and beside the message what is shown of them.

use super::{MOST, NAMED, Reaction, ReactionWrite};
use crate::engine::Group;
use crate::messages::sql::changes::{place, tell, text_message};
use crate::sql::Failure;
use crate::sql::columns::split_ids;
use crate::sql::statements::statements;
use crate::{Ack, G, Refused, Seq, UserId};

statements! {
    HAS = "SELECT 1 FROM reactions WHERE room = ?1 AND seq = ?2 AND emoji = ?3 AND user = ?4";
    PUT = "INSERT INTO reactions (room, seq, emoji, user, gv) VALUES (?1, ?2, ?3, ?4, ?5)";
    TAKE = "DELETE FROM reactions WHERE room = ?1 AND seq = ?2 AND emoji = ?3 AND user = ?4";
    FIRST = "SELECT user FROM reactions WHERE room = ?1 AND seq = ?2 AND emoji = ?3 ORDER BY gv LIMIT ?4";
    SHOW = "UPDATE messages SET reactions = ?3, worded = coalesce(worded, gv), gv = ?4
        WHERE room = ?1 AND seq = ?2";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &ReactionWrite) -> Result<Ack, Failure> {
    let ReactionWrite::Set { room, seq, user, emoji, on } = write;
    let place = place(group, room, user)?;
    let mut message = text_message(group, &place, room, *seq, user)?;
    if message.deleted {
        return Err(Refused::Deleted.into());
    }
    let ack = Ack { room: Some(room.clone()), seq: Some(*seq), ..Ack::default() };
    if group.exists(HAS, (room, seq, emoji, user))? == *on {
        return Ok(ack);
    }
    let known = message.reactions.iter().position(|reaction| reaction.emoji == *emoji);
    if *on && known.is_none() && message.reactions.len() >= MOST {
        return Err(Refused::TooMany(MOST).into());
    }
    message.gv = group.next_g();
    if *on {
        put(group, (room, *seq, emoji, user), message.gv, known, &mut message.reactions)?;
    } else {
        take(group, (room, *seq, emoji, user), known, &mut message.reactions)?;
    }
    let shown = (!message.reactions.is_empty()).then(|| kept(&message.reactions));
    group.run(SHOW, (room, seq, shown, message.gv))?;
    tell(group, place.g, message)?;
    Ok(ack)
}

/// Room, message, emoji, user.
type Key<'a> = (&'a str, Seq, &'a str, &'a str);

fn put(
    group: &Group<'_, '_>,
    (room, seq, emoji, user): Key<'_>,
    gv: G,
    known: Option<usize>,
    shown: &mut Vec<Reaction>,
) -> Result<(), Failure> {
    group.run(PUT, (room, seq, emoji, user, gv))?;
    match known.and_then(|at| shown.get_mut(at)) {
        Some(reaction) => {
            reaction.count += 1;
            if reaction.users.len() < NAMED {
                reaction.users.push(user.to_owned());
            }
        }
        None => shown.push(Reaction { emoji: emoji.to_owned(), users: vec![user.to_owned()], count: 1 }),
    }
    Ok(())
}

fn take(
    group: &Group<'_, '_>,
    (room, seq, emoji, user): Key<'_>,
    known: Option<usize>,
    shown: &mut Vec<Reaction>,
) -> Result<(), Failure> {
    group.run(TAKE, (room, seq, emoji, user))?;
    let Some(at) = known else {
        return Err(Failure::Broken("a reaction is there that its message does not show".into()));
    };
    let reaction = &mut shown[at];
    reaction.count = reaction.count.saturating_sub(1);
    if reaction.count == 0 {
        shown.remove(at);
    } else if reaction.users.iter().any(|named| named == user) {
        reaction.users = first(group, room, seq, emoji)?;
    }
    Ok(())
}

fn first(group: &Group<'_, '_>, room: &str, seq: Seq, emoji: &str) -> Result<Vec<UserId>, Failure> {
    group.all(FIRST, (room, seq, emoji, NAMED), |row| row.get(0))
}

/// What stands in the column of a message: a line an emoji, with its number and its people.
fn kept(reactions: &[Reaction]) -> String {
    let line = |reaction: &Reaction| format!("{} {} {}", reaction.emoji, reaction.count, reaction.users.join(" "));
    reactions.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What [`kept`] wrote.
pub(crate) fn shown(text: Option<&str>) -> Vec<Reaction> {
    let read = |line: &str| {
        let (emoji, rest) = line.split_once(' ')?;
        let (count, users) = rest.split_once(' ')?;
        Some(Reaction { emoji: emoji.to_owned(), count: count.parse().ok()?, users: split_ids(users) })
    };
    text.map(|text| text.lines().filter_map(read).collect()).unwrap_or_default()
}
