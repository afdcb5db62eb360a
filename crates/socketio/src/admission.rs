//! Who may connect: the limits on connections in all and of one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

use crate::lock;

#[derive(Default)]
pub(crate) struct Admission {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// Why nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Server,
    Address,
}

impl Admission {
    pub(crate) fn enter(&self, remote: IpAddr, in_all: usize, per_address: usize) -> Result<(), Full> {
        let mut counts = lock(&self.counts);
        if counts.total >= in_all {
            return Err(Full::Server);
        }
        let count = counts.by_network.entry(network(remote)).or_default();
        if *count >= per_address {
            return Err(Full::Address);
        }
        *count += 1;
        counts.total += 1;
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.counts).total == 0
    }

    pub(crate) fn leave(&self, remote: IpAddr) {
        let mut counts = lock(&self.counts);
        counts.total = counts.total.saturating_sub(1);
        let network = network(remote);
        if let Some(count) = counts.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                counts.by_network.remove(&network);
            }
        }
        if counts.by_network.is_empty() {
            counts.by_network = HashMap::new();
        }
    }
}

/// One customer of IPv6 has a whole network of 64 bits, so that counts as one address.
fn network(remote: IpAddr) -> IpAddr {
    match remote.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}
