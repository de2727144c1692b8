//! The sort order of a column's values, derived from the column's type.
//!
//! Parses PostgreSQL's text output. A value that does not look like its type, as after a clip's own `set datestyle`, is
//! sorted as text.

mod interval;
mod moment;
mod number;
mod words;

use crate::result::Column;
use number::Number;
use words::Words;

/// How the values of a column compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::result) enum Order {
    Boolean,
    Number,
    Money,
    /// Dates and timestamps.
    Moment,
    Interval,
    Words,
}

/// A value in the form in which it is compared with others of its column.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::result) enum Key {
    Boolean(bool),
    Number(Number),
    /// A point in time or a duration, in microseconds. The infinities are its greatest and least values.
    Time(i128),
    /// Declared last: values that do not look like their type come after those that do.
    Words(Words),
}

impl Order {
    /// OIDs from PostgreSQL's `pg_type.dat`.
    pub(in crate::result) fn from_column(column: &Column) -> Self {
        match column.type_oid {
            16 => Self::Boolean,
            // int8, int2, int4, oid, float4, float8, numeric
            20 | 21 | 23 | 26 | 700 | 701 | 1700 => Self::Number,
            790 => Self::Money,
            // date, timestamp, timestamptz
            1082 | 1114 | 1184 => Self::Moment,
            1186 => Self::Interval,
            _ => Self::Words,
        }
    }

    pub(in crate::result) fn key(self, text: &str) -> Key {
        let typed = match self {
            Self::Boolean => boolean(text).map(Key::Boolean),
            Self::Number => Number::parse(text).map(Key::Number),
            Self::Money => Number::parse_money(text).map(Key::Number),
            Self::Moment => moment::microseconds(text).map(Key::Time),
            Self::Interval => interval::microseconds(text).map(Key::Time),
            Self::Words => None,
        };
        typed.unwrap_or_else(|| Key::Words(Words::new(text)))
    }
}

/// PostgreSQL prints a boolean as `t` or `f`.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "t" => Some(true),
        "f" => Some(false),
        _ => None,
    }
}

