//! Choosing: whom a message wakes, and with which words; and whose notices go because it was read.

use super::happened::Posted;
use super::lines::{Job, Urgency};
use super::{Refusal, count};
use crate::{Chat, clock, formatting};
use hub::Seen;
use serde::Serialize;
use std::collections::BTreeMap;
use store::members::{MemberRow, Notify};
use store::pushes::{PushWrite, Pushed, ReadTo, Recipient, Subscription};
use store::rooms::{RoomKind, RoomRow};
use store::{Millis, Seq};

/// The most people whom one message wakes.
const MOST: usize = 1_000;
/// The most characters of a message, and of the line over it.
const BODY: usize = 240;
const TITLE: usize = 120;
/// The services of a browser that ends a subscription by which it is woken without showing anything.
const SHOWN_ALWAYS: &str = ".push.apple.com";

/// What is said to a browser.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Words<'a> {
    Message { room: &'a str, seq: u64, title: String, body: String, badge: u64 },
    Read { room: &'a str, seq: u64, badge: u64 },
}

impl Words<'_> {
    fn to_json(&self) -> Vec<u8> {
        // Plain structs of strings and numbers: serde_json has no way to fail on them.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Wakes those whom a message concerns and who are not here.
pub(super) async fn posted(chat: &Chat, posted: &Posted) -> Result<(), Refusal> {
    let everybody = posted.direct || posted.all;
    let found = chat.store.recipients(&posted.room, &posted.mentions, everybody).await?;
    let now = clock::now();
    let mut people: BTreeMap<String, Vec<Subscription>> = BTreeMap::new();
    for recipient in found {
        let user = &recipient.subscription.user;
        if wants(&recipient, posted, now) && chat.hub.presence.seen(user) != Seen::Online {
            people.entry(user.clone()).or_default().push(recipient.subscription);
        }
    }
    let names: Vec<String> = people.keys().cloned().collect();
    for user in chat.store.users(&names).await?.into_iter().filter(|user| user.do_not_disturb) {
        people.remove(&user.id);
    }
    if people.is_empty() {
        return Ok(());
    }
    count(&chat.pushing.figures.dropped, people.len().saturating_sub(MOST));
    let author = chat.store.user(&posted.author).await?;
    let author = author.map_or_else(String::new, |author| author.display_name);
    for (user, subscriptions) in people.into_iter().take(MOST) {
        let Some((room, _)) = chat.store.room_for(&posted.room, &user).await? else { continue };
        let Some(message) = chat.store.message(&posted.room, posted.seq, &user).await? else { continue };
        if message.deleted {
            continue;
        }
        let sessions = subscriptions.iter().map(|to| to.session.clone()).collect();
        let badge = badge(chat, &user, now).await?;
        let title = cut(&title(&author, &room), TITLE);
        let body = cut(&formatting::in_words(&message.text), BODY);
        let words = Words::Message { room: &posted.room, seq: posted.seq, title, body, badge }.to_json();
        // Noted before it is sent: whoever reads it meanwhile is told as well.
        chat.keep_push(PushWrite::Sent { room: posted.room.clone(), seq: posted.seq, sessions }).await?;
        let called = posted.direct || posted.all || posted.mentions.contains(&user);
        for to in subscriptions {
            let urgency = if called { Urgency::High } else { Urgency::Normal };
            let job =
                Job { to, room: posted.room.clone(), seq: posted.seq, read: false, urgency, words: words.clone() };
            chat.push(job);
        }
    }
    Ok(())
}

/// Takes the notices of what was read away, wherever they are shown.
pub(super) async fn read(chat: &Chat, reads: Vec<ReadTo>) -> Result<(), Refusal> {
    take_away(chat, chat.store.pushed(reads).await?).await
}

/// The same for a message that was deleted for everybody.
pub(super) async fn deleted(chat: &Chat, room: &str, seq: Seq) -> Result<(), Refusal> {
    take_away(chat, chat.store.pushed_of(room, seq).await?).await
}

async fn take_away(chat: &Chat, found: Vec<Pushed>) -> Result<(), Refusal> {
    if found.is_empty() {
        return Ok(());
    }
    let key = |one: &Pushed| (one.subscription.session.clone(), one.room.clone(), one.seq);
    chat.keep_push(PushWrite::Settled { pushed: found.iter().map(key).collect() }).await?;
    for Pushed { subscription: to, room, seq } in found {
        if host(&to.endpoint).ends_with(SHOWN_ALWAYS) {
            continue;
        }
        let badge = badge(chat, &to.user, clock::now()).await?;
        let words = Words::Read { room: &room, seq, badge }.to_json();
        chat.push(Job { to, room, seq, read: true, urgency: Urgency::Normal, words });
    }
    Ok(())
}

/// Whether somebody wants to be told of the message.
pub(super) fn wants(recipient: &Recipient, posted: &Posted, now: Millis) -> bool {
    let user = &recipient.subscription.user;
    let named = posted.all || posted.mentions.contains(user);
    let level = match recipient.notify {
        Notify::All => true,
        Notify::Usual => posted.direct || named,
        Notify::Mentions => named,
        Notify::Nothing => false,
    };
    let muted = recipient.muted.is_some_and(|until| until > now);
    level && !muted && *user != posted.author && recipient.read < posted.seq
}

/// "Bo · #garden", as the page says it.
fn title(author: &str, room: &RoomRow) -> String {
    let place = match room.kind {
        RoomKind::Direct => room.subject.clone(),
        _ => format!("#{}", room.name),
    };
    if place.is_empty() { author.to_owned() } else { format!("{author} · {place}") }
}

/// How much waits that concerns somebody, over all their rooms.
async fn badge(chat: &Chat, user: &str, now: Millis) -> Result<u64, Refusal> {
    let rooms = chat.store.rooms_of(user).await?;
    Ok(rooms.iter().map(|(room, member)| concerning(room, member, now)).sum())
}

fn concerning(room: &RoomRow, member: &MemberRow, now: Millis) -> u64 {
    let everything = match member.notify {
        Notify::All => true,
        Notify::Usual => room.kind == RoomKind::Direct,
        Notify::Mentions | Notify::Nothing => false,
    };
    let muted = member.muted.is_some_and(|until| until > now);
    let hidden = member.hidden.is_some_and(|hidden| hidden >= room.head);
    match (hidden, everything && !muted) {
        (true, _) => 0,
        (false, true) => member.unread,
        (false, false) => member.mentions,
    }
}

/// The text in one line of at most so many characters.
fn cut(text: &str, most: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// The host of an address.
fn host(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or("")
}
