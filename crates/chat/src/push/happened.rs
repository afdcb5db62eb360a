//! What happened that pushes follow from: taken from commits of this node alone, in their order, within bounds.

use super::{Figures, choosing, count};
use crate::{Chat, House};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use store::messages::MessageKind;
use store::pushes::ReadTo;
use store::rooms::RoomKind;
use store::{Committed, RoomId, Row, Seq, UserId};
use tokio::sync::mpsc;

/// How many commits may wait to be looked at.
const MOST_WAITING: usize = 4_000;
/// How many reads are looked up at once.
const AT_ONCE: usize = 200;

/// Something that pushes may follow from.
#[derive(Debug)]
pub(super) enum Happened {
    Posted(Posted),
    Read(ReadTo),
    /// Deleted for everybody.
    Deleted(RoomId, Seq),
}

/// A message was posted.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) room: RoomId,
    pub(super) seq: Seq,
    pub(super) direct: bool,
    pub(super) author: UserId,
    pub(super) mentions: Vec<UserId>,
    pub(super) all: bool,
}

/// Where commits are put; closed until somebody carries pushes.
pub(crate) struct Inbox {
    open: AtomicBool,
    /// Who may have a subscription, where this is the only node; none: anybody.
    known: Mutex<Option<HashSet<UserId>>>,
    sender: mpsc::Sender<Vec<Happened>>,
    figures: Arc<Figures>,
}

impl Inbox {
    pub(super) fn new(figures: Arc<Figures>) -> (Self, mpsc::Receiver<Vec<Happened>>) {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        (Self { open: AtomicBool::new(false), known: Mutex::default(), sender, figures }, receiver)
    }

    /// From now on what happens is put in: what concerns these, and whom [`Inbox::note`] names; or everybody.
    pub(super) fn open(&self, known: Option<HashSet<UserId>>) {
        *self.known() = known;
        self.open.store(true, Ordering::Release);
    }

    /// Somebody is about to have a subscription.
    pub(super) fn note(&self, user: &str) {
        if let Some(known) = &mut *self.known() {
            known.insert(user.to_owned());
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<HashSet<UserId>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of a commit that is about to be made is to be put in once it is made. Called on the writer's thread.
    pub(crate) fn prepare(self: &Arc<Self>, committed: &Committed) -> Option<impl FnOnce() + Send + use<>> {
        let open = self.open.load(Ordering::Acquire);
        let found = if open { happened(committed, self.known().as_ref()) } else { Vec::new() };
        let inbox = self.clone();
        (!found.is_empty()).then_some(move || inbox.put(found))
    }

    fn put(&self, found: Vec<Happened>) {
        let posted = found.iter().filter(|one| matches!(one, Happened::Posted(_))).count();
        if self.sender.try_send(found).is_err() {
            count(&self.figures.dropped, posted);
        }
    }
}

/// Nothing while nobody has a subscription, and what only they have read who have none is left out.
fn happened(committed: &Committed, known: Option<&HashSet<UserId>>) -> Vec<Happened> {
    let mut found = Vec::new();
    if known.is_some_and(HashSet::is_empty) {
        return found;
    }
    let concerns = |user: &UserId| known.is_none_or(|known| known.contains(user));
    for change in &committed.changes {
        match &change.row {
            Row::Message(row) if row.kind == MessageKind::Text && committed.posted.contains(&change.g) => {
                let Some(author) = &row.author else { continue };
                // Whoever says something has read what was there.
                if concerns(author) {
                    found.push(read_to(author, &row.room, row.seq));
                }
                let now = committed.rooms.get(&row.room);
                found.push(Happened::Posted(Posted {
                    room: row.room.clone(),
                    seq: row.seq,
                    direct: now.is_some_and(|now| now.kind == RoomKind::Direct),
                    author: author.clone(),
                    mentions: row.mentions.clone(),
                    all: row.all,
                }));
            }
            Row::Message(row) if row.deleted => found.push(Happened::Deleted(row.room.clone(), row.seq)),
            Row::Read { member, .. } if concerns(&member.user) => {
                found.push(read_to(&member.user, &member.room, member.read))
            }
            Row::Membership { member, room } if concerns(&member.user) && (member.role.is_none() || room.deleted) => {
                found.push(read_to(&member.user, &member.room, room.head));
            }
            _ => {}
        }
    }
    found
}

fn read_to(user: &UserId, room: &RoomId, seq: Seq) -> Happened {
    Happened::Read(ReadTo { user: user.clone(), room: room.clone(), seq })
}

/// Looks at what happens, for as long as the house stands. What fails is said and left: the next one is another.
pub(super) async fn watch(house: Weak<House>, mut waiting: mpsc::Receiver<Vec<Happened>>) {
    while let Some(found) = waiting.recv().await {
        let Some(house) = house.upgrade() else { return };
        if let Err(error) = tokio::spawn(take(Chat(house), found)).await {
            tracing::error!("pushes were lost: {error}");
        }
    }
}

async fn take(chat: Chat, found: Vec<Happened>) {
    let mut reads = Vec::new();
    for one in found {
        match one {
            Happened::Read(read) => reads.push(read),
            Happened::Deleted(room, seq) => {
                if let Err(refusal) = choosing::deleted(&chat, &room, seq).await {
                    tracing::warn!("notices of a deleted message stay on some devices: {refusal}");
                }
            }
            Happened::Posted(posted) => {
                tell_reads(&chat, &mut reads).await;
                if let Err(refusal) = choosing::posted(&chat, &posted).await {
                    tracing::warn!("a message was not pushed: {refusal}");
                }
            }
        }
        if reads.len() >= AT_ONCE {
            tell_reads(&chat, &mut reads).await;
        }
    }
    tell_reads(&chat, &mut reads).await;
}

async fn tell_reads(chat: &Chat, reads: &mut Vec<ReadTo>) {
    if reads.is_empty() {
        return;
    }
    if let Err(refusal) = choosing::read(chat, std::mem::take(reads)).await {
        tracing::warn!("notices of what was read stay on some devices: {refusal}");
    }
}
