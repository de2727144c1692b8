//! PostgreSQL's text as the numbers that a Parquet file holds. A value is exactly the one that was printed, or none.

use jiff::civil::Date;

use crate::encode::cell::moment::{Moment, is_date, is_time};
use crate::encode::cell::value::Scalar;

const MICROSECONDS_A_SECOND: i64 = 1_000_000;
const SECONDS_A_DAY: i64 = 86_400;
const MICROSECONDS_A_DAY: i64 = SECONDS_A_DAY * MICROSECONDS_A_SECOND;
/// 1970-01-01, counted from 0000-03-01.
const UNIX_EPOCH_DAY: i64 = 719_468;
/// 0001-01-01 and 9999-12-31: every reader can hold the days from the first to the last.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// What a text means as a value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read<T> {
    Value(T),
    /// A value of its type that some readers cannot hold: it is replaced by NULL, and counted.
    Beyond,
    /// A text that does not have the form in which its type is printed.
    Other,
}

impl<T> Read<T> {
    pub(super) fn from_option(value: Option<T>) -> Self {
        value.map_or(Self::Other, Self::Value)
    }
}

/// Days since 1970.
pub(super) fn date(text: &str) -> Read<i32> {
    match day(text) {
        Some(day) => Read::Value(day as i32),
        None if is_beyond(text, is_date) => Read::Beyond,
        None => Read::Other,
    }
}

/// Microseconds since midnight.
pub(super) fn time(text: &str) -> Read<i64> {
    match microseconds(text) {
        Some(MICROSECONDS_A_DAY) => Read::Beyond,
        read => Read::from_option(read),
    }
}

/// Microseconds since 1970, in UTC where it has a zone.
pub(super) fn timestamp(text: &str, scalar: Scalar) -> Read<i64> {
    let is_moment = |text: &str| Moment::parse(text, scalar).is_some();
    let Some(moment) = Moment::parse(text, scalar) else {
        return match is_beyond(text, is_moment) {
            true => Read::Beyond,
            false => Read::Other,
        };
    };
    let (Some(day), Some(time)) = (day(moment.date), microseconds(moment.time)) else {
        return Read::Other;
    };
    let ahead = hours(moment.offset) * 3_600 * MICROSECONDS_A_SECOND;
    let instant = day * MICROSECONDS_A_DAY + time - ahead;
    match (FIRST_DAY..=LAST_DAY).contains(&instant.div_euclid(MICROSECONDS_A_DAY)) {
        true => Read::Value(instant),
        false => Read::Beyond,
    }
}

/// The digits without the point, for a column with `precision` digits, `scale` of them after the point.
pub(super) fn decimal(text: &str, precision: u8, scale: i8) -> Read<i128> {
    if text == "NaN" {
        return Read::Beyond;
    }
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let missing = usize::try_from(scale)
        .unwrap_or_default()
        .checked_sub(fraction.len());
    let (Some(missing), true) = (
        missing,
        !whole.is_empty() && is_digits(whole) && is_digits(fraction),
    ) else {
        return Read::Other;
    };
    let whole = whole.trim_start_matches('0');
    if whole.len() + fraction.len() + missing > usize::from(precision) {
        return Read::Other;
    }
    // At most 38 digits, which 128 bits hold.
    let digits = whole
        .bytes()
        .chain(fraction.bytes())
        .chain((0..missing).map(|_| b'0'));
    let number = digits.fold(0, |number, digit| number * 10 + i128::from(digit - b'0'));
    Read::Value(if is_negative { -number } else { number })
}

pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (place, byte) in text.bytes().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let byte_of = bytes.get_mut(digits / 2)?;
        *byte_of = *byte_of << 4 | digit(byte)?;
        digits += 1;
    }
    (digits == 32).then_some(bytes)
}

