//! Messages: posting, changing, deleting and reading them.

use crate::access::{self, Can};
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::clock::Time;
use crate::reactions::Reaction;
use crate::users::{self, User, page_size};
use crate::{Chat, Refusal, formatting, mentions, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::messages::{Anchor, MessageKind, MessageRow, MessageWrite};

/// What kind of line a message is; only `text` is somebody's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    Text,
    Join,
    Leave,
    Kick,
    Rename,
    Topic,
}

/// A message as it is now, the same for everybody in its room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Message {
    pub room: String,
    pub seq: u64,
    pub gv: u64,
    pub kind: Line,
    /// Absent: an account that no longer exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Whom a line is about, where that is not its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// As it was written, and as it is edited.
    pub text: String,
    /// The text as it is formatted, where that says more than the text itself: safe HTML of few elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    pub time: Time,
    /// Countable messages in the room up to this one.
    pub n: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Time>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The `seq` of the message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// The ids of the members whom it mentions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// It mentions everybody in the room.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// In the order in which the emojis were first used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Pinned>,
}

/// That somebody pinned a message, and when.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Pinned {
    pub by: String,
    pub time: Time,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            room: row.room,
            seq: row.seq,
            gv: row.gv,
            kind: match row.kind {
                MessageKind::Text => Line::Text,
                MessageKind::Join => Line::Join,
                MessageKind::Leave => Line::Leave,
                MessageKind::Kick => Line::Kick,
                MessageKind::Rename => Line::Rename,
                MessageKind::Topic => Line::Topic,
            },
            author: row.author,
            subject: row.subject,
            html: (row.kind == MessageKind::Text).then(|| formatting::shown(&row.text)).flatten(),
            text: row.text,
            time: Time(row.time),
            n: row.n,
            edited: row.edited.map(Time),
            deleted: row.deleted,
            reply_to: row.reply_to,
            mentions: row.mentions,
            all: row.all,
            reactions: row.reactions.into_iter().map(Reaction::from).collect(),
            pinned: row.pinned.map(|pinned| Pinned { by: pinned.by, time: Time(pinned.time) }),
        }
    }
}

/// A position in a room, or a commit number: within what JavaScript counts exactly.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(transparent)]
pub struct Position(pub u64);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        if number > (1 << 53) - 1 {
            return Err(serde::de::Error::custom("it is above 2^53 - 1"));
        }
        Ok(Self(number))
    }
}

/// `messages.send`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    pub room: String,
    pub cid: Cid,
    /// Up to 10,000 characters.
    pub text: String,
    /// The `seq` of a message in the same room.
    pub reply_to: Option<Position>,
}

/// Where a message was posted, and when.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sent {
    pub room: String,
    pub seq: u64,
    pub g: u64,
    pub time: Time,
}

pub(crate) async fn send(chat: Chat, actor: Actor, input: Send) -> Result<Sent, Refusal> {
    let text = text::message("text", &input.text)?;
    let (mentions, all) = mentions::find(&chat, &text).await?;
    let author = actor.user.to_string();
    let reply_to = input.reply_to.map(|position| position.0);
    let write = MessageWrite::Post { room: input.room.clone(), author, text, reply_to, mentions, all };
    let origin = actor.origin("messages.send", Some(input.cid));
    let ack = access::write(&chat, &actor, origin, &input.room, "member", write).await?;
    Ok(Sent { room: ack.room.unwrap_or(input.room), seq: ack.seq.unwrap_or_default(), g: ack.g, time: Time(ack.at) })
}

/// `messages.edit`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
    /// Up to 10,000 characters.
    pub text: String,
    /// The `gv` that this edit is based on; refused if the words have changed since.
    pub gv: Option<Position>,
}

pub(crate) async fn edit(chat: Chat, actor: Actor, input: Edit) -> Result<Kept<Message>, Refusal> {
    let text = text::message("text", &input.text)?;
    let (mentions, all) = mentions::find(&chat, &text).await?;
    let (room, seq) = (input.room, input.seq.0);
    let by = actor.user.to_string();
    let expected = input.gv.map(|gv| gv.0);
    let write = MessageWrite::Edit { room: room.clone(), seq, by, text, mentions, all, expected };
    let origin = answers::message(actor.origin("messages.edit", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &room, "author", write).await?)
}

