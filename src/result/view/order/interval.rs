//! Intervals in PostgreSQL's own style: `1 year 2 mons -3 days +04:05:06.789`.

use super::moment::{MICROSECONDS_A_DAY, signed_clock};

/// The length by which PostgreSQL compares intervals: a month counts as 30 days, a day as 24 hours.
pub(super) fn microseconds(text: &str) -> Option<i128> {
    match text {
        "infinity" => return Some(i128::MAX),
        "-infinity" => return Some(i128::MIN),
        _ => {}
    }
    let mut sum = 0;
    let mut parts = text.split(' ');
    while let Some(part) = parts.next() {
        sum += if part.contains(':') {
            signed_clock(part)?
        } else {
            i128::from(part.parse::<i64>().ok()?) * unit(parts.next()?)?
        };
    }
    Some(sum)
}

fn unit(name: &str) -> Option<i128> {
    let days = match name {
        "year" | "years" => 12 * 30,
        "mon" | "mons" => 30,
        "day" | "days" => 1,
        _ => return None,
    };
    Some(days * MICROSECONDS_A_DAY)
}
