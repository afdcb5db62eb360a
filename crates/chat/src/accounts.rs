//! Accounts: registering.

use crate::caller::Caller;
use crate::settings::Registration;
use crate::users::User;
use crate::{Chat, Refusal, clock, ids, names, passwords, profiles, sessions, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Write;
use store::accounts::{AccountWrite, Admission, Standing};

/// `accounts.create`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// Up to 32 letters, digits, “.”, “-”, “_”; unique without regard to case and look-alikes.
    pub username: String,
    /// At least 8 characters.
    pub password: String,
    pub display_name: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// The code of an invitation.
    pub invitation: Option<String>,
    /// What to call the session, such as the device.
    pub label: Option<String>,
}

/// What signing in answers. The token authenticates until the session ends.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignedIn {
    pub token: String,
    pub user: User,
}

pub(crate) async fn create(chat: Chat, caller: Caller, input: CreateAccount) -> Result<SignedIn, Refusal> {
    let name = names::check(&input.username)?;
    passwords::check_new("password", &input.password)?;
    let display_name = match input.display_name {
        Some(shown) => text::name("display_name", &shown, text::NAME)?,
        None => name.username.clone(),
    };
    let time_zone = profiles::check_zone(input.time_zone.as_deref().unwrap_or_default())?;
    let label = sessions::label(&caller, input.label)?;
    let admission = admission(&chat, input.invitation).await?;
    if chat.store.credentials(&name.key).await?.is_some() {
        return Err(Refusal::NameTaken);
    }
    let user = ids::id();
    let write = AccountWrite::Create {
        id: user.clone(),
        username: name.username,
        name_key: name.key,
        skeleton: name.skeleton,
        display_name,
        time_zone,
        standing: Standing::Member,
        password: Some(chat.passwords.hash(input.password).await?),
        admission,
    };
    let origin = store::Origin { user: None, cid: None, command: "accounts.create", at: clock::now(), answer: None };
    chat.store.write(origin, Write::Account(write)).await?;
    sessions::start(&chat, &caller, user, label).await
}

/// Whether one may come in, before anything costly is done.
async fn admission(chat: &Chat, invitation: Option<String>) -> Result<Admission, Refusal> {
    match (chat.settings.registration, invitation) {
        (Registration::Closed, Some(_)) if chat.store.has_admin().await? => Err(Refusal::RegistrationClosed),
        (_, Some(code)) => {
            let code_hash = ids::hash(&code);
            if !chat.store.invitation_holds(&code_hash, clock::now()).await? {
                return Err(Refusal::InvitationInvalid);
            }
            Ok(Admission::Invitation { code_hash })
        }
        (Registration::Open, None) => Ok(Admission::Free),
        (Registration::Invitation | Registration::Closed, None) => Err(Refusal::RegistrationClosed),
    }
}
