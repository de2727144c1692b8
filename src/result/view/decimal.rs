//! Sums of decimal numbers of any length, digit by digit: nothing passes through a float.

use super::order::is_digits;

/// Nine decimal digits in each limb.
const DIGITS: usize = 9;
const BASE: i64 = 1_000_000_000;
/// PostgreSQL's floats have exponents of at most three digits.
const EXPONENT_MAX: usize = 400;

/// A sum of finite numbers. Limbs are only added up; they are carried at the end, so that each addition takes as long as its number.
/// There is room for 9 × 10⁹ additions.
#[derive(Default)]
pub(super) struct Sum {
    /// Before the decimal point, from the lowest limb up.
    whole: Vec<i64>,
    /// After it, from the highest limb down.
    part: Vec<i64>,
    /// The most decimals that a number had.
    scale: usize,
}

/// An integer without its sign, as decimal digits, and the number of them that are decimals.
pub(super) struct Digits {
    is_negative: bool,
    digits: String,
    scale: usize,
}

impl Sum {
    /// `-12.50`, `1e+20`. `None`, and nothing is added, if this is not a finite number.
    pub(super) fn add(&mut self, text: &str) -> Option<()> {
        let (is_negative, whole, part) = parts(text)?;
        let sign = if is_negative { -1 } else { 1 };
        self.scale = self.scale.max(part.len());
        let whole = whole.as_bytes().rchunks(DIGITS);
        add_limbs(&mut self.whole, whole.map(|limb| sign * number(limb)));
        let part = part.as_bytes().chunks(DIGITS);
        let filled = part.map(|limb| {
            let zeros = (DIGITS - limb.len()) as u32;
            sign * number(limb) * 10_i64.pow(zeros)
        });
        add_limbs(&mut self.part, filled);
        Some(())
    }

    pub(super) fn finish(self) -> Digits {
        let places = self.part.len();
        let mut limbs: Vec<i64> = self.part.into_iter().rev().chain(self.whole).collect();
        let is_negative = carry(&mut limbs) < 0;
        if is_negative {
            limbs.iter_mut().for_each(|limb| *limb = -*limb);
            carry(&mut limbs);
        }
        let mut digits: String = limbs
            .iter()
            .rev()
            .map(|limb| format!("{limb:09}"))
            .collect();
        // The last limb may be longer than the numbers were.
        digits.truncate(digits.len() - (places * DIGITS - self.scale));
        Digits {
            is_negative,
            digits,
            scale: self.scale,
        }
    }
}

impl Digits {
    pub(super) fn text(&self) -> String {
        let zeros = (self.scale + 1).saturating_sub(self.digits.len());
        let digits = "0".repeat(zeros) + &self.digits;
        let (whole, part) = digits.split_at(digits.len() - self.scale);
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        let is_zero = digits.bytes().all(|digit| digit == b'0');
        let sign = if self.is_negative && !is_zero {
            "-"
        } else {
            ""
        };
        match part {
            "" => format!("{sign}{whole}"),
            part => format!("{sign}{whole}.{part}"),
        }
    }

    /// A `count`-th of the number, with this many decimals more and without zeros at its end, and whether it is rounded (half away
    /// from zero).
    pub(super) fn divided(&self, count: u64, decimals_more: usize) -> (String, bool) {
        let count = u128::from(count.max(1));
        let mut rest = 0;
        let zeros = std::iter::repeat_n(b'0', decimals_more);
        let mut quotient: Vec<u8> = vec![b'0'];
        for digit in self.digits.bytes().chain(zeros) {
            rest = rest * 10 + u128::from(digit - b'0');
            // A rest is below the count, so that this is a single digit.
            quotient.push(b'0' + (rest / count) as u8);
            rest %= count;
        }
        if rest * 2 >= count {
            increment(&mut quotient);
        }
        let digits = quotient.into_iter().map(char::from).collect();
        let scale = self.scale + decimals_more;
        let text = Self {
            is_negative: self.is_negative,
            digits,
            scale,
        }
        .text();
        let text = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        };
        (if text == "-0" { "0".to_owned() } else { text }, rest != 0)
    }
}

