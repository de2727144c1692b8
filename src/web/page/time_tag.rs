//! Points in time, as pages write them: `<time>` elements in UTC. `static/page/times.js` shows them in the reader's time
//! zone and updates ages, for which it gets them in seconds.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::Timestamp;

/// `2026-11-22 06:30 UTC`
pub struct At(Timestamp);

/// `3 minutes ago`, with the moment itself as its title.
pub struct Ago {
    at: Timestamp,
    now: Timestamp,
}

/// For templates.
pub fn at(moment: &Timestamp) -> At {
    At(*moment)
}

/// For templates.
pub fn ago(moment: &Timestamp) -> Ago {
    Ago {
        at: *moment,
        now: Timestamp::now(),
    }
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (datetime, minute) = (datetime(self.0), minute(self.0));
        write!(formatter, r#"<time datetime="{datetime}">{minute}</time>"#)
    }
}

impl HtmlSafe for At {}

impl fmt::Display for Ago {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (datetime, minute, text) = (datetime(self.at), minute(self.at), self.text());
        let age = self.now.duration_since(self.at).as_secs().max(0);
        write!(
            formatter,
            r#"<time datetime="{datetime}" title="{minute}" data-age="{age}">{text}</time>"#
        )
    }
}

impl HtmlSafe for Ago {}

impl Ago {
    /// `3 minutes ago`; after a month the date, which is more useful then.
    pub fn text(&self) -> String {
        let minutes = self.now.duration_since(self.at).as_mins();
        match minutes {
            ..1 => "just now".to_owned(),
            1..60 => count(minutes, "minute"),
            60..1_440 => count(minutes / 60, "hour"),
            1_440..43_200 => count(minutes / 1_440, "day"),
            43_200.. => self.at.strftime("%Y-%m-%d").to_string(),
        }
    }
}

fn count(number: i64, unit: &str) -> String {
    match number {
        1 => format!("1 {unit} ago"),
        number => format!("{number} {unit}s ago"),
    }
}

fn minute(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn datetime(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_shows_its_minute_and_carries_its_second() {
        let moment: Timestamp = "2026-11-22T06:30:59.987654Z".parse().unwrap();
        assert_eq!(
            at(&moment).to_string(),
            r#"<time datetime="2026-11-22T06:30:59Z">2026-11-22 06:30 UTC</time>"#
        );
    }

    #[test]
    fn an_age_is_written_as_people_say_it() {
        let at: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        for (now, text) in [
            ("2026-01-31T11:00:00Z", "just now"),
            ("2026-01-31T12:00:59Z", "just now"),
            ("2026-01-31T12:01:00Z", "1 minute ago"),
            ("2026-01-31T12:59:59Z", "59 minutes ago"),
            ("2026-01-31T13:00:00Z", "1 hour ago"),
            ("2026-02-01T11:59:59Z", "23 hours ago"),
            ("2026-02-01T12:00:00Z", "1 day ago"),
            ("2026-03-02T11:59:59Z", "29 days ago"),
            ("2026-03-02T12:00:00Z", "2026-01-31"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            let ago = Ago { at, now };
            let age = now.duration_since(at).as_secs().max(0);
            assert_eq!(
                ago.to_string(),
                format!(
                    r#"<time datetime="2026-01-31T12:00:00Z" title="2026-01-31 12:00 UTC" data-age="{age}">{text}</time>"#
                ),
                "{now}"
            );
        }
    }
}
