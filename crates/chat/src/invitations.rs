//! Invitations: links that let somebody register, the first administrator among them.

use crate::answers::{self, Kept};
use crate::caller::Actor;
use crate::cid::Cid;
use crate::clock::{self, Time};
use crate::passwords::Done;
use crate::users::UserRole;
use crate::{Chat, Refusal, ids};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Write;
use store::accounts::Standing;
use store::invitations::InvitationWrite;

const DAY: store::Millis = 24 * 3600 * 1000;

/// `invitations.create`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    pub cid: Option<Cid>,
    /// What the invited will be; a member unless given.
    pub role: Option<UserRole>,
    /// How often it can be used: 1 unless given; at most 1,000.
    pub uses: Option<u32>,
    /// How many days it holds: 7 unless given; at most 365.
    pub days: Option<u32>,
}

/// A new invitation. The code is shown this once, and to a repeat with the same `cid`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NewInvitation {
    pub invitation: String,
    pub code: String,
    /// Where the invited goes to register.
    pub link: String,
}

pub(crate) async fn create(chat: Chat, actor: Actor, input: CreateInvitation) -> Result<Kept<NewInvitation>, Refusal> {
    let within = |field: &str, given: Option<u32>, usual: u32, most: u32| match given.unwrap_or(usual) {
        number if (1..=most).contains(&number) => Ok(number),
        _ => Err(Refusal::value(field, format!("it is not between 1 and {most}"))),
    };
    let (uses, days) = (within("uses", input.uses, 1, 1000)?, within("days", input.days, 7, 365)?);
    let (id, code) = (ids::id(), ids::secret());
    let write = InvitationWrite::Create {
        id: id.clone(),
        code_hash: ids::hash(&code),
        standing: match input.role {
            Some(UserRole::Admin) => Standing::Admin,
            Some(UserRole::Member) | None => Standing::Member,
        },
        uses,
        expires: clock::now() + store::Millis::from(days) * DAY,
    };
    let made = NewInvitation { invitation: id, link: link(&chat, &code), code };
    let origin = answers::with(actor.origin("invitations.create", input.cid), move |_| Some(made.clone()));
    Kept::of(chat.store.write(origin, Write::Invitation(write)).await?)
}

fn link(chat: &Chat, code: &str) -> String {
    format!("{}/#/register?invitation={code}", chat.settings.public_url)
}

/// `invitations.list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListInvitations {}

/// An invitation that can still be used.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Invitation {
    pub id: String,
    pub role: UserRole,
    /// How often it can still be used.
    pub uses: u32,
    pub expires: Time,
    pub created: Time,
}

/// Newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Invitations {
    pub invitations: Vec<Invitation>,
}

pub(crate) async fn list(chat: Chat, _: Actor, _: ListInvitations) -> Result<Invitations, Refusal> {
    let rows = chat.store.invitations(clock::now()).await?;
    let shown = rows.into_iter().map(|row| Invitation {
        id: row.id,
        role: match row.standing {
            Standing::Member => UserRole::Member,
            Standing::Admin => UserRole::Admin,
        },
        uses: row.uses,
        expires: Time(row.expires),
        created: Time(row.created),
    });
    Ok(Invitations { invitations: shown.collect() })
}

/// `invitations.revoke`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeInvitation {
    pub cid: Option<Cid>,
    pub invitation: String,
}

pub(crate) async fn revoke(chat: Chat, actor: Actor, input: RevokeInvitation) -> Result<Done, Refusal> {
    let write = InvitationWrite::Revoke { id: input.invitation };
    chat.store.write(actor.origin("invitations.revoke", input.cid), Write::Invitation(write)).await?;
    Ok(Done {})
}

impl Chat {
    /// Where there is nobody who could sign in as an administrator yet: a fresh link to become the first one.
    /// Links that were printed before end.
    pub async fn first_administrator(&self) -> Result<Option<String>, Refusal> {
        let origin = store::Origin { user: None, cid: None, command: "setup", at: clock::now(), answer: None };
        if self.store.has_admin().await? {
            // A link printed before must not make another one.
            self.store.write(origin, Write::Invitation(InvitationWrite::EndSetup)).await?;
            return Ok(None);
        }
        let code = ids::secret();
        let write =
            InvitationWrite::Setup { id: ids::id(), code_hash: ids::hash(&code), expires: clock::now() + 30 * DAY };
        self.store.write(origin, Write::Invitation(write)).await?;
        Ok(Some(link(self, &code)))
    }
}
