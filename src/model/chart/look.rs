//! How a chart looks, apart from what it draws: scale, goal, titles of the axes, format of their numbers.

use serde::{Deserialize, Serialize};

use super::{ChartKind, Stacking};
use crate::error::Error;

/// Digits on either side of a goal's decimal point.
const GOAL_DIGITS_MAX: usize = 30;
const DECIMALS_MAX: u8 = 10;
const TITLE_CHARACTERS_MAX: usize = 100;

/// What is left out of the stored form is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChartLook {
    /// Whether the area below each line is filled.
    #[serde(skip_serializing_if = "is_default")]
    pub area: bool,
    /// Whether a stack is always 100 % high.
    #[serde(skip_serializing_if = "is_default")]
    pub share: bool,
    /// Whether the scale of the values is logarithmic.
    #[serde(skip_serializing_if = "is_default")]
    pub log: bool,
    /// Where a line is drawn across the chart: a decimal number, exactly as it was typed.
    #[serde(skip_serializing_if = "is_default")]
    pub goal: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub numbers: NumberFormat,
    /// Decimal places of the numbers on the axis; `None`: as many as they need.
    #[serde(skip_serializing_if = "is_default")]
    pub decimals: Option<u8>,
    /// `None`: the column's name.
    #[serde(skip_serializing_if = "is_default")]
    pub x_title: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub y_title: Option<String>,
}

/// How the numbers on the axis of the values are written. Values that are pointed at keep the query's own text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberFormat {
    /// 1,234,567
    #[default]
    Grouped,
    /// 1234567
    Plain,
    /// 1.2M
    Compact,
    /// 12 %, for 0.12
    Percent,
}

impl NumberFormat {
    pub const ALL: [Self; 4] = [Self::Grouped, Self::Plain, Self::Compact, Self::Percent];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grouped => "grouped",
            Self::Plain => "plain",
            Self::Compact => "compact",
            Self::Percent => "percent",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}

impl ChartLook {
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Without what a chart of this kind does not use.
    pub fn suited_to(self, kind: ChartKind, stacking: Stacking) -> Self {
        if kind == ChartKind::Figure {
            return Self::default();
        }
        Self {
            area: self.area && kind == ChartKind::Line,
            share: self.share && stacking.is_stacked(),
            ..self
        }
    }

    /// Fails if this look cannot be drawn.
    pub fn check(&self, stacking: Stacking) -> Result<(), Error> {
        if self.log && stacking.is_stacked() {
            return Err(Error::invalid(
                "log",
                "A stacked chart cannot have a logarithmic scale. Choose one of the two.",
            ));
        }
        if self.goal.as_deref().is_some_and(|goal| !is_decimal(goal)) {
            return Err(Error::invalid(
                "goal",
                "Give the goal as a number, such as 1000 or -2.5.",
            ));
        }
        if self
            .decimals
            .is_some_and(|decimals| decimals > DECIMALS_MAX)
        {
            return Err(Error::invalid(
                "decimals",
                format!("Give a number of decimals from 0 to {DECIMALS_MAX}."),
            ));
        }
        for (field, title) in [("x_title", &self.x_title), ("y_title", &self.y_title)] {
            let characters = title.as_ref().map(|title| title.chars().count());
            if characters.is_some_and(|count| !(1..=TITLE_CHARACTERS_MAX).contains(&count)) {
                return Err(Error::invalid(
                    field,
                    format!("Give a title of at most {TITLE_CHARACTERS_MAX} characters."),
                ));
            }
        }
        Ok(())
    }
}

/// `-12.50`
fn is_decimal(text: &str) -> bool {
    let is_digits = |text: &str| {
        (1..=GOAL_DIGITS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(unsigned),
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_a_decimal_number() {
        for (text, is_goal) in [
            ("0", true),
            ("-12.50", true),
            ("1000000000000000000000.5", true),
            ("", false),
            ("-", false),
            (".5", false),
            ("5.", false),
            ("1e3", false),
            ("1,000", false),
            ("NaN", false),
        ] {
            assert_eq!(is_decimal(text), is_goal, "{text}");
        }
    }

    #[test]
    fn the_stored_form_has_only_what_was_chosen() {
        let look = ChartLook {
            goal: Some("10.0".to_owned()),
            numbers: NumberFormat::Compact,
            ..ChartLook::default()
        };
        let stored = serde_json::to_string(&look).unwrap();
        assert_eq!(stored, r#"{"goal":"10.0","numbers":"compact"}"#);
        assert_eq!(serde_json::from_str::<ChartLook>(&stored).unwrap(), look);
        assert_eq!(serde_json::to_string(&ChartLook::default()).unwrap(), "{}");
    }
}
