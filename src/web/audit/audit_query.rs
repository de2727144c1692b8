//! Which entries a request looks for: `?from=2026-11-01&who=ada&what=clip`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Error;
use crate::model::{AuditFilter, AuditPlace};

/// Empty fields match everything.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// A date or an RFC 3339 time. Dates are in UTC.
    pub from: String,
    /// The same: a date includes its day, a time is not included.
    pub to: String,
    /// A part of an e-mail address, a person's number, a network address, or `token`, `server` or `command line`.
    pub who: String,
    /// A kind such as `clip.edited`, or its first word.
    pub what: String,
}

/// Where a page begins.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditCursor {
    /// `next` of the page before this one.
    pub cursor: String,
}

impl AuditQuery {
    pub fn filter(&self) -> Result<AuditFilter, Error> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(AuditFilter {
            from: moment("from", &self.from, 0)?,
            to: moment("to", &self.to, 1)?,
            who: text(&self.who),
            what: text(&self.what),
        })
    }

    pub fn is_empty(&self) -> bool {
        [&self.from, &self.to, &self.who, &self.what]
            .iter()
            .all(|text| text.trim().is_empty())
    }

    /// The query string of this filter, with more parameters.
    pub fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let fields = [
            ("from", &*self.from),
            ("to", &*self.to),
            ("who", &*self.who),
            ("what", &*self.what),
        ];
        let pairs = fields
            .iter()
            .chain(more)
            .filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        match query.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{query}"),
        }
    }
}

impl AuditCursor {
    pub fn place(&self) -> Result<Option<AuditPlace>, Error> {
        if self.cursor.is_empty() {
            return Ok(None);
        }
        let place = AuditPlace::parse(&self.cursor).ok_or_else(|| {
            Error::BadRequest("`cursor` must be the `next` of the previous page.".to_owned())
        })?;
        Ok(Some(place))
    }
}

/// A date is the beginning of this many days later.
fn moment(name: &str, text: &str, days: i64) -> Result<Option<Timestamp>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let moment = match date {
        Some(date) => begin_of(date, days),
        None => text.parse().ok(),
    };
    match moment {
        Some(moment) => Ok(Some(moment)),
        None => Err(Error::BadRequest(format!(
            "`{name}` must be a date such as 2026-11-29, or a time such as 2026-11-29T12:00:00Z."
        ))),
    }
}

fn begin_of(date: Date, days: i64) -> Option<Timestamp> {
    let date = date.checked_add(days.days()).ok()?;
    let begin = date.to_zoned(TimeZone::UTC).ok()?;
    Some(begin.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_includes_its_day() {
        for (text, from, to) in [
            ("2026-11-29", "2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z"),
            (
                "2026-11-29T12:00:00+02:00",
                "2026-11-29T10:00:00Z",
                "2026-11-29T10:00:00Z",
            ),
        ] {
            let moment = |name, days| moment(name, text, days).unwrap().unwrap().to_string();
            assert_eq!(moment("from", 0), from);
            assert_eq!(moment("to", 1), to);
        }
        for text in ["yesterday", "2026-13-01", "29.11.2026"] {
            assert!(moment("from", text, 0).is_err(), "{text}");
        }
    }
}