/// Appends the bytes of `\x00ff`. If it returns false, what was appended is of no use.
pub(super) fn bytes(text: &str, bytes: &mut Vec<u8>) -> bool {
    let Some(digits) = text.strip_prefix("\\x") else {
        return false;
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let read = pairs.iter().try_for_each(|[high, low]| {
        bytes.push(digit(*high)? << 4 | digit(*low)?);
        Some(())
    });
    read.is_some() && rest.is_empty()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Whether a text is infinite, BC or after 9999. `is_usual` knows the form of all other values.
fn is_beyond(text: &str, is_usual: impl Fn(&str) -> bool) -> bool {
    if matches!(text, "infinity" | "-infinity") {
        return true;
    }
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    let usual = text.strip_suffix(" BC").unwrap_or(text);
    let is_far = usual.len() < text.len() || year > 4;
    is_far && usual.get(year.saturating_sub(4)..).is_some_and(is_usual)
}

/// Of `2026-03-31`.
fn day(text: &str) -> Option<i64> {
    is_date(text).then_some(())?;
    let (year, month, day) = (number(&text[..4]), number(&text[5..7]), number(&text[8..]));
    // February 30 has the form of a date, too.
    Date::new(year as i16, month as i8, day as i8).ok()?;
    let day = days(year, month, day);
    (FIRST_DAY..=LAST_DAY).contains(&day).then_some(day)
}

/// Days since 1970, by a year that begins in March, so that a leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - UNIX_EPOCH_DAY
}

/// Of `12:00:00.5`, up to that of `24:00:00`.
fn microseconds(text: &str) -> Option<i64> {
    is_time(text).then_some(())?;
    let (hour, minute, second) = (number(&text[..2]), number(&text[3..5]), number(&text[6..8]));
    let fraction = text.get(9..).unwrap_or_default();
    let power = 6_u32.saturating_sub(fraction.len() as u32);
    let fraction = number(fraction) * 10_i64.pow(power);
    let time = ((hour * 60 + minute) * 60 + second) * MICROSECONDS_A_SECOND + fraction;
    (minute < 60 && second < 60 && time <= MICROSECONDS_A_DAY).then_some(time)
}

/// Of `+02`; none is 0.
fn hours(offset: &str) -> i64 {
    match offset.split_at_checked(1) {
        Some(("-", hours)) => -number(hours),
        Some((_, hours)) => number(hours),
        None => 0,
    }
}

/// Of a few digits.
fn number(digits: &str) -> i64 {
    let digits = digits.bytes().map(|digit| i64::from(digit - b'0'));
    digits.fold(0, |number, digit| number * 10 + digit)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("0001-01-01", -719_162),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(date(text), Read::Value(expected), "{text}");
        }
        for text in [
            "infinity",
            "-infinity",
            "0044-03-15 BC",
            "10000-01-01",
            "5874897-12-31",
            "4713-01-01 BC",
        ] {
            assert_eq!(date(text), Read::Beyond, "{text}");
        }
        for text in [
            "",
            "31.03.2026",
            "2026-02-30",
            "2026-03-31 12:00:00",
            "Infinity",
            "BC",
            " BC",
            "10000",
            "é0000-01-01",
        ] {
            assert_eq!(date(text), Read::Other, "{text}");
        }
    }

    #[test]
    fn instants_are_exact_microseconds() {
        for text in [
            "1970-01-01 00:00:00+00",
            "2026-03-31 12:00:00.123456+00",
            "1969-12-31 23:59:59.999999+00",
            "0001-01-01 00:00:00+00",
            "2026-03-31 12:00:00.5-03",
            "2026-03-31 12:00:00+14",
        ] {
            let instant: Timestamp = format!("{text}:00").parse().unwrap();
            let read = timestamp(text, Scalar::Timestamptz);
            assert_eq!(read, Read::Value(instant.as_microsecond()), "{text}");
        }
        assert_eq!(
            timestamp("9999-12-31 23:59:59.999999", Scalar::Timestamp),
            Read::Value(253_402_300_799_999_999)
        );
        for text in [
            "infinity",
            "0044-03-15 12:00:00+00 BC",
            "294276-12-31 23:59:59.999999+00",
            "9999-12-31 23:00:00-05",
            "0001-01-01 00:00:00+01",
        ] {
            assert_eq!(timestamp(text, Scalar::Timestamptz), Read::Beyond, "{text}");
        }
        for text in [
            "",
            "2026-03-31",
            "2026-03-31 12:00:00",
            "2026-03-31 12:00:00+05:30",
            "2026-03-31 25:00:00+00",
        ] {
            assert_eq!(timestamp(text, Scalar::Timestamptz), Read::Other, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_day_is_no_time() {
        assert_eq!(time("00:00:00"), Read::Value(0));
        assert_eq!(time("23:59:59.999999"), Read::Value(86_399_999_999));
        assert_eq!(time("12:00:00.5"), Read::Value(43_200_500_000));
        assert_eq!(time("24:00:00"), Read::Beyond);
        for text in [
            "",
            "12:00",
            "24:00:00.1",
            "12:60:00",
            "12:00:00+02",
            "12:00:00.",
        ] {
            assert_eq!(time(text), Read::Other, "{text}");
        }
    }

    #[test]
    fn decimals_have_all_their_digits() {
        for (text, precision, scale, expected) in [
            ("0.00", 2, 2, 0),
            ("-0.01", 2, 2, -1),
            ("1234.50", 10, 2, 123_450),
            ("7", 10, 2, 700),
            (
                "99999999999999999999999999999999999999",
                38,
                0,
                10_i128.pow(38) - 1,
            ),
            (
                "-0.99999999999999999999999999999999999999",
                38,
                38,
                1 - 10_i128.pow(38),
            ),
        ] {
            assert_eq!(
                decimal(text, precision, scale),
                Read::Value(expected),
                "{text}"
            );
        }
        assert_eq!(decimal("NaN", 10, 2), Read::Beyond);
        for text in [
            "",
            "-",
            ".5",
            "1.234",
            "100000000",
            "Infinity",
            "1e5",
            "1,5",
            "--1",
        ] {
            assert_eq!(decimal(text, 10, 2), Read::Other, "{text}");
        }
    }

    #[test]
    fn bytes_are_read_from_digits() {
        let mut read = Vec::new();
        assert!(bytes("\\x00ff", &mut read) && read == [0, 255]);
        for text in ["", "00ff", "\\x0", "\\xzz", "\\\\000", "\\xFF"] {
            assert!(!bytes(text, &mut Vec::new()), "{text}");
        }
        let id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
        assert_eq!(
            uuid(id).map(u128::from_be_bytes),
            Some(0xa0ee_bc99_9c0b_4ef8_bb6d_6bb9_bd38_0a11)
        );
        for text in [
            "",
            &id[1..],
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            &format!("{id}0"),
            &id.replace('a', "g"),
        ] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}
