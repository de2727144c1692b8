//! A clip's maximum age as people write it: a number and a unit.

use std::fmt;

/// How old a result may be to be returned without a new run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxAge {
    pub number: i32,
    pub unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Minutes,
    Hours,
}

impl Unit {
    pub const ALL: [Self; 3] = [Self::Seconds, Self::Minutes, Self::Hours];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == text)
    }

    fn seconds(self) -> i32 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3_600,
        }
    }
}

impl MaxAge {
    /// In the largest unit of which it is a whole number.
    pub fn from_seconds(seconds: i32) -> Self {
        let mut units = Unit::ALL.into_iter().rev();
        let unit = units.find(|unit| seconds % unit.seconds() == 0);
        let unit = unit.unwrap_or(Unit::Seconds);
        Self {
            number: seconds / unit.seconds(),
            unit,
        }
    }

    /// `None` if it is not positive, or longer than an `i32` can hold: 68 years.
    pub fn seconds(self) -> Option<i32> {
        let seconds = self.number.checked_mul(self.unit.seconds())?;
        (seconds > 0).then_some(seconds)
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.as_str();
        match self.number {
            1 => write!(formatter, "1 {}", unit.trim_end_matches('s')),
            number => write!(formatter, "{number} {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_shown_in_the_largest_unit_that_fits() {
        for (seconds, words) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (60, "1 minute"),
            (300, "5 minutes"),
            (3_600, "1 hour"),
            (86_400, "24 hours"),
            (i32::MAX, "2147483647 seconds"),
        ] {
            let max_age = MaxAge::from_seconds(seconds);
            assert_eq!(max_age.to_string(), words);
            assert_eq!(max_age.seconds(), Some(seconds));
        }
    }

    #[test]
    fn zero_negative_and_too_much_are_not_ages() {
        for (number, unit) in [
            (0, Unit::Hours),
            (-1, Unit::Seconds),
            (i32::MAX, Unit::Minutes),
        ] {
            assert_eq!(MaxAge { number, unit }.seconds(), None);
        }
    }
}
