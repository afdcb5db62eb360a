//! Which page a request comes from, as far as its browser says, and whether that page may act for who is signed in.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Our own page, or a program that is no browser.
    Own,
    /// A page of a configured origin.
    Allowed,
    /// Some other page.
    Foreign,
}

/// Our own origin and those that are configured.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    own: String,
    allowed: Vec<String>,
}

impl Origins {
    /// `public_url` and `allowed` are `scheme://host[:port]`.
    pub(crate) fn new(public_url: &str, allowed: &[String]) -> Self {
        Self {
            own: public_url.to_ascii_lowercase(),
            allowed: allowed.iter().map(|origin| origin.to_ascii_lowercase()).collect(),
        }
    }

    /// Judges by `Sec-Fetch-Site` and `Origin`, which a page cannot forge. Every browser that we know of sends one of
    /// them with whatever a foreign page could make it do; a request with neither comes from another program.
    pub(crate) fn judge(&self, headers: &HeaderMap) -> Source {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let site = text("sec-fetch-site");
        if matches!(site, Some("same-origin" | "none")) {
            return Source::Own;
        }
        let Some(origin) = text(ORIGIN.as_str()) else {
            return if site.is_none() { Source::Own } else { Source::Foreign };
        };
        let origin = origin.to_ascii_lowercase();
        let host = text(HOST.as_str()).unwrap_or_default().to_ascii_lowercase();
        // A proxy may have taken TLS off: the scheme is not compared, the host is.
        let its_host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if origin == self.own || its_host.is_some_and(|its| !its.is_empty() && its == host) {
            Source::Own
        } else if self.allowed.contains(&origin) {
            Source::Allowed
        } else {
            Source::Foreign
        }
    }
}
