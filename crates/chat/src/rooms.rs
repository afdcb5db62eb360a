//! Rooms: making, finding, joining, changing and deleting them.

use crate::access::{self, Can, RoomAccess};
use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::clock::Time;
use crate::members::Membership;
use crate::passwords::Done;
use crate::users::page_size;
use crate::{Chat, Refusal, ids, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Write;
use store::members::MemberWrite;
use store::rooms::{History, RoomKind, RoomRow, RoomWrite};

/// What kind of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Public,
    Private,
    Direct,
}

impl From<RoomKind> for Kind {
    fn from(kind: RoomKind) -> Self {
        match kind {
            RoomKind::Public => Self::Public,
            RoomKind::Private => Self::Private,
            RoomKind::Direct => Self::Direct,
        }
    }
}

/// What kind of room can be made by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NamedKind {
    Public,
    Private,
}

impl From<NamedKind> for RoomKind {
    fn from(kind: NamedKind) -> Self {
        match kind {
            NamedKind::Public => Self::Public,
            NamedKind::Private => Self::Private,
        }
    }
}

/// What of a room's past somebody sees who joins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoomHistory {
    All,
    /// What comes from their joining on.
    Joined,
}

impl From<RoomHistory> for History {
    fn from(history: RoomHistory) -> Self {
        match history {
            RoomHistory::All => Self::All,
            RoomHistory::Joined => Self::Joined,
        }
    }
}

/// A room, the same for everybody in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Room {
    pub id: String,
    pub kind: Kind,
    /// Empty for direct rooms.
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// What lets others join: eight capitals, for members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A direct room's title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// A direct room's people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// How many members it has.
    pub members: u64,
    pub created: Time,
    /// The newest message's `seq`; 0 before the first.
    pub head: u64,
    /// How many countable messages were ever posted.
    pub count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_time: Option<Time>,
    /// The room's newest change.
    pub g: u64,
    /// The last change of the room itself.
    pub gv: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// What of its past a private room shows to who joins it; absent: `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<RoomHistory>,
}

impl From<RoomRow> for Room {
    fn from(row: RoomRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind.into(),
            name: row.name,
            topic: row.topic,
            code: row.code,
            subject: row.subject,
            users: row.users,
            members: row.members,
            created: Time(row.created),
            head: row.head,
            count: row.count,
            head_time: row.head_time.map(Time),
            g: row.g,
            gv: row.gv,
            deleted: row.deleted,
            history: (row.history == History::Joined).then_some(RoomHistory::Joined),
        }
    }
}

/// A room with my own place in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RoomAndMe {
    #[serde(flatten)]
    pub room: Room,
    /// Absent: I am not a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Membership>,
}

impl From<RoomAccess> for RoomAndMe {
    fn from(access: RoomAccess) -> Self {
        let me = access.member.filter(|member| member.role.is_some());
        let me = me.map(|member| Membership::of(member, access.room.head, access.room.count));
        let mut room = Room::from(access.room);
        if me.is_none() {
            room.code = None;
        }
        Self { room, me }
    }
}

/// `rooms.create`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoom {
    pub cid: Cid,
    pub name: String,
    pub kind: NamedKind,
    pub topic: Option<String>,
}

pub(crate) async fn create(chat: Chat, actor: Actor, input: CreateRoom) -> Result<Kept<RoomAndMe>, Refusal> {
    let write = RoomWrite::Create {
        id: ids::id(),
        owner: actor.user.to_string(),
        kind: input.kind.into(),
        name: text::name("name", &input.name, text::NAME)?,
        topic: text::line("topic", input.topic.as_deref().unwrap_or_default(), text::LINE)?,
        code: ids::join_code(),
    };
    let origin = answers::room(actor.origin("rooms.create", Some(input.cid)));
    Kept::of(chat.store.write(origin, Write::Room(write)).await?)
}

/// Which rooms to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoomScope {
    #[default]
    Mine,
    Public,
}

/// `rooms.list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRooms {
    /// `mine` (the default, all of them at once) or `public` (by page, in the order of their names).
    pub scope: Option<RoomScope>,
    /// What the name of a public room contains.
    pub query: Option<String>,
    /// From after the room with this id.
    pub after: Option<String>,
    /// 50 unless given; at most 200.
    pub limit: Option<u32>,
}

/// Rooms, and whether there are more.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rooms {
    pub rooms: Vec<RoomAndMe>,
    pub more: bool,
}

