//! Refusals as HTTP answers: RFC 9457 problem details.

use axum::body::Body;
use chat::Refusal;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

/// The answer to what was refused.
pub(crate) fn answer(refusal: &Refusal) -> Response<Body> {
    with_status(status(refusal), refusal)
}

/// The answer with a status of its own (405).
pub(crate) fn with_status(status: StatusCode, refusal: &Refusal) -> Response<Body> {
    let mut problem = refusal.to_json();
    problem["type"] = "about:blank".into();
    problem["title"] = status.canonical_reason().unwrap_or_default().into();
    problem["status"] = status.as_u16().into();
    let mut response = Response::new(Body::from(Value::to_string(&problem)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    match refusal {
        Refusal::TooFast { retry_after } | Refusal::SyncBusy { retry_after } => {
            drop(headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after)))
        }
        Refusal::Unavailable => drop(headers.insert(RETRY_AFTER, HeaderValue::from_static("1"))),
        _ => {}
    }
    response
}

fn status(refusal: &Refusal) -> StatusCode {
    use Refusal as R;
    match refusal {
        R::InvalidJson(_) | R::ConnectionOnly => StatusCode::BAD_REQUEST,
        R::InvalidType { .. }
        | R::MissingField { .. }
        | R::UnknownField { .. }
        | R::InvalidValue { .. }
        | R::TooLong { .. }
        | R::NameInvalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        R::SignInRequired | R::WrongCredentials => StatusCode::UNAUTHORIZED,
        R::AdministratorsOnly
        | R::OriginRefused
        | R::RegistrationClosed
        | R::InvitationInvalid
        | R::NotAMember
        | R::RoleNeeded { .. } => StatusCode::FORBIDDEN,
        R::UnknownCommand
        | R::NoSuchSession
        | R::NoSuchUser
        | R::NoSuchInvitation
        | R::NoSuchRoom
        | R::CodeUnknown
        | R::NoSuchMessage => StatusCode::NOT_FOUND,
        R::NameTaken
        | R::WrongKind
        | R::Conflict { .. }
        | R::MessageDeleted
        | R::PushOff
        | R::CidReused
        | R::TooMany { .. } => StatusCode::CONFLICT,
        R::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        R::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        R::SyncBusy { .. } | R::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        R::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
