//! The sort order of a column's values, which is PostgreSQL's for the column's type.
//!
//! Parses PostgreSQL's text output. A value that does not look like its type, as after a clip's own `set datestyle`, is
//! sorted as text.

mod array;
mod interval;
mod moment;
mod network;
mod number;
mod range;
mod text;

use std::collections::HashMap;

use crate::result::Column;

/// The first bytes of each key: first the values that look like their type, then the others.
const TYPED: u8 = 0;
const UNTYPED: u8 = 1;

/// How the values of a column compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::result) enum Order {
    Boolean,
    Number,
    Money,
    /// Dates and timestamps.
    Moment,
    /// Times with a time zone: by their moment, then from east to west.
    ZonedTime,
    Interval,
    /// Addresses and networks.
    Network,
    /// Places in the write-ahead log.
    LogPosition,
    /// The place of each label of an enum.
    Enum(HashMap<String, u32>),
    Array(Box<Order>),
    /// Ranges and multiranges.
    Range(Box<Order>),
    /// Without the spaces at its end, which `char(n)` adds.
    PaddedText,
    /// What PostgreSQL prints has the order of the values.
    Printed,
    /// By code point.
    Text,
}

/// Bytes that compare as the values of a column do. Those of long values are a beginning: the values compare equal if
/// they differ only after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::result) struct Key(Box<[u8]>);

impl Order {
    pub(in crate::result) fn from_column(column: &Column) -> Self {
        match column.element_oid {
            Some(element) => Self::Array(Box::new(Self::of(element, column))),
            None => Self::of(column.type_oid, column),
        }
    }

    /// Of a type that is not an array.
    fn of(type_oid: u32, column: &Column) -> Self {
        match column.subtype_oid.or_else(|| subtype(type_oid)) {
            Some(subtype) => Self::Range(Box::new(Self::of_scalar(subtype, column))),
            None => Self::of_scalar(type_oid, column),
        }
    }

    /// OIDs from PostgreSQL's `pg_type.dat`.
    fn of_scalar(type_oid: u32, column: &Column) -> Self {
        match type_oid {
            16 => Self::Boolean,
            // int8, int2, int4, oid, xid, cid, float4, float8, numeric, xid8
            20 | 21 | 23 | 26 | 28 | 29 | 700 | 701 | 1700 | 5069 => Self::Number,
            790 => Self::Money,
            // date, timestamp, timestamptz
            1082 | 1114 | 1184 => Self::Moment,
            1266 => Self::ZonedTime,
            1186 => Self::Interval,
            // cidr, inet
            650 | 869 => Self::Network,
            3220 => Self::LogPosition,
            1042 => Self::PaddedText,
            // bytea, macaddr8, macaddr, time, bit, varbit, uuid
            17 | 774 | 829 | 1083 | 1560 | 1562 | 2950 => Self::Printed,
            _ if column.labels.is_empty() => Self::Text,
            _ => Self::Enum(column.labels.iter().cloned().zip(0..).collect()),
        }
    }

    pub(in crate::result) fn key(&self, text: &str) -> Key {
        let mut key = vec![TYPED];
        if self.write(text, &mut key).is_none() {
            key.clear();
            key.push(UNTYPED);
            text::write(text, &mut key);
        }
        Key(key.into())
    }

    /// Whether the key of this text differs from those of all other values. Only the beginning of a long text is in its key.
    pub(in crate::result) fn is_whole(&self, text: &str) -> bool {
        *self == Self::Number || text.len() <= text::BYTES_MAX
    }

    /// Appends bytes that compare as the values do, also with other bytes after them: none are the beginning of others.
    /// `None` if the text does not look like a value of the type.
    fn write(&self, text: &str, key: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Boolean => key.push(boolean(text)?.into()),
            Self::Number => number::write(text, key)?,
            Self::Money => number::write_money(text, key)?,
            Self::Moment => write_time(moment::microseconds(text)?, key),
            Self::ZonedTime => {
                let (moment, offset) = moment::zoned_time(text)?;
                write_time(moment, key);
                write_time(-offset, key);
            }
            Self::Interval => write_time(interval::microseconds(text)?, key),
            Self::Network => network::write(text, key)?,
            Self::LogPosition => key.extend(log_position(text)?.to_be_bytes()),
            Self::Enum(places) => key.extend(places.get(text)?.to_be_bytes()),
            Self::Array(element) => array::write(text, element, key)?,
            Self::Range(subtype) => range::write(text, subtype, key)?,
            Self::PaddedText => text::write(text.trim_end_matches(' '), key),
            Self::Printed | Self::Text => text::write(text, key),
        }
        Some(())
    }
}

impl Key {
    pub(in crate::result) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whether a column is sorted by code point, for want of its type's own order.
pub fn is_sorted_as_text(column: &Column) -> bool {
    matches!(Order::from_column(column), Order::Text | Order::PaddedText)
}

/// The type of the bounds of PostgreSQL's own ranges and multiranges.
fn subtype(type_oid: u32) -> Option<u32> {
    match type_oid {
        // int4range, int4multirange
        3904 | 4451 => Some(23),
        // numrange, nummultirange
        3906 | 4532 => Some(1700),
        // tsrange, tsmultirange
        3908 | 4533 => Some(1114),
        // tstzrange, tstzmultirange
        3910 | 4534 => Some(1184),
        // daterange, datemultirange
        3912 | 4535 => Some(1082),
        // int8range, int8multirange
        3926 | 4536 => Some(20),
        _ => None,
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

/// `16/B374D848`
fn log_position(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let half = |digits| u32::from_str_radix(digits, 16).ok().map(u64::from);
    Some(half(high)? << 32 | half(low)?)
}

/// A moment or a duration in microseconds. The infinities are its greatest and least values.
fn write_time(microseconds: i128, key: &mut Vec<u8>) {
    // With the sign flipped, negative numbers come first.
    key.extend((microseconds ^ i128::MIN).to_be_bytes());
}

/// One or more digits.
pub(super) fn is_digits(text: &str) -> bool {
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
            ..Column::default()
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
        25 1043 3802 1009 0 | -1 | 10 | 9 | = | Apple | Apples | apple | apple pie | banana | it's | z | Ärger | Éclair | ärger | ж | 😀
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
        for oid in [16, 23, 790, 1082, 1266, 1186, 869, 3220, 3904, 25, 1042] {
            let order = order(oid);
            let key = order.key("");
            let is_text = matches!(order, Order::Text | Order::PaddedText);
            let kind = if is_text { TYPED } else { UNTYPED };
            assert_eq!(*key.0, [kind, 0], "{order:?}");
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
