//! Numbers of any length, compared digit by digit: no value is converted to a float.

use std::cmp::Reverse;

use super::is_digits;

/// In PostgreSQL's order: NaN is equal to itself and greater than everything else.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::result) enum Number {
    NegativeInfinity,
    Negative(Reverse<Magnitude>),
    Zero,
    Positive(Magnitude),
    Infinity,
    NaN,
}

/// 0.`digits` × 10^`places`, without leading or trailing zeros.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::result) struct Magnitude {
    places: i64,
    digits: Box<[u8]>,
}

impl Number {
    /// `-12.50`, `1e+20`, `Infinity`. PostgreSQL prints as many digits of a float as distinguish it, so that its text
    /// can be compared exactly.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "NaN" => return Some(Self::NaN),
            "Infinity" => return Some(Self::Infinity),
            "-Infinity" => return Some(Self::NegativeInfinity),
            _ => {}
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let magnitude = mantissa.strip_prefix('-').unwrap_or(mantissa);
        let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
        (is_digits(whole) && is_digits(fraction)).then_some(())?;
        let number = Magnitude::new(whole, fraction, exponent.into());
        Some(Self::signed(number, mantissa.starts_with('-')))
    }

    /// Each locale prints amounts differently, but a column has only one locale: the digits are the amount in its
    /// smallest unit.
    pub(super) fn parse_money(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(())?;
        let number = Magnitude::new(&digits, "", 0);
        Some(Self::signed(number, text.contains(['-', '−', '('])))
    }

    fn signed(magnitude: Magnitude, is_negative: bool) -> Self {
        if magnitude.digits.is_empty() {
            Self::Zero
        } else if is_negative {
            Self::Negative(Reverse(magnitude))
        } else {
            Self::Positive(magnitude)
        }
    }
}

impl Magnitude {
    fn new(whole: &str, fraction: &str, exponent: i64) -> Self {
        let digits = [whole, fraction].concat();
        let from_first = digits.trim_start_matches('0');
        let zeros = digits.len() - from_first.len();
        Self {
            places: whole.len() as i64 - zeros as i64 + exponent,
            digits: from_first.trim_end_matches('0').as_bytes().into(),
        }
    }
}
