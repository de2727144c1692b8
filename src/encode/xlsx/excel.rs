//! What a workbook's cell can hold: numbers of 15 digits, dates from March 1900 to 9999 in milliseconds, 32,767 UTF-16
//! units of text. Everything else is written as text, but for quotients, which lose digits beyond the sixth decimal.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::{SignedDuration, Timestamp};

use crate::encode::cell::moment::{Moment, is_date};
use crate::encode::cell::value::{Kind, Scalar, boolean};
use crate::result::Column;

/// Excel replaces digits after this many with zeros.
const SIGNIFICANT_DIGITS_MAX: usize = 15;
/// A number of more significant digits and at most this many before its point differs from what Excel holds by less
/// than a millionth.
const WHOLE_DIGITS_MAX: usize = 9;
/// UTF-16 code units that fit into a cell.
const TEXT_UNITS_MAX: usize = 32_767;
/// Excel's day 0. Valid from March 1900 on, since Excel counts a leap day in 1900.
const EPOCH: Date = date(1899, 12, 30);
const FIRST_DAY: Date = date(1900, 3, 1);
const LAST_DAY: Date = date(9999, 12, 31);
const MILLISECONDS_A_DAY: i64 = 86_400_000;
/// 1970-01-01 in Excel's days.
const UNIX_EPOCH_DAY: i64 = 25_569;

/// A cell's value; days are counted from Excel's epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::encode) enum Cell<'a> {
    Text(&'a str),
    /// A number that stays text, since Excel would replace some of its digits with zeros.
    Digits(&'a str),
    Boolean(bool),
    Integer(&'a str),
    Number(f64),
    /// A number without some of its last digits.
    Shortened(f64),
    Dollars(f64),
    Day(f64),
    /// A date-time of whole seconds.
    Second(f64),
    /// A date-time with a fraction of a second.
    Fraction(f64),
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug)]
pub(in crate::encode) struct CellKind {
    kind: Kind,
    is_without_scale: bool,
}

impl CellKind {
    pub(in crate::encode) fn from_column(column: &Column) -> Self {
        Self {
            kind: Kind::from_column(column),
            is_without_scale: column.is_numeric_without_scale(),
        }
    }

    pub(super) fn is_in_utc(self) -> bool {
        self.kind == Kind::Scalar(Scalar::Timestamptz)
    }

    pub(in crate::encode) fn cell(self, text: &str) -> Cell<'_> {
        let cell = match self.kind {
            Kind::Array { .. } => None,
            Kind::Scalar(scalar) => match scalar {
                Scalar::Boolean => boolean(text).map(Cell::Boolean),
                Scalar::Integer => integer(text),
                Scalar::Numeric => self.numeric(text),
                Scalar::Float => number(text).map(Cell::Number),
                Scalar::Money => money(text),
                Scalar::Date => date_cell(text),
                Scalar::Timestamp | Scalar::Timestamptz => instant(text, scalar),
                Scalar::Json | Scalar::Geometry | Scalar::Hstore | Scalar::Text => None,
            },
        };
        cell.unwrap_or(Cell::Text(text))
    }

    fn numeric(self, text: &str) -> Option<Cell<'_>> {
        let number = number(text)?;
        Some(if is_exact(text) {
            Cell::Number(number)
        } else if self.is_without_scale && whole_digits(text) <= WHOLE_DIGITS_MAX {
            Cell::Shortened(number)
        } else {
            Cell::Digits(text)
        })
    }
}

/// A point in time, in Excel's days, UTC.
pub(super) fn days_at(timestamp: Timestamp) -> f64 {
    days(timestamp.as_millisecond() + UNIX_EPOCH_DAY * MILLISECONDS_A_DAY)
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

fn integer(text: &str) -> Option<Cell<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer.then_some(match is_exact(text) {
        true => Cell::Integer(text),
        false => Cell::Digits(text),
    })
}

fn is_exact(text: &str) -> bool {
    text.len() <= SIGNIFICANT_DIGITS_MAX || significant_digits(text) <= SIGNIFICANT_DIGITS_MAX
}

fn whole_digits(text: &str) -> usize {
    let whole = text.strip_prefix('-').unwrap_or(text);
    whole.find('.').unwrap_or(whole.len())
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
fn money(text: &str) -> Option<Cell<'_>> {
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
    let amount = format!("{sign}{}.{cents}", whole.replace(',', ""));
    let number = number(&amount)?;
    Some(match is_exact(&amount) {
        true => Cell::Dollars(number),
        false => Cell::Digits(text),
    })
}

