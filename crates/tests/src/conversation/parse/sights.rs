//! What people see.

use super::super::step::{Extras, Sight};
use super::super::tokens::Token::{self, Number, Room, Seq, Text, Who, Word as W};
use crate::{Outcome, fail};

/// Understands the words after `sees`.
pub(super) fn sight(tokens: &[Token<'_>]) -> Outcome<Sight> {
    match tokens {
        [Who(author), Text(text), Seq(seq), rest @ ..] => Ok(Sight::Message {
            seq: *seq,
            author: Some(author.to_string()),
            text: text.clone(),
            extras: extras(rest)?,
        }),
        [Seq(seq), Text(text), rest @ ..] => {
            Ok(Sight::Message { seq: *seq, author: None, text: text.clone(), extras: extras(rest)? })
        }
        [Seq(seq), W("deleted")] => Ok(Sight::Deleted(*seq)),
        [W(emoji), W("by"), people @ .., W("on"), Seq(seq)] => {
            Ok(Sight::Reaction { seq: *seq, emoji: emoji.to_string(), people: super::persons(people)? })
        }
        [W("no"), W(emoji), W("on"), Seq(seq)] => {
            Ok(Sight::Reaction { seq: *seq, emoji: emoji.to_string(), people: Vec::new() })
        }
        [Seq(seq), W("pinned"), W("by"), Who(by)] => Ok(Sight::Pinned { seq: *seq, by: Some(by.to_string()) }),
        [Seq(seq), W("not"), W("pinned")] => Ok(Sight::Pinned { seq: *seq, by: None }),
        [Seq(seq), W("kept")] => Ok(Sight::Kept { seq: *seq, kept: true }),
        [Seq(seq), W("not"), W("kept")] => Ok(Sight::Kept { seq: *seq, kept: false }),
        [W("the"), W("draft"), Text(text)] => Ok(Sight::Draft(Some(text.clone()))),
        [W("no"), W("draft")] => Ok(Sight::Draft(None)),
        [Text(name), W("chosen"), W("as"), Text(value)] => {
            Ok(Sight::Chosen { name: name.clone(), value: Some(value.clone()) })
        }
        [W("nothing"), W("chosen"), W("for"), Text(name)] => Ok(Sight::Chosen { name: name.clone(), value: None }),
        [W("no"), Seq(seq)] => Ok(Sight::NoMessage(*seq)),
        _ => match (person(tokens), room(tokens)) {
            (Some(sight), _) | (None, Some(sight)) => Ok(sight),
            (None, None) => fail!("nothing that can be seen (crates/tests/conversations/README.md has everything)"),
        },
    }
}

fn person(tokens: &[Token<'_>]) -> Option<Sight> {
    let sight = match tokens {
        [Who(person), W(kind @ ("join" | "leave"))] => {
            Sight::Line { kind: kind.to_string(), author: person.to_string(), subject: None }
        }
        [Who(person), W("kick"), Who(subject)] => {
            Sight::Line { kind: "kick".into(), author: person.to_string(), subject: Some(subject.to_string()) }
        }
        [Who(person), W("rename"), W("it")] => {
            Sight::Line { kind: "rename".into(), author: person.to_string(), subject: None }
        }
        [Who(person), W("set"), W("the"), W("topic")] => {
            Sight::Line { kind: "topic".into(), author: person.to_string(), subject: None }
        }
        [Who(person), W("typing")] => Sight::Typing { person: person.to_string(), typing: true },
        [Who(person), W("not"), W("typing")] => Sight::Typing { person: person.to_string(), typing: false },
        [Who(person), W(presence @ ("online" | "away" | "offline"))] => {
            Sight::Presence { person: person.to_string(), presence: presence.to_string() }
        }
        [Who(person), W("as"), W(role)] => Sight::Role { person: person.to_string(), role: role.to_string() },
        [Who(person), W("gone")] => Sight::Gone(person.to_string()),
        [Who(person), W("called"), Text(name)] => Sight::Called { person: person.to_string(), name: name.clone() },
        [Who(person), W("not"), W("to"), W("be"), W("disturbed")] => {
            Sight::Undisturbed { person: person.to_string(), wished: true }
        }
        [Who(person), W("to"), W("be"), W("disturbed")] => {
            Sight::Undisturbed { person: person.to_string(), wished: false }
        }
        [Who(person), W("with"), W("status"), Text(status)] => {
            Sight::Status { person: person.to_string(), status: status.clone() }
        }
        _ => return None,
    };
    Some(sight)
}

fn room(tokens: &[Token<'_>]) -> Option<Sight> {
    let sight = match tokens {
        [W("the"), W("name"), Text(name)] => Sight::RoomName(name.clone()),
        [W("the"), W("topic"), Text(topic)] => Sight::RoomTopic(topic.clone()),
        [W("nothing"), W("unread")] => Sight::Unread { unread: 0, mentions: 0 },
        [Number(unread), W("unread")] => Sight::Unread { unread: *unread, mentions: 0 },
        [Number(unread), W("unread"), Number(mentions), W("mention" | "mentions")] => {
            Sight::Unread { unread: *unread, mentions: *mentions }
        }
        [Room(room)] => Sight::Room { room: room.to_string(), there: true },
        [W("no"), Room(room)] => Sight::Room { room: room.to_string(), there: false },
        [Room(room), W("hidden")] => Sight::Hidden { room: room.to_string(), hidden: true },
        [Room(room), W("shown")] => Sight::Hidden { room: room.to_string(), hidden: false },
        [Room(room), W("with"), wish @ .., W("muted"), W("until"), Text(time)] => {
            Sight::Notified { room: room.to_string(), level: super::level(wish)?, muted: Some(time.clone()) }
        }
        [Room(room), W("with"), wish @ ..] => {
            Sight::Notified { room: room.to_string(), level: super::level(wish)?, muted: None }
        }
        [Room(room), W("listed")] => Sight::Listed { room: room.to_string(), listed: true },
        [Room(room), W("unlisted")] => Sight::Listed { room: room.to_string(), listed: false },
        _ => return None,
    };
    Some(sight)
}

/// Understands the words after `never saw`.
pub(super) fn never(tokens: &[Token<'_>]) -> Outcome<Sight> {
    match tokens {
        [Who(person), W("typing")] => Ok(Sight::NeverTyping(person.to_string())),
        [Who(person), W(presence @ ("online" | "away" | "offline"))] => {
            Ok(Sight::NeverPresence { person: person.to_string(), presence: presence.to_string() })
        }
        _ => fail!("expected: never saw Ada offline, or: never saw Ada typing"),
    }
}

fn extras(mut tokens: &[Token<'_>]) -> Outcome<Extras> {
    let mut extras = Extras::default();
    while !tokens.is_empty() {
        tokens = match tokens {
            [W("edited"), rest @ ..] => {
                extras.edited = true;
                rest
            }
            [W("in"), W("reply"), W("to"), Seq(seq), rest @ ..] => {
                extras.reply_to = Some(*seq);
                rest
            }
            [W("mentioning"), Who(person), rest @ ..] => {
                extras.mentions.push(person.to_string());
                rest
            }
            [W("to"), W("all"), rest @ ..] => {
                extras.all = true;
                rest
            }
            [W("as"), Text(html), rest @ ..] => {
                extras.html = Some(Some(html.clone()));
                rest
            }
            [W("as"), W("it"), W("is"), rest @ ..] => {
                extras.html = Some(None);
                rest
            }
            _ => {
                fail!("of a message can be seen: edited, in reply to #1, mentioning Bo, to all, as \"<p>…\", as it is")
            }
        };
    }
    Ok(extras)
}
