//! Timestamps in exactly the shape of PostgreSQL's ISO style: `2026-03-31 12:00:00.123456+00`.
//!
//! Infinity, years BC or after 9999, offsets with minutes, and other styles do not have this shape.

use super::value::Scalar;

/// The parts of a timestamp, with every digit in its place. The date need not exist in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::encode) struct Moment<'a> {
    /// `2026-03-31`
    pub(in crate::encode) date: &'a str,
    /// `12:00:00`, or with one to six decimal places: `12:00:00.123456`
    pub(in crate::encode) time: &'a str,
    /// Empty, or whole hours such as `+00`
    pub(in crate::encode) offset: &'a str,
}

impl<'a> Moment<'a> {
    /// A `timestamp` has no offset; a `timestamptz` has one.
    pub(in crate::encode) fn parse(text: &'a str, scalar: Scalar) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix(' ')?;
        let (time, offset) = rest.split_at(rest.find(['+', '-']).unwrap_or(rest.len()));
        let is_offset = if scalar == Scalar::Timestamptz {
            is_like(offset, "+00")
        } else {
            offset.is_empty()
        };
        (is_date(date) && is_time(time) && is_offset).then_some(Self { date, time, offset })
    }

    /// In the form of RFC 3339: `"2026-03-31T12:00:00.123456+00:00"`.
    pub(in crate::encode) fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend_from_slice(self.date.as_bytes());
        out.push(b'T');
        out.extend_from_slice(self.time.as_bytes());
        out.extend_from_slice(self.offset.as_bytes());
        if !self.offset.is_empty() {
            out.extend_from_slice(b":00");
        }
        out.push(b'"');
    }
}

pub(in crate::encode) fn is_date(text: &str) -> bool {
    is_like(text, "0000-00-00")
}

pub(in crate::encode) fn is_time(text: &str) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    is_like(whole, "00:00:00")
        && (1..=6).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text matches a pattern in which `0` stands for any digit and `+` for either sign.
fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, expected)| match expected {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                _ => byte == expected,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str, scalar: Scalar) -> Option<String> {
        let mut out = Vec::new();
        Moment::parse(text, scalar)?.write_json(&mut out);
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_expected_shape_is_reshaped_and_no_other() {
        for (text, scalar, expected) in [
            (
                "2026-03-31 12:00:00",
                Scalar::Timestamp,
                "\"2026-03-31T12:00:00\"",
            ),
            (
                "2026-03-31 12:00:00.1",
                Scalar::Timestamp,
                "\"2026-03-31T12:00:00.1\"",
            ),
            (
                "2026-03-31 12:00:00.123456+00",
                Scalar::Timestamptz,
                "\"2026-03-31T12:00:00.123456+00:00\"",
            ),
            (
                "2026-03-31 12:00:00-03",
                Scalar::Timestamptz,
                "\"2026-03-31T12:00:00-03:00\"",
            ),
        ] {
            assert_eq!(json(text, scalar).as_deref(), Some(expected));
        }
        for text in [
            "",
            "infinity",
            "-infinity",
            "2026-03-31",
            "0044-03-15 12:00:00 BC",
            "10000-01-01 00:00:00",
            "2026-03-31 12:00:00.",
            "2026-03-31 12:00:00.1234567",
            "31/03/2026 12:00:00",
            "Tue Mar 31 12:00:00 2026",
            "2026-03-31T12:00:00",
            "2026-03-3é 12:00:00",
            "2026-03-31 12:00:00+00",
        ] {
            assert_eq!(json(text, Scalar::Timestamp), None, "{text}");
        }
        for text in [
            "2026-03-31 12:00:00",
            "2026-03-31 12:00:00+05:30",
            "1890-01-01 00:00:00-03:30:15",
            "2026-03-31 12:00:00 UTC",
            "0044-03-15 12:00:00+00 BC",
        ] {
            assert_eq!(json(text, Scalar::Timestamptz), None, "{text}");
        }
    }
}
