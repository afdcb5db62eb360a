//! The times of a history are dates that exist, each once.

use super::*;

#[test]
fn times_rise_by_a_second_through_days_and_months_until_the_year_is_over() {
    assert_eq!(time(0).as_deref(), Some("2026-01-01T00:00:00.000Z"));
    assert_eq!(time(3 * SECONDS_A_DAY - 1).as_deref(), Some("2026-01-03T23:59:59.000Z"));
    assert_eq!(time(28 * SECONDS_A_DAY + 61).as_deref(), Some("2026-02-01T00:01:01.000Z"));
    assert_eq!(time(12 * 28 * SECONDS_A_DAY), None);
}
