//! Refusals: every way in which the rules say no, each with its stable code.

use crate::rule::{Reason, Rule};
use serde_json::{Map, Value, json};

/// Why a command was not carried out. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("This is not JSON: {0}")]
    InvalidJson(String),
    #[error("The field “{field}” must be {expected}.")]
    InvalidType { field: String, expected: String },
    #[error("The field “{field}” is missing.")]
    MissingField { field: String },
    #[error("There is no field “{field}”.")]
    UnknownField { field: String },
    #[error("The field “{field}” is not valid: {reason}.")]
    InvalidValue { field: String, reason: Reason },
    #[error("The field “{field}” is longer than {limit} allow.")]
    TooLong { field: String, limit: usize },
    #[error("There is no command of that name.")]
    UnknownCommand,
    #[error("This command is for connections, not for single requests.")]
    ConnectionOnly,
    #[error("Please sign in.")]
    SignInRequired,
    #[error("The name or the password is wrong.")]
    WrongCredentials,
    #[error("Only this server's administrators may do that.")]
    AdministratorsOnly,
    #[error("Requests from that page are not accepted here.")]
    OriginRefused,
    #[error("That name cannot be used: {rule}.")]
    NameInvalid { rule: Rule },
    #[error("That name is taken, or looks too much like one that is.")]
    NameTaken,
    #[error("Registration is closed on this server.")]
    RegistrationClosed,
    #[error("The invitation is unknown, used up or has expired.")]
    InvitationInvalid,
    #[error("There is no such session.")]
    NoSuchSession,
    #[error("There is no such person.")]
    NoSuchUser,
    #[error("There is no such invitation.")]
    NoSuchInvitation,
    #[error("There is no such room, or you are not in it.")]
    NoSuchRoom,
    #[error("No room has that code.")]
    CodeUnknown,
    #[error("You are not a member of this room.")]
    NotAMember,
    #[error("That needs you to be the {needs}.")]
    RoleNeeded { needs: &'static str },
    #[error("That cannot be done in this kind of room.")]
    WrongKind,
    #[error("There is no such message.")]
    NoSuchMessage,
    #[error("The message has been changed since you saw it.")]
    Conflict { current: Box<Value> },
    #[error("The message is deleted.")]
    MessageDeleted,
    #[error("This server does not wake browsers.")]
    PushOff,
    #[error("This cid was already used for another command.")]
    CidReused,
    #[error("There are {limit} already, which is the most.")]
    TooMany { limit: usize },
    #[error("Too fast: try again in {retry_after} s.")]
    TooFast { retry_after: u64 },
    #[error("Larger than the {limit} bytes that are accepted.")]
    TooLarge { limit: usize },
    #[error("Too many devices are catching up: try again in {retry_after} s.")]
    SyncBusy { retry_after: u64 },
    #[error("The server cannot do that right now; try again.")]
    Unavailable,
    #[error("Something went wrong on the server; its log knows more under {id}.")]
    Internal { id: String },
}

