//! Sums of decimal numbers of any length, and their averages: nothing passes through a float.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};

/// The most decimals that PostgreSQL's numbers have. With as many zeros before the point, its floats fit too.
const SCALE_MAX: u64 = 16_383;

/// A sum of finite numbers: one for each number of decimals, so that a number with many of them makes only its own addition long.
#[derive(Default)]
pub(super) struct Sum(BTreeMap<i64, BigInt>);

/// A sum with as many decimals as the number that had the most.
pub(super) struct Total(BigDecimal);

impl Sum {
    /// `-12.50`, `1e+20`. `None`, and nothing is added, if this is not a finite number.
    pub(super) fn add(&mut self, text: &str) -> Option<()> {
        let (digits, scale) = text.parse::<BigDecimal>().ok()?.into_bigint_and_exponent();
        (scale.unsigned_abs() <= SCALE_MAX).then_some(())?;
        *self.0.entry(scale).or_default() += digits;
        Some(())
    }

    pub(super) fn finish(self) -> Total {
        let scale = self.0.keys().next_back().map_or(0, |scale| *scale.max(&0));
        let sums = self.0.into_iter();
        let sum: BigDecimal = sums.map(|(scale, sum)| BigDecimal::new(sum, scale)).sum();
        Total(sum.with_scale(scale))
    }
}

impl Total {
    pub(super) fn text(&self) -> String {
        self.0.to_plain_string()
    }

    /// A `count`-th of the total, with this many decimals more and without zeros at its end, and whether it is rounded (half away
    /// from zero). The library's own division ends after 100 digits.
    pub(super) fn divided(&self, count: u64, decimals_more: i64) -> (String, bool) {
        let scale = self.0.fractional_digit_count() + decimals_more;
        let (digits, _) = self.0.with_scale(scale).into_bigint_and_exponent();
        let count = BigInt::from(count.max(1));
        let is_rounded = &digits % &count != BigInt::ZERO;
        let half = match digits.sign() {
            Sign::Minus => -&count,
            _ => count.clone(),
        };
        let quotient = BigDecimal::new((digits * 2 + half) / (count * 2), scale);
        (quotient.normalized().to_plain_string(), is_rounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(texts: &[&str]) -> Total {
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
            (&["0.00", "5"], "5.00"),
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
            "",
            "-",
            "x",
            "NaN",
            "Infinity",
            "1e",
            "0x1",
            "٣",
            "1 2",
            "--1",
            "1e+16384",
            "1e-16384",
            "1e+99999999999999999999",
        ] {
            assert!(Sum::default().add(text).is_none(), "{text}");
        }
    }
}
