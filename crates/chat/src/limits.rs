//! Rate limits: how often one user, or one address, may call a command; the same for every door.

mod spent;

pub(crate) use spent::Spending;

use crate::Refusal;
use crate::caller::Caller;
use crate::commands::{Command, Who};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use spent::Spent;
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

/// So many times in so many seconds, all at once if need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub times: u32,
    pub seconds: u32,
}

impl Allowance {
    fn quota(self) -> Option<Quota> {
        let times = NonZeroU32::new(self.times)?;
        let period = Duration::from_secs(u64::from(self.seconds)) / self.times;
        Some(Quota::with_period(period)?.allow_burst(times))
    }
}

/// Failed and other sign-ins: by account from one address, by account from all of them, and by address. The second is
/// wide, so that somebody who guesses does not shut the owner out.
const SIGN_IN_BY_BOTH: Allowance = Allowance { times: 10, seconds: 300 };
const SIGN_IN_BY_NAME: Allowance = Allowance { times: 100, seconds: 300 };
const SIGN_IN_BY_ADDRESS: Allowance = Allowance { times: 60, seconds: 300 };

/// Their buckets' names.
const BOTH: &str = "sign-in by both";
const NAMES: &str = "sign-in by name";
const ADDRESSES: &str = "sign-in by address";

type Bucket = DefaultKeyedRateLimiter<String>;

/// The buckets of this node, by the name of the command or one of those above. None at all when limits are off.
pub struct Limits {
    buckets: HashMap<&'static str, Bucket>,
    /// Present where other nodes have to hear of it.
    spent: Option<Spent>,
}

impl Limits {
    /// Buckets for every line of the table; none when limits are not `on` (load tests on loopback). `shared`: several
    /// nodes are one allowance.
    pub(crate) fn new(table: &[Command], on: bool, shared: bool) -> Self {
        let sign_in = [(BOTH, SIGN_IN_BY_BOTH), (NAMES, SIGN_IN_BY_NAME), (ADDRESSES, SIGN_IN_BY_ADDRESS)];
        let all = table.iter().map(|line| (line.name, line.allowance)).chain(sign_in).filter(|_| on);
        Self {
            buckets: all.filter_map(|(name, allowance)| Some((name, RateLimiter::keyed(allowance.quota()?)))).collect(),
            spent: (on && shared).then(Spent::default),
        }
    }

    /// One more call of a command.
    pub(crate) fn check(&self, command: &Command, caller: &Caller) -> Result<(), Refusal> {
        // What anybody may do is counted by address, also of somebody who is signed in: else each new account could
        // make the next.
        let identity = caller.identity.as_ref().filter(|_| command.who != Who::Anyone);
        let key = identity.map_or_else(|| network(caller.address), |identity| identity.user.to_string());
        self.take(command.name, key)
    }

    /// One more attempt to sign in.
    pub(crate) fn check_sign_in(&self, name_key: &str, address: IpAddr) -> Result<(), Refusal> {
        self.take(ADDRESSES, network(address))?;
        self.take(BOTH, format!("{} {name_key}", network(address)))?;
        self.take(NAMES, name_key.to_owned())
    }

    /// Forgets buckets that are full again; called every minute.
    pub(crate) fn forget_the_full(&self) {
        self.buckets.values().for_each(|bucket| {
            bucket.retain_recent();
            bucket.shrink_to_fit();
        });
    }

    /// What was taken here since the last time, for the other nodes.
    pub(crate) fn spent(&self) -> Spending {
        self.spent.as_ref().map(Spent::drain).unwrap_or_default()
    }

    /// Takes what was taken on another node from the buckets of this one, as far as there is anything in them.
    pub(crate) fn spend(&self, spending: &Spending) {
        for (name, key, times) in &spending.0 {
            let Some(bucket) = self.buckets.get(name.as_str()) else { continue };
            let _ = (0..*times).try_for_each(|_| bucket.check_key(key));
        }
    }

    fn take(&self, name: &'static str, key: String) -> Result<(), Refusal> {
        let Some(bucket) = self.buckets.get(name) else { return Ok(()) };
        bucket.check_key(&key).map_err(|wait| {
            let wait = wait.wait_time_from(DefaultClock::default().now());
            Refusal::TooFast { retry_after: wait.as_secs() + 1 }
        })?;
        if let Some(spent) = &self.spent {
            spent.note(name, &key);
        }
        Ok(())
    }
}

/// What an address counts as: an IPv6 subscriber holds a whole /64.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => format!("{:x?}/64", &six.segments()[..4]),
    }
}
