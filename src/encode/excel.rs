//! What a workbook's cell can hold without loss: numbers of 15 digits, dates from March 1900 to 9999, 32,767 UTF-16
//! units of text. Everything else is written as text.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::{SignedDuration, Timestamp};

use super::cell::moment::{Moment, is_date};
use super::cell::value::{Kind, Scalar, boolean};

/// Excel replaces digits after this many with zeros.
const SIGNIFICANT_DIGITS_MAX: usize = 15;
/// UTF-16 code units that fit into a cell.
const TEXT_UNITS_MAX: usize = 32_767;
/// Excel's day 0. Valid from March 1900 on, since Excel counts a leap day in 1900.
const EPOCH: Date = date(1899, 12, 30);
const FIRST_DAY: Date = date(1900, 3, 1);
const LAST_DAY: Date = date(9999, 12, 31);
const SECONDS_A_DAY: f64 = 86_400.0;
/// 1970-01-01 in Excel's days.
const UNIX_EPOCH_DAY: f64 = 25_569.0;

/// A cell's value; days are counted from Excel's epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Boolean(bool),
    Number(f64),
    Dollars(f64),
    Day(f64),
    /// A date-time of whole seconds.
    Second(f64),
    /// A date-time with a fraction of a second.
    Fraction(f64),
}

impl<'a> Cell<'a> {
    pub(super) fn new(text: &'a str, kind: Kind) -> Self {
        let cell = match kind {
            Kind::Array { .. } => None,
            Kind::Scalar(scalar) => match scalar {
                Scalar::Boolean => boolean(text).map(Cell::Boolean),
                Scalar::Integer | Scalar::Numeric => exact_number(text).map(Cell::Number),
                Scalar::Float => number(text).map(Cell::Number),
                Scalar::Money => dollars(text).map(Cell::Dollars),
                Scalar::Date => day(text).map(|day| Cell::Day(days(day.into()))),
                Scalar::Timestamp | Scalar::Timestamptz => instant(text, scalar),
                Scalar::Json | Scalar::Geometry | Scalar::Hstore | Scalar::Text => None,
            },
        };
        cell.unwrap_or(Cell::Text(text))
    }

    /// A point in time, in UTC.
    pub(super) fn at(timestamp: Timestamp) -> Self {
        let seconds = timestamp.as_microsecond() as f64 / 1e6;
        Cell::Fraction(UNIX_EPOCH_DAY + seconds / SECONDS_A_DAY)
    }
}

/// The longest prefix that fits into a cell; shorter than the text if it had to be cut.
pub(super) fn cut(text: &str) -> &str {
    // A UTF-16 unit takes at least one byte of UTF-8.
    if text.len() <= TEXT_UNITS_MAX || text.encode_utf16().count() <= TEXT_UNITS_MAX {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        // One unit is reserved for the `…` that marks the cut.
        units > TEXT_UNITS_MAX - 1
    });
    end.map_or(text, |(index, _)| &text[..index])
}

fn exact_number(text: &str) -> Option<f64> {
    (significant_digits(text) <= SIGNIFICANT_DIGITS_MAX).then_some(())?;
    number(text)
}

/// Leading zeros and trailing decimal zeros are not significant: `avg` prints `2.5000000000000000`.
fn significant_digits(text: &str) -> usize {
    let text = if text.contains('.') {
        text.trim_end_matches('0')
    } else {
        text
    };
    text.trim_start_matches(['-', '0', '.'])
        .bytes()
        .filter(u8::is_ascii_digit)
        .count()
}

/// `None` for NaN and infinities, and for numbers that Excel rounds to zero or cannot hold.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number == 0.0 || (f64::MIN_POSITIVE..1e308).contains(&number.abs())).then_some(number)
}

/// Money as the C and American locales print it: `-$1,234.56`.
fn dollars(text: &str) -> Option<f64> {
    let (sign, amount) = match text.strip_prefix('-') {
        Some(amount) => ("-", amount),
        None => ("", text),
    };
    let (whole, cents) = amount.strip_prefix('$')?.split_once('.')?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let is_money = groups
        .next()
        .is_some_and(|group| (1..=3).contains(&group.len()) && is_digits(group))
        && groups.all(|group| group.len() == 3 && is_digits(group))
        && cents.len() == 2
        && is_digits(cents);
    is_money.then_some(())?;
    exact_number(&format!("{sign}{}.{cents}", whole.replace(',', "")))
}

/// A date that Excel can hold.
fn day(text: &str) -> Option<Date> {
    is_date(text).then_some(())?;
    let day = text.parse().ok()?;
    (FIRST_DAY..=LAST_DAY).contains(&day).then_some(day)
}

fn instant<'a>(text: &str, scalar: Scalar) -> Option<Cell<'a>> {
    let moment = Moment::parse(text, scalar)?;
    let time: Time = moment.time.parse().ok()?;
    let local = day(moment.date)?.to_datetime(time);
    let offset_hours = match moment.offset {
        "" => 0,
        offset => offset.parse().ok()?,
    };
    let utc = local
        .checked_sub(SignedDuration::from_hours(offset_hours))
        .ok()?;
    Some(match utc.subsec_nanosecond() {
        0 => Cell::Second(days(utc)),
        _ => Cell::Fraction(days(utc)),
    })
}

/// Since Excel's epoch.
fn days(moment: DateTime) -> f64 {
    let elapsed = EPOCH.to_datetime(Time::midnight()).duration_until(moment);
    elapsed.as_secs_f64() / SECONDS_A_DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        let full = "x".repeat(TEXT_UNITS_MAX);
        assert_eq!(cut(&full), full);
        assert_eq!(cut(&format!("{full}x")).len(), TEXT_UNITS_MAX - 1);
        let pairs = "😀".repeat(TEXT_UNITS_MAX / 2);
        assert_eq!(cut(&pairs), pairs);
        assert_eq!(cut(&format!("x{pairs}")), format!("x{pairs}"));
        assert_eq!(cut(&format!("{pairs}😀")), pairs);
        assert_eq!(
            cut(&format!("xx{pairs}")).encode_utf16().count(),
            TEXT_UNITS_MAX - 1
        );
    }

    #[test]
    fn only_money_of_the_expected_shape_is_an_amount() {
        for (text, expected) in [
            ("$0.00", Some(0.0)),
            ("$1,234,567.89", Some(1_234_567.89)),
            ("-$5.00", Some(-5.0)),
            ("$9,999,999,999,999.99", Some(9_999_999_999_999.99)),
            ("$92,233,720,368,547,758.07", None),
            ("$1,23.00", None),
            ("$1.5", None),
            ("($5.00)", None),
            ("$-5.00", None),
            ("£5.00", None),
            ("$,.00", None),
            ("$1.e5", None),
        ] {
            assert_eq!(dollars(text), expected, "{text}");
        }
    }
}