/// One or more digits.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn order(type_oid: u32) -> Order {
        Order::from_column(&Column {
            name: "a".to_owned(),
            type_oid,
            type_name: String::new(),
            element_oid: None,
            type_modifier: None,
        })
    }

    /// Type OIDs | texts from the least to the greatest; those that compare equal are joined by ` = `.
    const ORDERS: &str = "
        16 | f | t | ? | true
        20 21 23 26 | -9223372036854775808 | -10 | -9 | 0 | 9 | 10 | 99 | 100 | 9223372036854775807 | ? | x
        1700 | -Infinity | -100000000000000000000000.1 | -100000000000000000000000 | -12.50 = -12.5 | -12.49 | -1 | -0.10 | -0.09 | -0.000000000000000000000000000001 | 0 = 0.00 | 0.000000000000000000000000000001 | 0.09 | 0.1 = 0.100 | 0.10000000000000000000000000000000000001 | 1 = 1.0 | 9 | 10 | 10.01 | 12345678901234567890123456789012345678 | 12345678901234567890123456789012345679 | Infinity | NaN | - | .5 | 0x1 | 1. | 1e | ٣
        700 701 | -Infinity | -1.7976931348623157e+308 | -1e+20 | -2 | -5e-324 | 0 = -0 | 5e-324 | 1e-05 | 0.001 = 1e-3 | 0.30000000000000004 | 1.5 = 15e-1 | 100000 = 1e+05 | 1.5e+20 | 2e+20 | 1e+100 | 1.7976931348623157e+308 | Infinity | NaN | 1e+99999999999 | infinity
        790 | -$1,000.00 = ($1,000.00) = −1.000,00 € | -$0.07 | $0.00 = -$0.00 | $9.99 | 10,00 kr = $10.00 | $1,234.50 = 1 234,50 € | $92,233,720,368,547,758.07 | cheap
        1082 | -infinity | 4714-11-24 BC | 0044-03-15 BC | 0044-03-16 BC | 0001-12-31 BC | 0001-01-01 | 1999-12-31 | 2000-02-28 | 2000-02-29 | 2000-03-01 | 2026-03-31 | 9999-12-31 | 10000-01-01 | 12026-01-01 | 5874897-12-31 | infinity | 03-31-2026 | 15.03.2026 | 2026-3-31 | 31/03/2026 | tomorrow
        1114 | -infinity | 0044-03-15 12:00:00 BC | 0044-03-15 13:00:00 BC | 2026-03-31 00:00:00 | 2026-03-31 11:59:59.999999 | 2026-03-31 12:00:00 = 2026-03-31 12:00:00.0 | 2026-03-31 12:00:00.000001 | 2026-03-31 12:00:00.1 = 2026-03-31 12:00:00.100000 | 2026-03-31 12:00:00.12 | 294276-12-31 23:59:59.999999 | infinity | 2026-03-31 12:00:00.1234567 | 2026-03-31 12:00:00:00 | 2026-03-31 noon | Tue Mar 31 12:00:00 2026
        1184 | -infinity | 0044-03-15 12:00:00+00:53:28 BC | 0044-03-15 12:00:00+00 BC | 0001-12-31 23:30:00+00 BC = 0001-01-01 00:30:00+01 | 1900-02-28 23:30:00+00 = 1900-03-01 00:30:00+01 | 2000-02-29 23:30:00+00 = 2000-03-01 00:30:00+01 | 2026-03-29 00:30:00+00 = 2026-03-29 01:30:00+01 = 2026-03-28 21:00:00-03:30 | 2026-03-29 03:00:00+02 = 2026-03-29 01:00:00+00 | 2026-03-31 17:30:00.5+05:30 = 2026-03-31 12:00:00.5+00 | 2026-03-31 12:00:00-00:00:01 | 2026-12-31 23:59:59-12 = 2027-01-01 11:59:59+00 | infinity | 2026-03-31 12:00:00 UTC
        1186 | -infinity | -1 years | -00:00:01 | 00:00:00 | 00:00:00.000001 | 00:59:59.999999 | 01:00:00 | 9:59:00 | 24:00:00 = 1 day | 1 day 00:00:00.5 | 2 days -01:00:00 | 2 days | 10 days | 1 mon -1 days +00:00:01 | 1 mon = 30 days | 12 mons = 1 year = 360 days | 1 year 2 mons 3 days | 2562047788:00:54.775807 | 178000000 years | infinity | 1 | @ 1 day | P1D
        25 1043 3802 1009 0 | -1 | 10 | 9 | = | Apple | apple | apple pie | Apples | banana | it's | z | Ärger | ärger | Éclair | ж | 😀
    ";

    #[test]
    fn values_compare_as_their_type_does() {
        for line in ORDERS.trim().lines() {
            let (oids, texts) = line.trim().split_once(" | ").unwrap();
            let ranks = texts.split(" | ").enumerate();
            let texts: Vec<(usize, &str)> = ranks
                .flat_map(|(rank, equal)| equal.split(" = ").map(move |text| (rank, text)))
                .collect();
            for order in oids.split(' ').map(|oid| order(oid.parse().unwrap())) {
                for (rank, text) in &texts {
                    for (other_rank, other) in &texts {
                        let compared = order.key(text).cmp(&order.key(other));
                        assert_eq!(compared, rank.cmp(other_rank), "{order:?}: {text}, {other}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_empty_text_is_the_least_text_and_not_a_value_of_another_type() {
        let types = [
            Order::Boolean,
            Order::Number,
            Order::Money,
            Order::Moment,
            Order::Interval,
            Order::Words,
        ];
        for order in types {
            let key = order.key("");
            assert_eq!(key, Key::Words(Words::new("")), "{order:?}");
            assert!(key < order.key("\u{1}"), "{order:?}");
        }
    }

    #[test]
    fn a_long_text_is_compared_by_its_first_thousand_bytes_and_a_number_by_all_of_it() {
        let long = |tail: &str| "1".repeat(100_000) + tail;
        assert_eq!(
            order(1700)
                .key(&long("1"))
                .cmp(&order(1700).key(&long("2"))),
            Ordering::Less
        );
        assert_eq!(order(25).key(&long("1")), order(25).key(&long("2")));
        // The limit lies within the emoji, which is then left out whole.
        let emoji = "1".repeat(999) + "😀";
        assert_eq!(order(25).key(&emoji), order(25).key(&"1".repeat(999)));
    }
}
