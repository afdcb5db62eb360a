//! Sentences understood: a conversation's text becomes steps, or a failure that names file and line.

mod deeds;
mod sights;

use super::step::{Act, Scenery, Step};
use super::tokens::Token::{self, Number, Room, Seq, Text, Who, Word as W};
use super::tokens::cut;
use crate::{Failure, Outcome, fail};

/// Reads the conversation `text`; a line that begins with `--` is for the reader.
pub(super) fn conversation(name: &str, text: &str) -> Outcome<Vec<Step>> {
    let mut steps = Vec::new();
    for (index, words) in text.lines().map(str::trim).enumerate() {
        if words.is_empty() || words.starts_with("--") {
            continue;
        }
        let line = index + 1;
        let act = sentence(words).map_err(|failure| failure.during(format!("{name}:{line}: {words}\n    ")))?;
        steps.push(Step { line, words: words.to_string(), act });
    }
    if steps.is_empty() {
        fail!("{name}: nothing is said");
    }
    Ok(steps)
}

fn sentence(words: &str) -> Outcome<Act> {
    if words.starts_with('[') {
        return enter(words).map(Act::Scenery);
    }
    let mut tokens = cut(words)?;
    if let Some(scenery) = scenery(&tokens) {
        return Ok(Act::Scenery(scenery));
    }
    let room = take_room(&mut tokens);
    let (who, rest) = match tokens.split_first() {
        Some((Who(who), rest)) => (who.to_string(), rest),
        _ => fail!("a sentence begins with a person, `[` or `the`"),
    };
    match rest {
        [W("is"), W("refused"), rest @ ..] => refused(rest, room),
        [W("sees"), rest @ ..] => Ok(Act::Sees { who, room, sight: sights::sight(rest)? }),
        [W("does"), W("not"), W("see"), Text(text)] => {
            Ok(Act::Sees { who, room, sight: super::step::Sight::NotText(text.clone()) })
        }
        [W("never"), W("saw"), rest @ ..] => Ok(Act::Sees { who, room, sight: sights::never(rest)? }),
        rest => {
            let (deed, named) = deeds::deed(rest)?;
            Ok(Act::Does { who, room: named.or(room), deed })
        }
    }
}

/// Takes `in #room` out of the sentence, wherever it stands.
fn take_room(tokens: &mut Vec<Token<'_>>) -> Option<String> {
    let at = tokens.windows(2).position(|pair| matches!(pair, [W("in"), Room(_)]))?;
    let taken: Vec<Token<'_>> = tokens.drain(at..at + 2).collect();
    match taken.last() {
        Some(Room(name)) => Some(name.to_string()),
        _ => None,
    }
}

