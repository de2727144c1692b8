//! Byte ranges of a response's body: RFC 9110, section 14. They count encoded bytes, since each content coding has its
//! own strong ETag.

use std::ops::Range;

use axum::http::header::{IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue};
use http_range_header::{
    EndPosition, RangeUnsatisfiableError, StartPosition, SyntacticallyCorrectRange,
    parse_range_header,
};

use super::etag::ETag;

/// Which part of a body is requested.
#[derive(Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Part(Range<u64>),
    /// A range that lies outside the body.
    Outside,
}

impl Extent {
    /// What is requested of a body with `bytes` bytes. An invalid range, or several ranges, request the whole body.
    pub fn requested(request: &HeaderMap, etag: &ETag, bytes: u64) -> Self {
        let mut values = request.get_all(RANGE).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Self::Whole;
        };
        let is_of_these_bytes = match request.get(IF_RANGE) {
            None => true,
            // Only a strong tag promises equal bytes; a date never does.
            Some(tag) => *tag == etag.header(),
        };
        match value.to_str().map(parse_range_header) {
            Ok(_) if !is_of_these_bytes => Self::Whole,
            Ok(Ok(ranges)) => match ranges.ranges[..] {
                [range] => Self::from_range(range, bytes),
                _ => Self::Whole,
            },
            Ok(Err(RangeUnsatisfiableError::ZeroSuffix)) => Self::Outside,
            Ok(Err(_)) | Err(_) => Self::Whole,
        }
    }

    /// Whether a request goes on with bytes that the client had before, without saying of which body.
    pub fn continues_blindly(request: &HeaderMap) -> bool {
        Self::continues(request) && !request.contains_key(IF_RANGE)
    }

    /// Whether a request goes on with bytes that the client had before.
    pub fn continues(request: &HeaderMap) -> bool {
        let range = request.get(RANGE).and_then(|range| range.to_str().ok());
        let first = range.and_then(|range| match parse_range_header(range).ok()?.ranges[..] {
            [
                SyntacticallyCorrectRange {
                    start: StartPosition::Index(first),
                    ..
                },
            ] => Some(first),
            _ => None,
        });
        first.is_some_and(|first| first > 0)
    }

    fn from_range(range: SyntacticallyCorrectRange, bytes: u64) -> Self {
        let first = match range.start {
            StartPosition::Index(first) => first,
            StartPosition::FromLast(length) => bytes.saturating_sub(length),
        };
        let end = match range.end {
            // Backwards: not a valid range.
            EndPosition::Index(last) if last < first => return Self::Whole,
            EndPosition::Index(last) => bytes.min(last.saturating_add(1)),
            EndPosition::LastByte => bytes,
        };
        match first < end {
            true => Self::Part(first..end),
            false => Self::Outside,
        }
    }
}

/// `Content-Range` of a part of a body that has `bytes` bytes in all.
pub fn part(part: &Range<u64>, bytes: u64) -> HeaderValue {
    let (first, end) = (part.start, part.end);
    content_range(&format!("bytes {first}-{}/{bytes}", end.saturating_sub(1)))
}

/// `Content-Range` where the range lies outside a body that has `bytes` bytes.
pub fn outside(bytes: u64) -> HeaderValue {
    content_range(&format!("bytes */{bytes}"))
}

fn content_range(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digits and signs are a valid header")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn request(headers: &[(HeaderName, &str)]) -> HeaderMap {
        let headers = headers.iter();
        headers
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn a_single_range_is_a_part_and_everything_else_is_the_whole_or_outside() {
        for (range, extent) in [
            ("bytes=0-0", Extent::Part(0..1)),
            ("bytes=2-5", Extent::Part(2..6)),
            ("bytes=2-", Extent::Part(2..10)),
            ("bytes=9-9", Extent::Part(9..10)),
            ("bytes=0-9", Extent::Part(0..10)),
            ("bytes=5-1000", Extent::Part(5..10)),
            ("bytes=5-18446744073709551615", Extent::Part(5..10)),
            ("bytes=-3", Extent::Part(7..10)),
            ("bytes=-10", Extent::Part(0..10)),
            ("bytes=-1000", Extent::Part(0..10)),
            ("bytes=10-", Extent::Outside),
            ("bytes=10-11", Extent::Outside),
            ("bytes=-0", Extent::Outside),
            ("bytes=0-1,3-4", Extent::Whole),
            ("bytes=0-1, 0-1", Extent::Whole),
            ("bytes=5-4", Extent::Whole),
            ("bytes=", Extent::Whole),
            ("bytes=-", Extent::Whole),
            ("bytes=a-b", Extent::Whole),
            ("bytes=1", Extent::Whole),
            ("bytes=0-18446744073709551616", Extent::Whole),
            ("rows=0-1", Extent::Whole),
            ("0-1", Extent::Whole),
            ("", Extent::Whole),
        ] {
            let request = request(&[(RANGE, range)]);
            let requested = Extent::requested(&request, &ETag::for_tests("a"), 10);
            assert_eq!(requested, extent, "{range:?}");
        }
        let none = Extent::requested(&HeaderMap::new(), &ETag::for_tests("a"), 10);
        assert_eq!(none, Extent::Whole);
        let two = request(&[(RANGE, "bytes=0-1"), (RANGE, "bytes=2-3")]);
        assert_eq!(
            Extent::requested(&two, &ETag::for_tests("a"), 10),
            Extent::Whole
        );
    }

    #[test]
    fn every_range_is_outside_an_empty_body() {
        for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            let requested =
                Extent::requested(&request(&[(RANGE, range)]), &ETag::for_tests("a"), 0);
            assert_eq!(requested, Extent::Outside, "{range}");
        }
    }

    #[test]
    fn a_range_with_another_etag_is_the_whole() {
        for (if_range, extent) in [
            ("\"a\"", Extent::Part(0..2)),
            ("\"b\"", Extent::Whole),
            ("W/\"a\"", Extent::Whole),
            ("a", Extent::Whole),
            ("\"a\", \"b\"", Extent::Whole),
            ("*", Extent::Whole),
            ("Tue, 31 Mar 2026 12:00:00 GMT", Extent::Whole),
        ] {
            for range in ["bytes=0-1", "bytes=-0"] {
                let request = request(&[(RANGE, range), (IF_RANGE, if_range)]);
                let requested = Extent::requested(&request, &ETag::for_tests("a"), 10);
                let expected = match (range, &extent) {
                    ("bytes=-0", Extent::Part(_)) => &Extent::Outside,
                    (_, extent) => extent,
                };
                assert_eq!(requested, *expected, "{if_range} {range}");
            }
        }
    }
}