impl Refusal {
    /// The stable code that clients go by (docs/PROTOCOL.md, Errors).
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson(_) => "invalid.json",
            Self::InvalidType { .. } => "invalid.type",
            Self::MissingField { .. } => "invalid.missing_field",
            Self::UnknownField { .. } => "invalid.unknown_field",
            Self::InvalidValue { .. } => "invalid.value",
            Self::TooLong { .. } => "invalid.too_long",
            Self::UnknownCommand => "commands.unknown",
            Self::ConnectionOnly => "commands.connection_only",
            Self::SignInRequired => "auth.required",
            Self::WrongCredentials => "auth.wrong",
            Self::AdministratorsOnly => "auth.not_allowed",
            Self::OriginRefused => "origin.refused",
            Self::NameInvalid { .. } => "accounts.name_invalid",
            Self::NameTaken => "accounts.name_taken",
            Self::RegistrationClosed => "accounts.registration_closed",
            Self::InvitationInvalid => "accounts.invitation_invalid",
            Self::NoSuchSession => "sessions.not_found",
            Self::NoSuchUser => "users.not_found",
            Self::NoSuchInvitation => "invitations.not_found",
            Self::NoSuchRoom => "rooms.not_found",
            Self::CodeUnknown => "rooms.code_unknown",
            Self::NotAMember => "rooms.not_a_member",
            Self::RoleNeeded { .. } => "rooms.not_allowed",
            Self::WrongKind => "rooms.wrong_kind",
            Self::NoSuchMessage => "messages.not_found",
            Self::Conflict { .. } => "messages.conflict",
            Self::MessageDeleted => "messages.deleted",
            Self::PushOff => "push.off",
            Self::CidReused => "cid.reused",
            Self::TooMany { .. } => "limit.too_many",
            Self::TooFast { .. } => "limit.too_fast",
            Self::TooLarge { .. } => "limit.too_large",
            Self::SyncBusy { .. } => "sync.busy",
            Self::Unavailable => "unavailable",
            Self::Internal { .. } => "internal",
        }
    }

    /// `{code, message, …}`: what a door shows, with the fields that say what is meant.
    pub fn to_json(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("code".into(), self.code().into());
        shown.insert("message".into(), self.to_string().into());
        let more = match self {
            Self::InvalidType { field, expected } => json!({"field": field, "expected": expected}),
            Self::MissingField { field } | Self::UnknownField { field } => json!({"field": field}),
            Self::InvalidValue { field, reason } => {
                broken(json!({"field": field, "reason": reason.to_string()}), reason.rule())
            }
            Self::TooLong { field, limit } => json!({"field": field, "limit": limit}),
            Self::NameInvalid { rule } => broken(json!({"reason": rule.to_string()}), Some(*rule)),
            Self::RoleNeeded { needs } => json!({"needs": needs}),
            Self::Conflict { current } => json!({"current": current}),
            Self::TooFast { retry_after } | Self::SyncBusy { retry_after } => json!({"retry_after": retry_after}),
            Self::TooMany { limit } | Self::TooLarge { limit } => json!({"limit": limit}),
            Self::Internal { id } => json!({"id": id}),
            _ => Value::Null,
        };
        if let Value::Object(more) = more {
            shown.extend(more);
        }
        Value::Object(shown)
    }

    /// A fault of ours: logged here, once, and shown as the id of that line only.
    pub fn internal(fault: impl std::fmt::Display) -> Self {
        let id = crate::ids::id();
        tracing::error!(id, "internal error: {fault}");
        Self::Internal { id }
    }

    pub(crate) fn value(field: &str, reason: impl Into<Reason>) -> Self {
        Self::InvalidValue { field: field.into(), reason: reason.into() }
    }
}

fn broken(mut shown: Value, rule: Option<Rule>) -> Value {
    if let Some(rule) = rule {
        shown["rule"] = rule.name().into();
    }
    shown
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(refused) => refused.into(),
            store::Error::Unavailable(reason) => {
                // The store says it once, and when it is over.
                tracing::debug!("the database is unavailable: {reason}");
                Self::Unavailable
            }
            fault @ (store::Error::NewerSchema { .. } | store::Error::Internal(_)) => Self::internal(fault),
        }
    }
}

impl From<store::Refused> for Refusal {
    fn from(refused: store::Refused) -> Self {
        use store::Refused as R;
        match refused {
            R::NoSuchUser => Self::NoSuchUser,
            R::NoSuchSession => Self::NoSuchSession,
            R::NoSuchInvitation => Self::NoSuchInvitation,
            R::NoSuchRoom => Self::NoSuchRoom,
            R::NoSuchMessage => Self::NoSuchMessage,
            R::NotAMember => Self::NotAMember,
            R::WrongKind => Self::WrongKind,
            R::NotAllowed => Self::RoleNeeded { needs: "moderator" },
            R::NameTaken => Self::NameTaken,
            R::CodeUnknown => Self::CodeUnknown,
            R::InvitationInvalid => Self::InvitationInvalid,
            R::Deleted => Self::MessageDeleted,
            R::Stale(row) => {
                let current = crate::messages::Message::from(*row);
                Self::Conflict { current: Box::new(serde_json::to_value(current).unwrap_or_default()) }
            }
            R::TooMany(limit) => Self::TooMany { limit },
            R::CidReused => Self::CidReused,
        }
    }
}
