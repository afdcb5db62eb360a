//! Where pushes may go: to services on the internet, and to nothing that stands behind this server unless that is wished
//! for. Names are resolved here, and what is connected to is what was looked at.

use http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What an endpoint names.
#[derive(Debug)]
pub(super) struct Place {
    uri: Uri,
    host: String,
    port: u16,
    encrypted: bool,
}

impl Place {
    /// Refuses what is not https, but for this machine where private places are allowed.
    pub(super) fn of(endpoint: &str, private: bool) -> Result<Self, String> {
        let wrong = || "it is not an https address".to_owned();
        let uri: Uri = endpoint.parse().map_err(|_| wrong())?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if private => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(wrong());
        }
        // An IPv6 address stands in brackets there.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        Ok(Self { uri, host, port, encrypted })
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// Where it is. Refuses a name of which any address is not to be reached.
    pub(super) async fn addresses(&self, private: bool) -> Result<Vec<SocketAddr>, String> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| "its name cannot be resolved")?.collect();
        if found.is_empty() {
            return Err("its name cannot be resolved".into());
        }
        if !self.encrypted && !found.iter().all(|address| address.ip().to_canonical().is_loopback()) {
            return Err("it is not an https address".into());
        }
        if !private && !found.iter().all(|address| is_public(address.ip())) {
            return Err("it leads to an address that is not public".into());
        }
        Ok(found)
    }
}

/// Whether an address is one of the internet's (RFC 6890 and its registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => is_public_four(four),
        IpAddr::V6(six) => is_public_six(six),
    }
}

fn is_public_four(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || matches!((a, b, c), (0, ..) | (240..=255, ..))
        // Shared with a provider's customers; protocols of their own; measuring.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

/// Of the space that is given out (2000::/3), without what stands for an IPv4 address, documentation and tunnels.
fn is_public_six(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64: what it stands for has to be public.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_four(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
