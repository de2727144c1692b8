//! From which server of a database with followers a result came.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Stored as JSON beside results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFrom {
    /// By name; `None`: the primary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follower: Option<String>,
    /// The write-ahead log up to here has everything that the result shows. `None` if the server does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// How many bytes of the primary's write-ahead log the follower lacked when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind_bytes: Option<u64>,
    /// The data has everything up to here, according to the last answer of the server before the run began.
    #[serde(skip)]
    pub complete_to: Option<Position>,
}

/// A place in the write-ahead log, in bytes: `16/B374D848`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Position(u64);

/// Of a page of the write-ahead log, as PostgreSQL is compiled nearly everywhere.
const PAGE: u64 = 8_192;
/// Of a page's header, and of that of a segment's first page.
const HEADERS: [u64; 2] = [24, 40];

impl Position {
    pub fn parse(text: &str) -> Option<Self> {
        let (high, low) = text.split_once('/')?;
        let high = u32::from_str_radix(high, 16).ok()?;
        let low = u32::from_str_radix(low, 16).ok()?;
        Some(Self((u64::from(high) << 32) | u64::from(low)))
    }

    /// If the last record ended at the end of a page, the next one is inserted after the next page's header; this is the end itself.
    pub fn end_of_last_record(self) -> Self {
        let in_page = self.0 % PAGE;
        match HEADERS.contains(&in_page) {
            true => Self(self.0 - in_page),
            false => self,
        }
    }

    /// How many bytes it is behind the other one; 0 if it is not.
    pub fn behind(self, other: Self) -> u64 {
        other.0.saturating_sub(self.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.to_string()
    }
}

impl TryFrom<String> for Position {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a place in the write-ahead log is written 16/B374D848")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_written_and_compared_as_postgresql_does() {
        let at = |text: &str| Position::parse(text).unwrap();
        assert_eq!(at("16/B374D848").to_string(), "16/B374D848");
        assert_eq!(at("0/0").to_string(), "0/0");
        assert_eq!(at("0/FFFFFFFF").behind(at("1/10")), 17);
        assert_eq!(at("1/10").behind(at("0/FFFFFFFF")), 0);
        assert!(at("9/0") < at("A/0") && at("A/0") < at("10/0"));
        for unreadable in ["", "0", "0/", "/0", "x/0", "0/0/0", "100000000/0", "-1/0"] {
            assert_eq!(Position::parse(unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn a_page_header_is_no_record() {
        for (inserted, ended) in [
            ("0/3002018", "0/3002000"),
            ("0/3000028", "0/3000000"),
            ("0/3002000", "0/3002000"),
            ("0/3002019", "0/3002019"),
            ("0/30020A0", "0/30020A0"),
        ] {
            let position = Position::parse(inserted).unwrap().end_of_last_record();
            assert_eq!(position.to_string(), ended);
        }
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let stored = r#"{"follower":"east","position":"0/3000148","behind_bytes":12}"#;
        let read: ReadFrom = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        let primary: ReadFrom = serde_json::from_str("{}").unwrap();
        assert_eq!(primary.follower, None);
        assert!(serde_json::from_str::<ReadFrom>(r#"{"position":"x"}"#).is_err());
    }
}
