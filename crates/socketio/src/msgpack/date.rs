//! Moments as JavaScript writes them in JSON (ECMA-262, `Date.prototype.toISOString`).

const DAY: i64 = 86_400_000;

/// The furthest moment from 1970 that JavaScript has, in milliseconds.
const FURTHEST: i64 = 100_000_000 * DAY;

/// `2026-11-20T11:47:11.000Z`, from milliseconds since 1970; none beyond what JavaScript has.
pub(crate) fn iso(milliseconds: i64) -> Option<String> {
    if !(-FURTHEST..=FURTHEST).contains(&milliseconds) {
        return None;
    }
    let (days, rest) = (milliseconds.div_euclid(DAY), milliseconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let year = match year {
        0..=9_999 => format!("{year:04}"),
        _ => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1_000))
}

/// Year, month and day in the Gregorian calendar, from days since 1970. Years are counted from March, so that the leap
/// day is the last one.
fn civil(days: i64) -> (i64, i64, i64) {
    // From the first of March of the year 0, in whole cycles of 400 years.
    let days = days + 719_468;
    let (cycle, of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (cycle * 400 + year + later, month, day)
}
