//! People as others see them.

use crate::caller::Actor;
use crate::clock::Time;
use crate::{Chat, Refusal, names, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::accounts::{Standing, UserRow};

/// What somebody is on the whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserRole {
    Member,
    Admin,
}

/// A person.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct User {
    pub id: String,
    pub username: String,
    pub display_name: String,
    /// The person's colour as a hue of 0 to 359 degrees, stable; each client picks a lightness that its page can bear.
    pub hue: u16,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// When the status ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_until: Option<Time>,
    /// Until the status ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub do_not_disturb: bool,
    /// An IANA time zone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_zone: String,
    pub role: UserRole,
    pub gv: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// An account that an import made and nobody can sign in to yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            hue: hue(&row.id),
            id: row.id,
            username: row.username,
            display_name: row.display_name,
            status: row.status,
            status_until: row.status_until.map(Time),
            do_not_disturb: row.do_not_disturb,
            time_zone: row.time_zone,
            role: match row.standing {
                Standing::Member => UserRole::Member,
                Standing::Admin => UserRole::Admin,
            },
            gv: row.gv,
            disabled: row.disabled,
            imported: !row.has_password,
        }
    }
}

fn hue(id: &str) -> u16 {
    let digest = Sha256::digest(id.as_bytes());
    u16::from_le_bytes([digest[0], digest[1]]) % 360
}

/// `users.list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// What a user name or display name begins with.
    pub query: Option<String>,
    /// Exactly these, instead of a search (at most 200).
    pub ids: Option<Vec<String>>,
    /// From after this user name.
    pub after: Option<String>,
    /// 50 unless given; at most 200.
    pub limit: Option<u32>,
}

/// People, in the order of their user names, and whether there are more.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Users {
    pub users: Vec<User>,
    pub more: bool,
}

pub(crate) async fn list(chat: Chat, _: Actor, input: ListUsers) -> Result<Users, Refusal> {
    if let Some(ids) = input.ids {
        if ids.len() > MOST {
            return Err(Refusal::TooLong { field: "ids".into(), limit: MOST });
        }
        let users = chat.store.users(&ids).await?.into_iter().map(User::from).collect();
        return Ok(Users { users, more: false });
    }
    let query = text::line("query", input.query.as_deref().unwrap_or_default(), text::NAME)?.to_lowercase();
    let after = input.after.as_deref().map(|after| names::key(after).unwrap_or_default());
    let limit = page_size(input.limit);
    let mut users = chat.store.search_users(&query, after.as_deref(), limit + 1).await?;
    let more = users.len() > limit;
    users.truncate(limit);
    Ok(Users { users: users.into_iter().map(User::from).collect(), more })
}

const MOST: usize = 200;

/// How long a page is, as asked, within bounds.
pub(crate) fn page_size(asked: Option<u32>) -> usize {
    asked.map_or(50, |asked| asked as usize).clamp(1, MOST)
}

/// `users.get`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetUser {
    pub user: String,
}

pub(crate) async fn get(chat: Chat, _: Actor, input: GetUser) -> Result<User, Refusal> {
    chat.store.user(&input.user).await?.map(User::from).ok_or(Refusal::NoSuchUser)
}

/// The people with these ids, for clients that may not know them yet.
pub(crate) async fn named(chat: &Chat, ids: impl IntoIterator<Item = String>) -> Result<Vec<User>, Refusal> {
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort();
    ids.dedup();
    Ok(chat.store.users(&ids).await?.into_iter().map(User::from).collect())
}
