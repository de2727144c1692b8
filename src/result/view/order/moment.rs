//! Dates and timestamps in PostgreSQL's ISO style, over its whole range, which exceeds that of `jiff`: `2026-03-31`,
//! `12026-01-01 12:00:00.5`, `0044-03-15 12:00:00+05:53:28 BC`, `-infinity`.

use super::is_digits;

pub(super) const MICROSECONDS_A_DAY: i128 = 24 * MICROSECONDS_AN_HOUR;
const MICROSECONDS_AN_HOUR: i128 = 3_600_000_000;

/// Microseconds since a fixed midnight in UTC. PostgreSQL uses the Gregorian calendar for all dates.
pub(super) fn microseconds(text: &str) -> Option<i128> {
    match text {
        "infinity" => return Some(i128::MAX),
        "-infinity" => return Some(i128::MIN),
        _ => {}
    }
    let (date_and_time, is_before_christ) = match text.strip_suffix(" BC") {
        Some(date_and_time) => (date_and_time, true),
        None => (text, false),
    };
    let (date, time_and_offset) = date_and_time
        .split_once(' ')
        .unwrap_or((date_and_time, "00"));
    let sign = time_and_offset.find(['+', '-']);
    let (time, offset) = time_and_offset.split_at(sign.unwrap_or(time_and_offset.len()));
    let offset = if offset.is_empty() {
        0
    } else {
        signed_clock(offset)?
    };
    Some(day(date, is_before_christ)? * MICROSECONDS_A_DAY + clock(time)? - offset)
}

/// A time with its time zone, `12:00:00.5+05:30`, as the time in UTC, and the zone's distance from it.
pub(super) fn zoned_time(text: &str) -> Option<(i128, i128)> {
    let (time, offset) = text.split_at(text.find(['+', '-'])?);
    let offset = signed_clock(offset)?;
    Some((clock(time)? - offset, offset))
}

/// `04:05:06.789`, `+05:30`, `-03`
pub(super) fn signed_clock(text: &str) -> Option<i128> {
    match text.strip_prefix('-') {
        Some(time) => Some(-clock(time)?),
        None => clock(text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Hours, optionally with minutes and seconds.
fn clock(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    (is_digits(fraction) && fraction.len() <= 6).then_some(())?;
    let mut sum = format!("{fraction:0<6}").parse().ok()?;
    let mut unit = MICROSECONDS_AN_HOUR;
    let mut parts = whole.split(':');
    for part in parts.by_ref().take(3) {
        is_digits(part).then_some(())?;
        sum += i128::from(part.parse::<i64>().ok()?) * unit;
        unit /= 60;
    }
    parts.next().is_none().then_some(sum)
}

/// Days since a fixed 1 March, by the algorithm `days_from_civil` of Howard Hinnant's “chrono-Compatible Low-Level Date
/// Algorithms”: the year begins in March, so that a leap day is its last day.
fn day(date: &str, is_before_christ: bool) -> Option<i128> {
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else {
        return None;
    };
    let has_shape = year.len() >= 4
        && month.len() == 2
        && day.len() == 2
        && [year, month, day].into_iter().all(is_digits);
    has_shape.then_some(())?;
    let (month, day): (i128, i128) = (month.parse().ok()?, day.parse().ok()?);
    let year = i128::from(year.parse::<i32>().ok()?);
    // There is no year 0: 1 BC is followed by 1.
    let year = if is_before_christ { 1 - year } else { year };
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day;
    Some(year * 365 + leap_days + day_of_year)
}