/// Sign, and the digits before and after the decimal point, without an exponent.
fn parts(text: &str) -> Option<(bool, String, String)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let magnitude = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, part) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let is_number = is_digits(whole) && (part.is_empty() || is_digits(part));
    let places = exponent.unsigned_abs() as usize;
    (is_number && !magnitude.ends_with('.') && places <= EXPONENT_MAX).then_some(())?;
    let (whole, part) = match exponent {
        0 => (whole.to_owned(), part.to_owned()),
        1.. => {
            let part = format!("{part:0<places$}");
            (
                whole.to_owned() + &part[..places],
                part[places..].to_owned(),
            )
        }
        _ => {
            let whole = format!("{whole:0>places$}");
            let end = whole.len() - places;
            (
                format!("0{}", &whole[..end]),
                whole[end..].to_owned() + part,
            )
        }
    };
    Some((mantissa.starts_with('-'), whole, part))
}

fn number(digits: &[u8]) -> i64 {
    let digits = digits.iter().map(|digit| i64::from(digit - b'0'));
    digits.fold(0, |number, digit| number * 10 + digit)
}

fn add_limbs(sum: &mut Vec<i64>, limbs: impl Iterator<Item = i64>) {
    for (index, limb) in limbs.enumerate() {
        match sum.get_mut(index) {
            Some(sum) => *sum += limb,
            None => sum.push(limb),
        }
    }
}

/// Leaves nine digits in each limb, from the lowest up, and the rest, with the sign of the number, in one more. Returns that rest.
fn carry(limbs: &mut Vec<i64>) -> i64 {
    let mut rest = 0;
    for limb in limbs.iter_mut() {
        let sum = *limb + rest;
        *limb = sum.rem_euclid(BASE);
        rest = sum.div_euclid(BASE);
    }
    limbs.push(rest);
    rest
}

fn increment(digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(texts: &[&str]) -> Digits {
        let mut sum = Sum::default();
        for text in texts {
            sum.add(text).unwrap();
        }
        sum.finish()
    }

    #[test]
    fn sums_are_exact() {
        let long = "9".repeat(40);
        for (texts, expected) in [
            (&["0.10", "0.2"][..], "0.30"),
            (
                &["0.10", "0.20", "-1.05", "99999999999999999999.95"],
                "99999999999999999999.20",
            ),
            (&["9007199254740993", "1"], "9007199254740994"),
            (&["1", "-1.000000001"], "-0.000000001"),
            (&["-1000000000", "1"], "-999999999"),
            (&["-0.5", "0.5"], "0.0"),
            (
                &["999999999.999999999", "0.000000001"],
                "1000000000.000000000",
            ),
            (&["1e+20", "1"], "100000000000000000001"),
            (&["1.5e-07", "-2.25e+01"], "-22.49999985"),
            (&["12.345e+02"], "1234.5"),
            (&["-0"], "0"),
            (&[&long, "1"], &format!("1{}", "0".repeat(40))),
            (&["1e-400"], &format!("0.{}1", "0".repeat(399))),
        ] {
            assert_eq!(sum(texts).text(), expected, "{texts:?}");
        }
    }

    #[test]
    fn averages_are_exact_or_rounded() {
        for (texts, count, expected) in [
            (&["10"][..], 4, ("2.5", false)),
            (&["10"], 3, ("3.333333", true)),
            (&["20"], 3, ("6.666667", true)),
            (&["-20"], 3, ("-6.666667", true)),
            (&["0.30"], 2, ("0.15", false)),
            (&["300"], 1, ("300", false)),
            (&["0"], 7, ("0", false)),
            (&["-1"], 10_000_000, ("0", true)),
            (&["99999999"], 3, ("33333333", false)),
            (&["5.9999999"], 6, ("0.9999999833333", true)),
            (
                &["59999999999999999999"],
                6,
                ("9999999999999999999.833333", true),
            ),
        ] {
            let (text, is_rounded) = sum(texts).divided(count, 6);
            assert_eq!((text.as_str(), is_rounded), expected, "{texts:?} / {count}");
        }
    }

    #[test]
    fn what_is_not_a_finite_number_is_not_added() {
        for text in [
            "", "-", "x", "1.", ".5", "NaN", "Infinity", "1e", "1e+401", "0x1", "٣", "1 2", "--1",
        ] {
            assert!(Sum::default().add(text).is_none(), "{text}");
        }
    }
}
