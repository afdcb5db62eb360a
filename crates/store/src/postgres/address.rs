//! Where the database is and how to get there: the address that the configuration gives, understood as libpq does.

use super::Options;
use super::tls::{Proof, Tls};
use crate::Error;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

#[cfg(test)]
mod tests;

/// After so long without a word the server is asked whether it is still there, as often, with so much time between.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
const KEEPALIVE_TRIES: u32 = 3;
/// What was sent and is not acknowledged by then ends the connection.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// A database that can be connected to.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
}

impl Address {
    /// Understands `postgres://user:password@host:port/database?sslmode=…` and `host=… sslmode=…`. Beside what
    /// tokio-postgres knows: `sslmode` `verify-ca` and `verify-full`, `sslrootcert` (a file, or `system`).
    pub(crate) fn parse(text: &str, options: &Options) -> Result<Address, Error> {
        let Parts { plain, mode, roots } = Parts::of(text);
        let mut config: Config = plain.parse().map_err(|error: tokio_postgres::Error| {
            // Its text names what is wrong, never the address itself, which may hold a password.
            Error::Unavailable(format!(
                "the address of the database is not understood: {}",
                crate::sql::failure::explained(&error)
            ))
        })?;
        let (ssl, proof) = match mode.as_deref() {
            Some("disable") => (SslMode::Disable, Proof::None),
            None | Some("prefer" | "allow") => (SslMode::Prefer, Proof::None),
            // As libpq: roots that are given are checked.
            Some("require") if roots.is_none() => (SslMode::Require, Proof::None),
            Some("require" | "verify-ca") => (SslMode::Require, Proof::Issuer),
            Some("verify-full") => (SslMode::Require, Proof::Name),
            Some(other) => return Err(Error::Unavailable(format!("sslmode={other} is not known"))),
        };
        config.ssl_mode(ssl);
        config.connect_timeout(options.connect_time);
        config.keepalives(true);
        config.keepalives_idle(KEEPALIVE_IDLE);
        config.keepalives_interval(KEEPALIVE_INTERVAL);
        config.keepalives_retries(KEEPALIVE_TRIES);
        config.tcp_user_timeout(UNACKNOWLEDGED);
        // Of several hosts the one that can be written to.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name(&options.application_name);
        }
        let tls = Tls::new(proof, roots.as_deref(), ssl == SslMode::Disable)?;
        Ok(Address { config, tls })
    }
}

/// An address without what only we understand.
struct Parts {
    plain: String,
    mode: Option<String>,
    roots: Option<String>,
}

impl Parts {
    fn of(text: &str) -> Parts {
        let mut parts = Parts { plain: String::new(), mode: None, roots: None };
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if !is_url {
            let kept: Vec<&str> = text.split_whitespace().filter(|part| !parts.take(part)).collect();
            parts.plain = kept.join(" ");
            return parts;
        }
        let Some((before, query)) = text.split_once('?') else {
            text.clone_into(&mut parts.plain);
            return parts;
        };
        let kept: Vec<&str> = query.split('&').filter(|part| !parts.take(part)).collect();
        parts.plain = if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) };
        parts
    }

    /// Takes `sslmode=…` and `sslrootcert=…` out.
    fn take(&mut self, part: &str) -> bool {
        let Some((key, value)) = part.split_once('=') else { return false };
        let place = match key {
            "sslmode" => &mut self.mode,
            "sslrootcert" => &mut self.roots,
            _ => return false,
        };
        *place = Some(value.trim_matches('\'').replace("%2F", "/").replace("%2f", "/"));
        true
    }
}