fn date_cell<'a>(text: &str) -> Option<Cell<'a>> {
    is_date(text).then_some(())?;
    let day: Date = text.parse().ok()?;
    Some(Cell::Day(days(milliseconds(day.into())?)))
}

fn instant<'a>(text: &str, scalar: Scalar) -> Option<Cell<'a>> {
    let moment = Moment::parse(text, scalar)?;
    let day: Date = moment.date.parse().ok()?;
    let time: Time = moment.time.parse().ok()?;
    let offset_hours = match moment.offset {
        "" => 0,
        offset => offset.parse().ok()?,
    };
    let offset = SignedDuration::from_hours(offset_hours);
    let utc = day.to_datetime(time).checked_sub(offset).ok()?;
    let milliseconds = milliseconds(utc)?;
    Some(match milliseconds % 1_000 {
        0 => Cell::Second(days(milliseconds)),
        _ => Cell::Fraction(days(milliseconds)),
    })
}

/// Since Excel's epoch, without what is left of the last one: the year after must not begin before its time. `None` for
/// a day that Excel cannot hold.
fn milliseconds(moment: DateTime) -> Option<i64> {
    (FIRST_DAY..=LAST_DAY)
        .contains(&moment.date())
        .then_some(())?;
    let epoch = EPOCH.to_datetime(Time::midnight());
    i64::try_from(epoch.duration_until(moment).as_millis()).ok()
}

fn days(milliseconds: i64) -> f64 {
    milliseconds as f64 / MILLISECONDS_A_DAY as f64
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
            ("$0.00", Some(Cell::Dollars(0.0))),
            ("$1,234,567.89", Some(Cell::Dollars(1_234_567.89))),
            ("-$5.00", Some(Cell::Dollars(-5.0))),
            (
                "$9,999,999,999,999.99",
                Some(Cell::Dollars(9_999_999_999_999.99)),
            ),
            (
                "$92,233,720,368,547,758.07",
                Some(Cell::Digits("$92,233,720,368,547,758.07")),
            ),
            ("$1,23.00", None),
            ("$1.5", None),
            ("($5.00)", None),
            ("$-5.00", None),
            ("£5.00", None),
            ("$,.00", None),
            ("$1.e5", None),
        ] {
            assert_eq!(money(text), expected, "{text}");
        }
    }

    fn cell(type_oid: u32, type_modifier: Option<i32>, text: &str) -> Cell<'_> {
        let column = Column {
            name: "a".to_owned(),
            type_oid,
            type_name: "any".to_owned(),
            element_oid: None,
            type_modifier,
            ..Column::default()
        };
        CellKind::from_column(&column).cell(text)
    }

    #[test]
    fn a_quotient_is_a_number_and_an_amount_keeps_every_digit() {
        let third = "0.33333333333333333333";
        let most = "-999999999.9999999";
        for (modifier, text, expected) in [
            (Some(-1), third, Cell::Shortened(1.0 / 3.0)),
            (Some(-1), most, Cell::Shortened(-999_999_999.999_999_9)),
            (Some(-1), "2.5000000000000000", Cell::Number(2.5)),
            (
                Some(-1),
                "1234567890.123456",
                Cell::Digits("1234567890.123456"),
            ),
            (
                Some(-1),
                "12345678901234.56",
                Cell::Digits("12345678901234.56"),
            ),
            (
                Some(-1),
                "1234567890123456",
                Cell::Digits("1234567890123456"),
            ),
            (Some(-1), "NaN", Cell::Text("NaN")),
            // numeric(30, 20)
            (Some((30 << 16 | 20) + 4), third, Cell::Digits(third)),
            // A result from before modifiers were kept.
            (None, third, Cell::Digits(third)),
        ] {
            assert_eq!(cell(1700, modifier, text), expected, "{modifier:?} {text}");
        }
    }

    #[test]
    fn times_are_cut_to_milliseconds() {
        for (text, expected) in [
            ("2026-12-31 23:59:59.999999", "2026-12-31 23:59:59.999"),
            ("9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999"),
            ("2026-03-31 12:00:00.0009", "2026-03-31 12:00:00"),
        ] {
            let cut = cell(1114, None, text);
            assert_eq!(cut, cell(1114, None, expected), "{text}");
            assert!(matches!(cut, Cell::Second(_) | Cell::Fraction(_)));
        }
        let Cell::Fraction(days) = cell(1114, None, "9999-12-31 23:59:59.999999") else {
            panic!("a time with a fraction");
        };
        assert!(days < 2_958_466.0);
        for text in ["9999-12-31 23:00:00-05", "1900-03-01 00:00:00+02"] {
            assert_eq!(cell(1184, None, text), Cell::Text(text));
        }
    }
}
