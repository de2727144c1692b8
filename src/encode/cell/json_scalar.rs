//! One value that is not an array, as JSON. Numbers and nested JSON are copied, never parsed, so no digit is lost.

use std::io;

use super::conversion;
use super::ewkb::Ewkb;
use super::geo_json::GeoJson;
use super::hstore::Hstore;
use super::json_string::write_string;
use super::moment::Moment;
use super::value::{Scalar, boolean, boolean_word};

/// Text that is not valid for its type is written as a string, as PostgreSQL printed it.
pub(in crate::encode) fn write_scalar(
    text: &str,
    scalar: Scalar,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    match scalar {
        Scalar::Boolean if boolean(text).is_some() => {
            out.extend_from_slice(boolean_word(text).as_bytes());
        }
        Scalar::Integer | Scalar::Numeric | Scalar::Float if is_number(text) => {
            out.extend_from_slice(text.as_bytes());
        }
        Scalar::Json => out.extend_from_slice(text.as_bytes()),
        Scalar::Timestamp | Scalar::Timestamptz => match Moment::parse(text, scalar) {
            Some(moment) => moment.write_json(out),
            None => write_string(text, out)?,
        },
        Scalar::Geometry => conversion::write(text, Ewkb::new(GeoJson), out)?,
        Scalar::Hstore => conversion::write(text, Hstore::new(), out)?,
        Scalar::Boolean
        | Scalar::Integer
        | Scalar::Numeric
        | Scalar::Float
        | Scalar::Money
        | Scalar::Date
        | Scalar::Text => write_string(text, out)?,
    }
    Ok(())
}

/// Whether the text is a JSON number (RFC 8259, section 6).
fn is_number(text: &str) -> bool {
    let text = text.as_bytes();
    let (whole, rest) = split_digits(text.strip_prefix(b"-").unwrap_or(text));
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => split_digits(rest),
        _ => (whole, rest),
    };
    let (exponent, rest) = match rest {
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => split_digits(rest),
        _ => (whole, rest),
    };
    let is_there = |digits: &[u8]| !digits.is_empty();
    is_there(whole)
        && is_there(fraction)
        && is_there(exponent)
        && rest.is_empty()
        && (whole == b"0" || whole[0] != b'0')
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_json_accepts_as_one() {
        let numbers = "0 -0 7 -12 10.50 0.000 1e+20 1E5 -1.5e-300 1e05";
        let others = "- +1 01 -01 .5 5. 1e 1e+ e5 NaN Infinity 0x1 1.2.3 --1 1e5e5 1,5 ٣";
        for text in numbers
            .split(' ')
            .chain(others.split(' '))
            .chain(["", " 1", "1 "])
        {
            let expected = serde_json::from_str::<&serde_json::value::RawValue>(text)
                .is_ok_and(|raw| raw.get() == text && text.trim() == text);
            assert_eq!(is_number(text), expected, "{text:?}");
        }
    }
}
