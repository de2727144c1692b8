//! Numbers of any length, compared digit by digit: no value is converted to a float.

use super::is_digits;

// In PostgreSQL's order: NaN is equal to itself and greater than everything else.
const NEGATIVE_INFINITY: u8 = 0;
const NEGATIVE: u8 = 1;
const ZERO: u8 = 2;
const POSITIVE: u8 = 3;
const INFINITY: u8 = 4;
const NAN: u8 = 5;

/// `-12.50`, `1e+20`, `Infinity`. PostgreSQL prints as many digits of a float as distinguish it, so that its text can be
/// compared exactly.
pub(super) fn write(text: &str, key: &mut Vec<u8>) -> Option<()> {
    let special = match text {
        "NaN" => Some(NAN),
        "Infinity" => Some(INFINITY),
        "-Infinity" => Some(NEGATIVE_INFINITY),
        _ => None,
    };
    if let Some(special) = special {
        key.push(special);
        return Some(());
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let magnitude = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
    (is_digits(whole) && is_digits(fraction)).then_some(())?;
    write_finite(
        mantissa.starts_with('-'),
        whole,
        fraction,
        exponent.into(),
        key,
    );
    Some(())
}

/// Each locale prints amounts differently, but a column has only one locale: the digits are the amount in its smallest
/// unit.
pub(super) fn write_money(text: &str, key: &mut Vec<u8>) -> Option<()> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(())?;
    write_finite(text.contains(['-', '−', '(']), &digits, "", 0, key);
    Some(())
}

/// 0.`digits` × 10^`places`, without leading or trailing zeros: first the places, then the digits. For a negative
/// number, all bytes are inverted.
fn write_finite(is_negative: bool, whole: &str, fraction: &str, exponent: i64, key: &mut Vec<u8>) {
    let digits = || whole.bytes().chain(fraction.bytes());
    let zeros = digits().take_while(|digit| *digit == b'0').count();
    let end = digits().count() - digits().rev().take_while(|digit| *digit == b'0').count();
    if end == 0 {
        key.push(ZERO);
        return;
    }
    let places = whole.len() as i64 - zeros as i64 + exponent;
    let magnitude = (places ^ i64::MIN).to_be_bytes().into_iter();
    let magnitude = magnitude
        .chain(digits().take(end).skip(zeros))
        .chain([0_u8]);
    match is_negative {
        true => {
            key.push(NEGATIVE);
            key.extend(magnitude.map(|byte| !byte));
        }
        false => {
            key.push(POSITIVE);
            key.extend(magnitude);
        }
    }
}
