//! Applying one write: once for each `cid`, and by the feature that it belongs to.

use super::answered::answered;
use super::{Ack, Cid, Origin, Refused, Write};
use crate::engine::Group;
use crate::messages::MessageWrite;
use crate::reads::ReadWrite;
use crate::sql::Failure;
use crate::sql::statements::statements;
use crate::{Millis, accounts, drafts, import, invitations, members, messages, pins, pushes, reactions};
use crate::{reads, rooms, saved, sessions, settings};

statements! {
    ANSWERED = "SELECT command, g, at, subject_user, room, seq, input, answer FROM commands WHERE cid = ?1 AND user = ?2";
    REMEMBER = "INSERT INTO commands (cid, user, command, input, g, at, subject_user, room, seq, answer)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
    FORGET = "DELETE FROM commands WHERE cid = ?1 AND user = ?2";
    BITE_END = "SELECT cid, user FROM commands WHERE (cid, user) > (?1, ?2) ORDER BY cid, user LIMIT 1 OFFSET ?3";
    FORGET_TO = "DELETE FROM commands WHERE (cid, user) > (?1, ?2) AND (cid, user) <= (?3, ?4) AND at < ?5";
    FORGET_REST = "DELETE FROM commands WHERE (cid, user) > (?1, ?2) AND at < ?3";
}

/// How long an intention is remembered.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;
/// After so many new ones a bite of twice as many is looked through for old ones.
const BITE_AFTER: u64 = 256;

/// Applies `write`. A repeat of an intention answers as the first time.
pub(crate) fn apply(group: &mut Group<'_, '_>, origin: &Origin, write: &Write) -> Result<Ack, Failure> {
    if let Write::Message(MessageWrite::Post { .. }) = write
        && let Some(ack) = post(group, origin, write)?
    {
        return Ok(ack);
    }
    group.settle()?;
    let intention = origin.cid.as_ref().map(|cid| Intention { cid, origin });
    if let Some(intention) = &intention
        && let Some(ack) = intention.answered(group)?
    {
        return complete(group, origin, write, ack);
    }
    let further = further(origin, write);
    for intention in &further {
        if intention.answered(group)?.is_some() {
            return Err(Refused::CidReused.into());
        }
    }
    let before = group.last_g();
    let mut ack = dispatch(group, origin.at, write)?;
    ack.at = origin.at;
    ack.g = if group.last_g() > before { group.last_g() } else { 0 };
    let ack = complete(group, origin, write, ack)?;
    for intention in intention.iter().chain(&further) {
        intention.remember(group, &ack)?;
    }
    Ok(ack)
}

/// The intentions that a write carries out beside the one of its origin.
fn further<'a>(origin: &'a Origin, write: &'a Write) -> Vec<Intention<'a>> {
    let Write::Read(ReadWrite::Several { wishes, .. }) = write else { return Vec::new() };
    wishes.iter().filter_map(|wish| wish.cid.as_ref()).map(|cid| Intention { cid, origin }).collect()
}

/// Makes the answer, unless it was made the first time.
fn complete(group: &Group<'_, '_>, origin: &Origin, write: &Write, mut ack: Ack) -> Result<Ack, Failure> {
    if let (Some(answer), None) = (&origin.answer, &ack.answer) {
        ack.answer = Some(answer.make(answered(group, origin, write, &ack)?));
    }
    Ok(ack)
}

/// The same for a message that is posted, in as few statements as can be: what it will be answered with is known
/// before, so that remembering the intention finds a repeat at once. None where there is no such room.
fn post(group: &mut Group<'_, '_>, origin: &Origin, write: &Write) -> Result<Option<Ack>, Failure> {
    let Write::Message(MessageWrite::Post { room, author, text, reply_to, mentions, all }) = write else {
        return Ok(None);
    };
    let Some(head) = group.head(room)? else { return Ok(None) };
    let (g, at, seq) = (group.last_g() + 1, messages::sql::time_after(head.time, origin.at), head.seq + 1);
    let ack = Ack { g, at, user: None, room: Some(room.clone()), seq: Some(seq), answer: None };
    let intention = origin.cid.as_ref().map(|cid| Intention { cid, origin });
    if let Some(intention) = &intention
        && !intention.remember(group, &ack)?
    {
        return intention.answered(group);
    }
    let draft = messages::sql::Draft { room, author, text, reply_to: *reply_to, mentions, all: *all };
    match messages::sql::post(group, head, &draft, at) {
        Ok(()) => Ok(Some(ack)),
        Err(failure) => {
            if let (Some(intention), Failure::Refused(_)) = (&intention, &failure) {
                intention.forget(group)?;
            }
            Err(failure)
        }
    }
}