pub(crate) async fn list(chat: Chat, actor: Actor, input: ListRooms) -> Result<Rooms, Refusal> {
    if input.scope.unwrap_or_default() == RoomScope::Mine {
        let mine = chat.store.rooms_of(&actor.user).await?;
        let rooms = mine.into_iter().map(|(room, member)| access::chosen(room, Some(member)).into()).collect();
        return Ok(Rooms { rooms, more: false });
    }
    let query = text::line("query", input.query.as_deref().unwrap_or_default(), text::NAME)?.to_lowercase();
    let limit = page_size(input.limit);
    let mut found = chat.store.public_rooms(&actor.user, &query, input.after.as_deref(), limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let rooms = found.into_iter().map(|(room, member)| access::chosen(room, member).into()).collect();
    Ok(Rooms { rooms, more })
}

/// `rooms.get`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRoom {
    pub room: String,
}

pub(crate) async fn get(chat: Chat, actor: Actor, input: GetRoom) -> Result<RoomAndMe, Refusal> {
    Ok(access::room(&chat, &actor, &input.room, Can::See).await?.into())
}

/// `rooms.join`: a public room by its id, or any room by its code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRoom {
    pub cid: Option<Cid>,
    pub room: Option<String>,
    pub code: Option<String>,
}

pub(crate) async fn join(chat: Chat, actor: Actor, input: JoinRoom) -> Result<Kept<RoomAndMe>, Refusal> {
    if input.room.is_none() && input.code.is_none() {
        return Err(Refusal::MissingField { field: "room".into() });
    }
    if input.room.is_some() && input.code.is_some() {
        return Err(Refusal::value("code", "either the room or the code is given"));
    }
    let code = input.code.map(|code| code.trim().to_uppercase());
    let write = MemberWrite::Join { user: actor.user.to_string(), room: input.room, code };
    let origin = answers::room(actor.origin("rooms.join", input.cid));
    Kept::of(chat.store.write(origin, Write::Member(write)).await?)
}

/// `rooms.leave`, `rooms.delete`, `rooms.renew_code`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InRoom {
    pub cid: Option<Cid>,
    pub room: String,
}

pub(crate) async fn leave(chat: Chat, actor: Actor, input: InRoom) -> Result<Done, Refusal> {
    let write = MemberWrite::Leave { user: actor.user.to_string(), room: input.room.clone() };
    access::write(&chat, &actor, actor.origin("rooms.leave", input.cid), &input.room, "member", write).await?;
    Ok(Done {})
}

/// `rooms.update`: absent fields stay as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoom {
    pub cid: Option<Cid>,
    pub room: String,
    pub name: Option<String>,
    pub topic: Option<String>,
    pub kind: Option<NamedKind>,
    /// Of a private room: what of its past is shown to who joins it from now on.
    pub history: Option<RoomHistory>,
}

pub(crate) async fn update(chat: Chat, actor: Actor, input: UpdateRoom) -> Result<Kept<RoomAndMe>, Refusal> {
    let write = RoomWrite::Update {
        room: input.room.clone(),
        by: actor.user.to_string(),
        name: input.name.map(|name| text::name("name", &name, text::NAME)).transpose()?,
        topic: input.topic.map(|topic| text::line("topic", &topic, text::LINE)).transpose()?,
        kind: input.kind.map(RoomKind::from),
        history: input.history.map(History::from),
        code: ids::join_code(),
    };
    let origin = answers::room(actor.origin("rooms.update", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &input.room, "moderator", write).await?)
}

pub(crate) async fn renew_code(chat: Chat, actor: Actor, input: InRoom) -> Result<Kept<RoomAndMe>, Refusal> {
    let (by, code) = (actor.user.to_string(), ids::join_code());
    let write = RoomWrite::RenewCode { room: input.room.clone(), by, code };
    let origin = answers::room(actor.origin("rooms.renew_code", input.cid));
    Kept::of(access::write(&chat, &actor, origin, &input.room, "moderator", write).await?)
}

pub(crate) async fn delete(chat: Chat, actor: Actor, input: InRoom) -> Result<Done, Refusal> {
    let write = RoomWrite::Delete { room: input.room.clone(), by: actor.user.to_string() };
    access::write(&chat, &actor, actor.origin("rooms.delete", input.cid), &input.room, "owner", write).await?;
    Ok(Done {})
}
