//! What people do: each sentence is one command.

use super::super::step::{CodeOf, Deed, Invited};
use super::super::tokens::Token::{self, Number, Room, Seq, Text, Who, Word as W};
use super::{level, persons, rooms};
use crate::{Outcome, fail};

/// Understands the words after the person; answers the deed and the room that it names, if it names one.
pub(super) fn deed(tokens: &[Token<'_>]) -> Outcome<(Deed, Option<String>)> {
    for kind in [message, marks, room, reading, account] {
        if let Some(found) = kind(tokens)? {
            return Ok(found);
        }
    }
    if let Some(deed) = small(tokens) {
        return Ok((deed, None));
    }
    fail!("not a sentence of this language (crates/tests/conversations/README.md has them all)")
}

type Understood = Outcome<Option<(Deed, Option<String>)>>;

fn message(tokens: &[Token<'_>]) -> Understood {
    let deed = match tokens {
        [W(":"), Text(text)] => Deed::Post { text: text.clone(), reply_to: None, times: 1 },
        [W(":"), Text(text), Number(times), W("times")] => {
            Deed::Post { text: text.clone(), reply_to: None, times: *times }
        }
        [W(":"), Text(text), W("in"), W("reply"), W("to"), Seq(seq)] => {
            Deed::Post { text: text.clone(), reply_to: Some(*seq), times: 1 }
        }
        [W("says"), Number(length), W("characters")] => {
            Deed::Post { text: "ä".repeat(usize::try_from(*length)?), reply_to: None, times: 1 }
        }
        [W("edits"), Seq(seq), Text(text)] => Deed::Edit { seq: *seq, text: text.clone(), remembered: false },
        [W("edits"), W("the"), W("remembered"), Seq(seq), Text(text)] => {
            Deed::Edit { seq: *seq, text: text.clone(), remembered: true }
        }
        [W("deletes"), Seq(seq)] => Deed::Delete { seq: *seq, for_me: false },
        [W("deletes"), Seq(seq), W("for"), W("herself" | "himself")] => Deed::Delete { seq: *seq, for_me: true },
        _ => return Ok(None),
    };
    Ok(Some((deed, None)))
}

/// What is put to a message, or kept beside it.
fn marks(tokens: &[Token<'_>]) -> Understood {
    let (deed, named) = match tokens {
        [W("reacts"), W(emoji), W("to"), Seq(seq)] => {
            (Deed::React { seq: *seq, emoji: emoji.to_string(), on: true }, None)
        }
        [W("takes"), W(emoji), W("from"), Seq(seq)] => {
            (Deed::React { seq: *seq, emoji: emoji.to_string(), on: false }, None)
        }
        [W("pins"), Seq(seq)] => (Deed::Pin { seq: *seq, on: true }, None),
        [W("unpins"), Seq(seq)] => (Deed::Pin { seq: *seq, on: false }, None),
        [W("lists"), W("no"), W("pins")] => (Deed::ListPins(Vec::new()), None),
        [W("lists"), W("the"), W("pins"), listed @ ..] => (Deed::ListPins(seqs(listed)?), None),
        [W("keeps"), Seq(seq)] => (Deed::Keep { seq: *seq, on: true }, None),
        [W("no"), W("longer"), W("keeps"), Seq(seq)] => (Deed::Keep { seq: *seq, on: false }, None),
        [W("lists"), W("nothing"), W("kept")] => (Deed::ListKept(Vec::new()), None),
        [W("lists"), W("as"), W("kept"), listed @ ..] => (Deed::ListKept(seqs(listed)?), None),
        [W("begins"), Text(text)] => (Deed::Begin { text: text.clone(), reply_to: None }, None),
        [W("begins"), Text(text), W("in"), W("reply"), W("to"), Seq(seq)] => {
            (Deed::Begin { text: text.clone(), reply_to: Some(*seq) }, None)
        }
        [W("gives"), W("up"), W("the"), W("draft")] => (Deed::Begin { text: String::new(), reply_to: None }, None),
        [W("opens"), W("the"), W("past"), W("of"), Room(room)] => (Deed::Past(true), Some(room.to_string())),
        [W("closes"), W("the"), W("past"), W("of"), Room(room)] => (Deed::Past(false), Some(room.to_string())),
        _ => return Ok(None),
    };
    Ok(Some((deed, named)))
}

/// Names and values.
fn pairs(tokens: &[Token<'_>]) -> Option<Vec<(String, String)>> {
    let pair = |two: &[Token<'_>]| match two {
        [Text(name), Text(value)] => Some((name.clone(), value.clone())),
        _ => None,
    };
    tokens.chunks(2).map(pair).collect()
}

fn seqs(tokens: &[Token<'_>]) -> Outcome<Vec<u64>> {
    let mut seqs = Vec::new();
    for token in tokens {
        match token {
            Seq(seq) => seqs.push(*seq),
            other => fail!("a message is expected, not {other:?}"),
        }
    }
    Ok(seqs)
}

fn room(tokens: &[Token<'_>]) -> Understood {
    let (deed, named) = match tokens {
        [W("creates"), W(kind), Room(room)] => (create(kind, room, None), None),
        [W("creates"), W(kind), Room(room), W("about"), Text(topic)] => (create(kind, room, Some(topic)), None),
        [W("joins"), Room(room)] => (Deed::Join(room.to_string()), None),
        [W("joins"), Room(room), W("by"), W("code")] => (Deed::JoinByCode(CodeOf::Room(room.to_string())), None),
        [W("joins"), Room(room), W("by"), W("the"), W("former"), W("code")] => {
            (Deed::JoinByCode(CodeOf::Former(room.to_string())), None)
        }
        [W("joins"), W("by"), W("the"), W("code"), Text(code)] => (Deed::JoinByCode(CodeOf::Text(code.clone())), None),
        [W("leaves")] => (Deed::Leave, None),
        [W("leaves"), Room(room)] => (Deed::Leave, Some(room)),
        [W("renames"), Room(room), W("to"), Text(name)] => (Deed::Rename(name.clone()), Some(room)),
        [W("sets"), W("the"), W("topic"), Text(topic)] => (Deed::Topic(topic.clone()), None),
        [W("makes"), Room(room), W(kind)] => (Deed::Kind(kind.to_string()), Some(room)),
        [W("renews"), W("the"), W("code")] => (Deed::RenewCode, None),
        [W("deletes"), Room(room)] => (Deed::DeleteRoom, Some(room)),
        [W("looks"), W("at"), Room(room)] => (Deed::ReadRoom, Some(room)),
        [W("lists"), W("no"), W("rooms")] => (Deed::ListRooms(Vec::new()), None),
        [W("lists"), W("the"), W("rooms"), listed @ ..] => (Deed::ListRooms(rooms(listed)?), None),
        [W("finds"), W("no"), W("room"), W("by"), Text(query)] => {
            (Deed::FindRooms { query: query.clone(), found: Vec::new() }, None)
        }
        [W("finds"), found @ .., W("by"), Text(query)] if matches!(found.first(), Some(Room(_))) => {
            (Deed::FindRooms { query: query.clone(), found: rooms(found)? }, None)
        }
        [W("lists"), W("the"), W("members"), listed @ ..] => (members(listed)?, None),
        [W("kicks"), Who(person)] => (Deed::Kick(person.to_string()), None),
        [W("makes"), Who(person), W(role)] => {
            (Deed::SetRole { person: person.to_string(), role: role.to_string() }, None)
        }
        [W("hides"), Room(room)] => (Deed::Hide, Some(room)),
        [W("wants"), wish @ .., W("of"), Room(room)] => (notify(wish, None)?, Some(room)),
        [W("wants"), wish @ .., W("of"), Room(room), W("muted"), W("until"), Text(time)] => {
            (notify(wish, Some(time))?, Some(room))
        }
        [W("talks"), W("again"), W("to"), rest @ ..] => (talk(rest, true)?, None),
        [W("talks"), W("to"), rest @ ..] => (talk(rest, false)?, None),
        _ => return Ok(None),
    };
    Ok(Some((deed, named.map(|name| name.to_string()))))
}

fn create(kind: &str, room: &str, topic: Option<&String>) -> Deed {
    Deed::CreateRoom { kind: kind.into(), room: room.into(), topic: topic.cloned() }
}

/// The room's name was taken out of the sentence before, as every `in #room` is.
fn talk(tokens: &[Token<'_>], same: bool) -> Outcome<Deed> {
    let (with, subject) = match tokens {
        [with @ .., W("about"), Text(subject)] => (with, Some(subject.clone())),
        with => (with, None),
    };
    Ok(Deed::Talk { with: persons(with)?, subject, same })
}

fn notify(wish: &[Token<'_>], muted: Option<&String>) -> Outcome<Deed> {
    match level(wish) {
        Some(level) => Ok(Deed::Notify { level, muted: muted.cloned() }),
        None => fail!("expected: wants all | mentions | nothing | the usual of #garden"),
    }
}

fn members(tokens: &[Token<'_>]) -> Outcome<Deed> {
    let mut listed = Vec::new();
    for pair in tokens.chunks(2) {
        match pair {
            [Who(person), W(role)] => listed.push((person.to_string(), role.to_string())),
            _ => fail!("expected: lists the members Ada owner, Bo member"),
        }
    }
    Ok(Deed::ListMembers(listed))
}

fn reading(tokens: &[Token<'_>]) -> Understood {
    let deed = match tokens {
        [W("reads"), W("up"), W("to"), Seq(seq)] => Deed::ReadUpTo(*seq),
        [W("reads"), Seq(seq), Text(text)] => Deed::ReadMessage { seq: *seq, text: text.clone() },
        [W("reads"), W("the"), W("profile")] => Deed::ReadProfile,
        [W("reads"), W("the"), W("revisions"), W("of"), Seq(seq), W(":"), texts @ ..] => {
            let texts = texts.iter().filter_map(|token| if let Text(text) = token { Some(text.clone()) } else { None });
            Deed::Revisions { seq: *seq, texts: texts.collect() }
        }
        [W("reads"), W("the"), W("newest"), Number(limit), W(":"), range @ ..] => {
            Deed::History { limit: Some(*limit), side: None, range: stretch(range)? }
        }
        [W("reads"), Number(limit), W(side), Seq(seq), W(":"), range @ ..] => {
            Deed::History { limit: Some(*limit), side: Some((side.to_string(), *seq)), range: stretch(range)? }
        }
        [W("reads"), W(side @ ("before" | "after" | "around")), Seq(seq), W(":"), range @ ..] => {
            Deed::History { limit: None, side: Some((side.to_string(), *seq)), range: stretch(range)? }
        }
        [W("counts"), Number(unread), W("unread")] => Deed::CountUnread { unread: *unread, mentions: 0 },
        [W("counts"), Number(unread), W("unread"), Number(mentions), W("mention" | "mentions")] => {
            Deed::CountUnread { unread: *unread, mentions: *mentions }
        }
        _ => return Ok(None),
    };
    Ok(Some((deed, None)))
}

fn stretch(tokens: &[Token<'_>]) -> Outcome<Option<(u64, u64)>> {
    match tokens {
        [W("nothing")] => Ok(None),
        [Seq(only)] => Ok(Some((*only, *only))),
        [Seq(from), W("to"), Seq(to)] => Ok(Some((*from, *to))),
        _ => fail!("expected after the colon: #1 to #4, or nothing"),
    }
}

fn account(tokens: &[Token<'_>]) -> Understood {
    let deed = match tokens {
        [W("registers"), options @ ..] => register(options)?,
        [W("signs"), W("in"), options @ ..] => match register(options)? {
            Deed::Register { username, password, invitation: Invited::No } => Deed::SignIn { username, password },
            _ => fail!("an invitation does not help to sign in"),
        },
        [W("signs"), W("out")] => Deed::SignOut,
        [W("lists"), Number(count), W("session" | "sessions")] => Deed::ListSessions(*count),
        [W("ends"), W("the"), W("session"), W("of"), Who(device)] => Deed::EndSession(device.to_string()),
        [W("changes"), W("the"), W("password"), W("from"), Text(from), W("to"), Text(to)] => {
            Deed::ChangePassword { from: from.clone(), to: to.clone() }
        }
        [W("finds"), W("nobody"), W("by"), Text(query)] => {
            Deed::FindsPeople { query: query.clone(), found: Vec::new() }
        }
        [W("finds"), found @ .., W("by"), Text(query)] => {
            Deed::FindsPeople { query: query.clone(), found: persons(found)? }
        }
        _ => return Ok(None),
    };
    Ok(Some((deed, None)))
}

fn register(mut options: &[Token<'_>]) -> Outcome<Deed> {
    let (mut username, mut password, mut invitation) = (None, None, Invited::No);
    while !options.is_empty() {
        options = match options {
            [W("as"), Text(name), rest @ ..] => {
                username = Some(name.clone());
                rest
            }
            [W("with"), Text(secret), rest @ ..] => {
                password = Some(secret.clone());
                rest
            }
            [W("by"), W("the"), W("setup"), W("link"), rest @ ..] => {
                invitation = Invited::BySetupLink;
                rest
            }
            [W("by"), W("the"), W("invitation"), Text(code), rest @ ..] => {
                invitation = Invited::With(code.clone());
                rest
            }
            [W("by"), W("invitation"), rest @ ..] => {
                invitation = Invited::Yes;
                rest
            }
            _ => fail!("expected: as \"name\", with \"password\", by invitation, by the setup link"),
        };
    }
    Ok(Deed::Register { username, password, invitation })
}

fn small(tokens: &[Token<'_>]) -> Option<Deed> {
    let deed = match tokens {
        [W("calls"), W("herself" | "himself"), Text(name)] => Deed::CallsSelf(name.clone()),
        [W("sets"), W("the"), W("status"), Text(status)] => Deed::Status(status.clone(), None),
        [W("sets"), W("the"), W("status"), Text(status), W("for"), Number(seconds), W("seconds")] => {
            Deed::Status(status.clone(), Some(*seconds))
        }
        [W("chooses"), Text(name), Text(value)] => Deed::Choose(name.clone(), value.clone()),
        [W("chooses"), W("nothing"), W("for"), Text(name)] => Deed::Choose(name.clone(), String::new()),
        [W("reads"), W("the"), W("settings"), W(":"), chosen @ ..] => Deed::ReadSettings(pairs(chosen)?),
        [W("reads"), W("no"), W("settings")] => Deed::ReadSettings(Vec::new()),
        [W("lives"), W("in"), Text(zone)] => Deed::TimeZone(zone.clone()),
        [W("looks"), Who(person), W("up")] => Deed::LooksUp(person.to_string()),
        [W("invites")] => Deed::Invite { role: None, uses: None },
        [W("invites"), W("once")] => Deed::Invite { role: None, uses: Some(1) },
        [W("invites"), W("an"), W("administrator")] => Deed::Invite { role: Some("admin".into()), uses: None },
        [W("lists"), Number(count), W("invitation" | "invitations")] => Deed::ListInvitations(*count),
        [W("revokes"), W("the"), W("invitation")] => Deed::RevokeInvitation,
        [W("types")] => Deed::Typing(true),
        [W("stops"), W("typing")] => Deed::Typing(false),
        [W("is"), W("away")] => Deed::Presence("away".into()),
        [W("is"), W("back")] => Deed::Presence("online".into()),
        [W("watches")] => Deed::Watch,
        [W("gives"), Text(command), Text(arguments)] => {
            Deed::Raw { command: command.clone(), arguments: arguments.clone() }
        }
        _ => return None,
    };
    Some(deed)
}
