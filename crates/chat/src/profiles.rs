//! My own profile: display name, status, time zone.

use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::users::User;
use crate::{Chat, Refusal, clock, text};
use schemars::JsonSchema;
use serde::Deserialize;
use store::Write;
use store::accounts::AccountWrite;

/// `profile.get`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetProfile {}

pub(crate) async fn get(chat: Chat, actor: Actor, _: GetProfile) -> Result<User, Refusal> {
    chat.store.user(&actor.user).await?.map(User::from).ok_or(Refusal::NoSuchUser)
}

/// `profile.set`: absent fields stay as they are; an empty status or time zone takes it away. A status without
/// `status_until` stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetProfile {
    pub cid: Option<Cid>,
    pub display_name: Option<String>,
    pub status: Option<String>,
    /// When the status ends by itself: RFC 3339.
    pub status_until: Option<String>,
    /// No pushes for me, for as long as the status lasts; the others see it.
    pub do_not_disturb: Option<bool>,
    pub time_zone: Option<String>,
}

pub(crate) async fn set(chat: Chat, actor: Actor, input: SetProfile) -> Result<Kept<User>, Refusal> {
    let write = AccountWrite::Profile {
        user: actor.user.to_string(),
        display_name: input.display_name.map(|name| text::name("display_name", &name, text::NAME)).transpose()?,
        status: input.status.map(|status| text::line("status", &status, text::LINE)).transpose()?,
        status_until: input.status_until.as_deref().map(check_end).transpose()?,
        do_not_disturb: input.do_not_disturb,
        time_zone: input.time_zone.map(|zone| check_zone(&zone)).transpose()?,
    };
    let origin = answers::user(actor.origin("profile.set", input.cid));
    let answer = Kept::of(chat.store.write(origin, Write::Account(write)).await?);
    if input.status_until.is_some() {
        chat.statuses.changed();
    }
    answer
}

fn check_end(time: &str) -> Result<store::Millis, Refusal> {
    clock::parse(time).ok_or_else(|| Refusal::value("status_until", "it is no time as RFC 3339 says it"))
}

/// An IANA time zone that this program's own database knows, or nothing.
pub(crate) fn check_zone(zone: &str) -> Result<String, Refusal> {
    if zone.is_empty() || zone.len() <= 64 && jiff::tz::TimeZone::get(zone).is_ok() {
        return Ok(zone.to_owned());
    }
    Err(Refusal::value("time_zone", "it is no IANA time zone"))
}
