//! How long a new token or link works, as forms offer it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::error::Error;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Expiry {
    #[serde(rename = "30-days")]
    Month,
    #[default]
    #[serde(rename = "90-days")]
    Quarter,
    #[serde(rename = "1-year")]
    Year,
    #[serde(rename = "never")]
    Endless,
}

impl Expiry {
    pub const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::Year, Self::Endless];

    pub fn value(self) -> &'static str {
        match self {
            Self::Month => "30-days",
            Self::Quarter => "90-days",
            Self::Year => "1-year",
            Self::Endless => "never",
        }
    }

    /// As a form sends it.
    pub fn parse(value: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|offered| offered.value() == value);
        found.ok_or_else(|| {
            Error::BadRequest("Choose from the list when it expires, and send it again.".to_owned())
        })
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Month => "in 30 days",
            Self::Quarter => "in 90 days",
            Self::Year => "in 1 year",
            Self::Endless => "never",
        }
    }

    /// `None`: it never expires.
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self {
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
            Self::Endless => return None,
        };
        Some(
            now.saturating_add(SignedDuration::from_hours(24 * days))
                .unwrap_or(Timestamp::MAX),
        )
    }
}
