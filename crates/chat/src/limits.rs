//! Rate limits: how often one user, or one address, may call a command; the same for every door.

use crate::Refusal;
use crate::caller::Caller;
use crate::commands::{Command, Who};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
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

/// The buckets of this node.
pub struct Limits {
    commands: HashMap<&'static str, DefaultKeyedRateLimiter<String>>,
    both: Option<DefaultKeyedRateLimiter<String>>,
    names: Option<DefaultKeyedRateLimiter<String>>,
    addresses: Option<DefaultKeyedRateLimiter<String>>,
}

impl Limits {
    /// Buckets for every line of the table; none at all when limits are off (load tests on loopback).
    pub(crate) fn new(table: &[Command], on: bool) -> Self {
        let keyed = |allowance: Allowance| on.then(|| allowance.quota().map(RateLimiter::keyed)).flatten();
        Self {
            commands: table.iter().filter_map(|line| Some((line.name, keyed(line.allowance)?))).collect(),
            both: keyed(SIGN_IN_BY_BOTH),
            names: keyed(SIGN_IN_BY_NAME),
            addresses: keyed(SIGN_IN_BY_ADDRESS),
        }
    }

    /// One more call of a command.
    pub(crate) fn check(&self, command: &Command, caller: &Caller) -> Result<(), Refusal> {
        // What anybody may do is counted by address, also of somebody who is signed in: else each new account could
        // make the next.
        let identity = caller.identity.as_ref().filter(|_| command.who != Who::Anyone);
        let key = identity.map_or_else(|| network(caller.address), |identity| identity.user.to_string());
        take(self.commands.get(command.name), key)
    }

    /// One more attempt to sign in.
    pub(crate) fn check_sign_in(&self, name_key: &str, address: IpAddr) -> Result<(), Refusal> {
        take(self.addresses.as_ref(), network(address))?;
        take(self.both.as_ref(), format!("{} {name_key}", network(address)))?;
        take(self.names.as_ref(), name_key.to_owned())
    }

    /// Forgets buckets that are full again; called every minute.
    pub(crate) fn forget_the_full(&self) {
        self.commands.values().chain(&self.both).chain(&self.names).chain(&self.addresses).for_each(|limiter| {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        });
    }
}

fn take(limiter: Option<&DefaultKeyedRateLimiter<String>>, key: String) -> Result<(), Refusal> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(&key).map_err(|wait| {
        let wait = wait.wait_time_from(DefaultClock::default().now());
        Refusal::TooFast { retry_after: wait.as_secs() + 1 }
    })
}

/// What an address counts as: an IPv6 subscriber holds a whole /64.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => format!("{:x?}/64", &six.segments()[..4]),
    }
}
