//! Durations and how they are spread: a histogram that prints its percentiles in milliseconds.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest duration that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(600);

/// Durations with three significant digits, from a microsecond to ten minutes.
pub(crate) struct Spread(Histogram<u64>);

impl Spread {
    pub(crate) fn new() -> Self {
        let limit = LONGEST.as_micros() as u64;
        Self(Histogram::new_with_bounds(1, limit, 3).expect("bounds that do not depend on anything"))
    }

    pub(crate) fn add(&mut self, duration: Duration) {
        self.0.saturating_record(duration.as_micros() as u64);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The duration that `share` (0 to 1) of all do not pass, in milliseconds.
    pub(crate) fn milliseconds(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1000.0
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p90, p99, p999, max] = [0.5, 0.9, 0.99, 0.999, 1.0].map(|share| self.milliseconds(share));
        write!(f, "p50 {p50:.2}  p90 {p90:.2}  p99 {p99:.2}  p99.9 {p999:.2}  max {max:.2} ms")
    }
}
