//! How a request says who it is: a bearer token, or the session cookie and its name and attributes.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use std::time::Duration;

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    Bearer(String),
    Cookie(String),
    Nothing,
}

impl Credentials {
    /// The token itself.
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => Some(token),
            Self::Nothing => None,
        }
    }
}

/// The session cookie (RFC 6265): `__Host-parlour` over https, `parlour` otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionCookie {
    secure: bool,
    life: Duration,
}

impl SessionCookie {
    pub(crate) fn new(public_url: &str, life: Duration) -> Self {
        Self { secure: public_url.starts_with("https://"), life }
    }

    fn name(self) -> &'static str {
        if self.secure { "__Host-parlour" } else { "parlour" }
    }

    /// What the headers carry; a bearer token comes before the cookie.
    pub(crate) fn credentials(self, headers: &HeaderMap) -> Credentials {
        if let Some(token) = bearer(headers) {
            return Credentials::Bearer(token.to_owned());
        }
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .map_or(Credentials::Nothing, |(_, token)| Credentials::Cookie(token.to_owned()))
    }

    /// `Set-Cookie` with the token; None if the token has letters that no cookie can have.
    pub(crate) fn set(self, token: &str) -> Option<HeaderValue> {
        self.header(token, self.life.as_secs())
    }

    /// `Set-Cookie` that makes a browser forget the cookie.
    pub(crate) fn clear(self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(self, token: &str, age: u64) -> Option<HeaderValue> {
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
            return None;
        }
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}", self.name());
        HeaderValue::from_str(&text).ok()
    }
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750); another scheme belongs to a proxy in front.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
