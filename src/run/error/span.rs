//! A limit of time, as people say it in a sentence.

use std::fmt;
use std::time::Duration;

/// Prints as `90 seconds`, `1 minute`, `500 milliseconds`.
pub(in crate::run) struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        match (milliseconds % 60_000, milliseconds % 1_000) {
            (0, _) if milliseconds == 60_000 => formatter.write_str("1 minute"),
            (0, _) if milliseconds > 0 => write!(formatter, "{} minutes", milliseconds / 60_000),
            (_, 0) if milliseconds == 1_000 => formatter.write_str("1 second"),
            (_, 0) => write!(formatter, "{} seconds", milliseconds / 1_000),
            _ => write!(formatter, "{milliseconds} milliseconds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_reads_as_people_say_it() {
        let say = |milliseconds| Span(Duration::from_millis(milliseconds)).to_string();
        assert_eq!(say(500), "500 milliseconds");
        assert_eq!(say(1_000), "1 second");
        assert_eq!(say(90_000), "90 seconds");
        assert_eq!(say(60_000), "1 minute");
        assert_eq!(say(600_000), "10 minutes");
    }
}