/// For whom a message is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum For {
    #[default]
    All,
    Me,
}

/// `messages.delete`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    pub cid: Option<Cid>,
    pub room: String,
    pub seq: Position,
    /// `all` (the default; by its author or a moderator) or `me`.
    #[serde(rename = "for")]
    pub whom: Option<For>,
}

/// Which message was deleted; `g` is 0 where it was already.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    pub room: String,
    pub seq: u64,
    pub g: u64,
}

pub(crate) async fn delete(chat: Chat, actor: Actor, input: Delete) -> Result<Deleted, Refusal> {
    let (room, seq, user) = (input.room, input.seq.0, actor.user.to_string());
    let write = match input.whom.unwrap_or_default() {
        For::All => MessageWrite::Delete { room: room.clone(), seq, by: user },
        For::Me => MessageWrite::Hide { room: room.clone(), seq, user },
    };
    let origin = actor.origin("messages.delete", input.cid);
    let ack = access::write(&chat, &actor, origin, &room, "author", write).await?;
    Ok(Deleted { room, seq, g: ack.g })
}

/// `messages.history`: the newest page unless one of `before`, `after` and `around` says where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    pub room: String,
    pub before: Option<Position>,
    pub after: Option<Position>,
    pub around: Option<Position>,
    /// 50 unless given; at most 200.
    pub limit: Option<u32>,
}

/// A page of history in rising `seq`, with the people it names.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page {
    pub messages: Vec<Message>,
    pub users: Vec<User>,
    /// The room's newest `seq`.
    pub head: u64,
    pub more_before: bool,
    pub more_after: bool,
}

pub(crate) async fn history(chat: Chat, actor: Actor, input: History) -> Result<Page, Refusal> {
    let anchor = match (input.before, input.after, input.around) {
        (None, None, None) => Anchor::Newest,
        (Some(before), None, None) => Anchor::Before(before.0),
        (None, Some(after), None) => Anchor::After(after.0),
        (None, None, Some(around)) => Anchor::Around(around.0),
        _ => return Err(Refusal::value("before", "only one of before, after and around can be given")),
    };
    let access = access::room(&chat, &actor, &input.room, Can::Take).await?;
    let page = chat.store.page(&access.room.id, &actor.user, anchor, page_size(input.limit)).await?;
    let users = users::named(&chat, people(&page.messages)).await?;
    Ok(Page {
        messages: page.messages.into_iter().map(Message::from).collect(),
        users,
        head: access.room.head,
        more_before: page.more_before,
        more_after: page.more_after,
    })
}

/// Everybody whom messages name, with repetitions.
pub(crate) fn people(rows: &[MessageRow]) -> impl Iterator<Item = String> {
    let reacted =
        |row: &'_ MessageRow| row.reactions.iter().flat_map(|reaction| reaction.users.clone()).collect::<Vec<_>>();
    rows.iter().flat_map(move |row| {
        let named = row.author.iter().chain(&row.subject).chain(&row.mentions);
        named.chain(row.pinned.as_ref().map(|pinned| &pinned.by)).cloned().chain(reacted(row)).collect::<Vec<_>>()
    })
}

/// `messages.get`, `messages.revisions`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneMessage {
    pub room: String,
    pub seq: Position,
}

pub(crate) async fn get(chat: Chat, actor: Actor, input: OneMessage) -> Result<Message, Refusal> {
    let access = access::room(&chat, &actor, &input.room, Can::Take).await?;
    let row = chat.store.message(&access.room.id, input.seq.0, &actor.user).await?;
    row.map(Message::from).ok_or(Refusal::NoSuchMessage)
}

/// A former text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revision {
    pub text: String,
    /// When it was written.
    pub time: Time,
}

/// Oldest first, without the current text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revisions {
    pub revisions: Vec<Revision>,
}

pub(crate) async fn revisions(chat: Chat, actor: Actor, input: OneMessage) -> Result<Revisions, Refusal> {
    let (room, seq) = (input.room.clone(), input.seq);
    get(chat.clone(), actor, input).await?;
    let rows = chat.store.revisions(&room, seq.0).await?;
    let shown = rows.into_iter().map(|row| Revision { text: row.text, time: Time(row.time) });
    Ok(Revisions { revisions: shown.collect() })
}