fn refused(tokens: &[Token<'_>], room: Option<String>) -> Outcome<Act> {
    let (code, detail, rest) = match tokens {
        [Text(code), W("when"), Who(who), rest @ ..] => (code, None, (who, rest)),
        [Text(code), W("with"), Text(field), Text(value), W("when"), Who(who), rest @ ..] => {
            (code, Some((field.clone(), value.clone())), (who, rest))
        }
        _ => fail!("expected: is refused \"code\" [with \"field\" \"value\"] when SOMEBODY does something"),
    };
    let (deed, named) = deeds::deed(rest.1)?;
    Ok(Act::Refused { code: code.clone(), detail, who: rest.0.to_string(), room: named.or(room), deed })
}

/// `[Ada] [Bo's phone] in private #garden`.
fn enter(words: &str) -> Outcome<Scenery> {
    let Some((inside, after)) = words.rsplit_once(']') else { fail!("a `[` without `]`") };
    let mut devices = Vec::new();
    for part in inside.split(']') {
        let name = part.trim().trim_start_matches('[').trim();
        match cut(name)?.as_slice() {
            [Who(name)] => devices.push(name.to_string()),
            _ => fail!("`{name}` is neither a person nor a device"),
        }
    }
    let room = match cut(after)?.as_slice() {
        [] => None,
        [W("in"), Room(room)] => Some(("public".to_string(), room.to_string())),
        [W("in"), W(kind @ ("public" | "private")), Room(room)] => Some((kind.to_string(), room.to_string())),
        _ => fail!("expected: [Ada] [Bo] in #room"),
    };
    Ok(Scenery::Enter { devices, room })
}

fn scenery(tokens: &[Token<'_>]) -> Option<Scenery> {
    let said = match tokens {
        [W("the"), W("server"), W("starts"), W("empty")] => Scenery::StartsEmpty,
        [W("the"), W("limits"), W("are"), W("on")] => Scenery::LimitsOn,
        [W("everybody"), W("has"), W("a"), W("websocket")] => Scenery::ByWebSocket,
        [W("the"), W("configuration"), W("says"), Text(text)] => Scenery::Configured(text.clone()),
        [W("the"), W("operator"), W("runs"), Text(words)] => {
            Scenery::Operator { words: words.clone(), input: String::new() }
        }
        [W("the"), W("operator"), W("runs"), Text(words), W("with"), Text(input)] => {
            Scenery::Operator { words: words.clone(), input: input.clone() }
        }
        [W("the"), W("server"), W("restarts")] => Scenery::Restart,
        [W("the"), W("server"), W("is"), W("killed")] => Scenery::Kill,
        [W("the"), W("last"), W("two"), W("refusals"), W("are"), W("alike")] => Scenery::RefusalsAlike,
        [Number(seconds), W("seconds" | "second"), W("pass" | "passes")] => Scenery::Pass(*seconds),
        [Who(who), rest @ ..] => return about(who.to_string(), rest),
        _ => return None,
    };
    Some(said)
}

fn about(who: String, tokens: &[Token<'_>]) -> Option<Scenery> {
    let said = match tokens {
        [W("goes"), W("offline")] => Scenery::GoesOffline(who),
        [W("closes"), W("the"), W("tab")] => Scenery::Closes(who),
        [W("comes"), W("back")] => Scenery::ComesBack(who),
        [W("comes"), W("back"), W("from"), W("another"), W("epoch")] => Scenery::ComesFromElsewhere(who),
        [W("reloads")] => Scenery::Reloads(who),
        [W("is"), W("cut"), W("off")] => Scenery::CutOff(who),
        [W("cannot"), W("return")] => Scenery::CannotReturn(who),
        [W("sees"), W("a"), W("session"), W("end")] => Scenery::SessionEnded(who),
        [W("remembers"), Seq(seq)] => Scenery::Remembers { who, seq: *seq },
        [W("repeats"), W("that")] => Scenery::Repeats { who, other_way: false, times: 1 },
        [W("repeats"), W("that"), Number(times), W("times")] => {
            Scenery::Repeats { who, other_way: false, times: *times }
        }
        [W("repeats"), W("that"), W("the"), W("other"), W("way")] => {
            Scenery::Repeats { who, other_way: true, times: 1 }
        }
        [W("is"), W("told"), W("of"), W("a"), W("gap"), W("in"), Room(room)] => {
            Scenery::ToldOfGap { who, room: room.to_string() }
        }
        [W("had"), W("to"), W("start"), W("anew")] => Scenery::StartedAnew(who),
        [W("kept"), W("what"), W(_), W("held")] => Scenery::KeptWhatItHeld(who),
        [W("stops"), W("reading")] => Scenery::Reading { who, on: false },
        [W("reads"), W("again")] => Scenery::Reading { who, on: true },
        [W("syncs"), W("by"), W("rest")] => Scenery::SyncsByRest(who),
        _ => return None,
    };
    Some(said)
}

/// The names of all persons in `tokens`, which must hold nothing else but `and`.
fn persons(tokens: &[Token<'_>]) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for token in tokens {
        match token {
            Who(name) => names.push(name.to_string()),
            W("and") => {}
            other => return Err(Failure(format!("a person is expected, not {other:?}"))),
        }
    }
    Ok(names)
}

/// The names of all rooms in `tokens`, which must hold nothing else but `and`.
fn rooms(tokens: &[Token<'_>]) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for token in tokens {
        match token {
            Room(name) => names.push(name.to_string()),
            W("and") => {}
            other => return Err(Failure(format!("a room is expected, not {other:?}"))),
        }
    }
    Ok(names)
}

/// Which notices somebody wants; absent: the usual ones. None where `tokens` say no such thing.
fn level(tokens: &[Token<'_>]) -> Option<Option<String>> {
    match tokens {
        [W("the"), W("usual")] => Some(None),
        [W(level @ ("all" | "mentions" | "nothing"))] => Some(Some(level.to_string())),
        _ => None,
    }
}