fn dispatch(group: &mut Group<'_, '_>, at: Millis, write: &Write) -> Result<Ack, Failure> {
    match write {
        Write::Account(write) => accounts::sql::apply(group, at, write),
        Write::Session(write) => sessions::sql::apply(group, at, write),
        Write::Invitation(write) => invitations::sql::apply(group, at, write),
        Write::Room(write) => rooms::sql::apply(group, at, write),
        Write::Member(write) => members::sql::apply(group, at, write),
        Write::Message(write) => messages::sql::apply(group, at, write),
        Write::Read(write) => reads::sql::apply(group, write),
        Write::Reaction(write) => reactions::sql::apply(group, write),
        Write::Pin(write) => pins::sql::apply(group, at, write),
        Write::Saved(write) => saved::sql::apply(group, write),
        Write::Draft(write) => drafts::sql::apply(group, write),
        Write::Push(write) => pushes::sql::apply(group, write),
        Write::Settings(write) => settings::sql::apply(group, write),
        Write::Import(write) => import::sql::apply(group, at, write),
    }
}

/// One intention of somebody.
struct Intention<'a> {
    cid: &'a Cid,
    origin: &'a Origin,
}

impl Intention<'_> {
    fn user(&self) -> &str {
        self.origin.user.as_deref().unwrap_or("")
    }

    /// What it was answered with before. Refused: `CidReused`.
    fn answered(&self, group: &Group<'_, '_>) -> Result<Option<Ack>, Failure> {
        let first = group.first(ANSWERED, (&self.cid.id, self.user()), |row| {
            let same = row.text(0)? == self.origin.command && row.get::<i64>(6)? == self.cid.input;
            let (g, at, user, room, seq) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
            Ok((same, Ack { g, at, user, room, seq, answer: row.get(7)? }))
        })?;
        match first {
            Some((false, _)) => Err(Refused::CidReused.into()),
            Some((true, ack)) => Ok(Some(ack)),
            None => Ok(None),
        }
    }

    /// Keeps the answer; false where there is one already.
    fn remember(&self, group: &Group<'_, '_>, ack: &Ack) -> Result<bool, Failure> {
        let command = self.origin.command;
        let asked = (&self.cid.id, self.user(), command, self.cid.input);
        let row = (asked.0, asked.1, asked.2, asked.3, ack.g, ack.at, &ack.user, &ack.room, ack.seq, &ack.answer);
        group.hope(REMEMBER, row)
    }

    /// Takes back what was just remembered.
    fn forget(&self, group: &mut Group<'_, '_>) -> Result<(), Failure> {
        group.run(FORGET, (&self.cid.id, self.user()))?;
        group.undid_one();
        Ok(())
    }
}

/// Forgets old intentions, walking through all of them in small bites, twice as fast as new ones come.
#[derive(Default)]
pub(crate) struct Sweep {
    new: u64,
    from: (String, String),
}

impl Sweep {
    /// Called in each group with how many writes it has and the newest time among them.
    pub(crate) fn after(&mut self, group: &Group<'_, '_>, writes: u64, now: Millis) -> Result<(), Failure> {
        self.new += writes;
        if self.new < BITE_AFTER {
            return Ok(());
        }
        let size = 2 * std::mem::take(&mut self.new);
        let before = now - REMEMBERED;
        let (cid, user) = &self.from;
        let end: Option<(String, String)> =
            group.first(BITE_END, (cid, user, size), |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.from = match end {
            Some(end) => {
                group.run(FORGET_TO, (cid, user, &end.0, &end.1, before))?;
                end
            }
            None => {
                group.run(FORGET_REST, (cid, user, before))?;
                Default::default()
            }
        };
        Ok(())
    }
}
