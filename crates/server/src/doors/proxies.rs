//! Whose word about a client's address is taken: trusted proxies and `X-Forwarded-For`.

use http::HeaderMap;
use std::net::IpAddr;

/// An address, or a network in CIDR notation (RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.0.0.1`, `10.0.0.0/8`, `::1`, `fd00::/8`; None if it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u8>().ok()?)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether the address is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_bits(own.to_bits().into(), other.to_bits().into(), self.bits, 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same_bits(own.to_bits(), other.to_bits(), self.bits, 128),
            _ => false,
        }
    }
}

fn same_bits(own: u128, other: u128, bits: u8, width: u8) -> bool {
    bits == 0 || (own ^ other) >> (width - bits) == 0
}

/// The address that a request counts for: the peer's, or if that is a trusted proxy, the last one of `X-Forwarded-For`
/// that is not.
pub(crate) fn client(trusted: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let named = headers.get_all("x-forwarded-for").iter().rev();
    let named = named.filter_map(|value| value.to_str().ok()).flat_map(|value| value.rsplit(','));
    for name in named {
        // What a trusted proxy did not write as an address nobody can be counted by.
        let Ok(address) = name.trim().trim_matches(['[', ']']).parse::<IpAddr>() else { return client };
        client = address.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    client
}
