//! The form fields for whether a clip shows its query, and when it runs.

use serde::Deserialize;

use crate::error::Error;
use crate::model::{Changes, Clip, MaxAge, Unit};
use crate::run::RunsOn;

/// The form's fields; a checkbox that is off is not sent.
#[derive(Deserialize)]
pub struct Options {
    pub show_sql: Option<String>,
    /// A number, or empty if every visit runs the query.
    #[serde(default)]
    pub max_age: String,
    #[serde(default)]
    pub unit: String,
    pub serve_stale: Option<String>,
    /// Absent where the form does not offer the choice.
    pub runs_on: Option<String>,
}

impl Options {
    pub fn from_clip(clip: &Clip) -> Self {
        let on = |is_on: bool| is_on.then(|| "1".to_owned());
        let max_age = clip.max_age_seconds.map(MaxAge::from_seconds);
        let unit = max_age.map_or(Unit::Minutes, |max_age| max_age.unit);
        Self {
            show_sql: on(clip.show_sql),
            max_age: max_age.map_or(String::new(), |max_age| max_age.number.to_string()),
            unit: unit.as_str().to_owned(),
            serve_stale: on(clip.serve_stale),
            runs_on: Some(clip.runs_on.as_str().to_owned()),
        }
    }

    pub fn changes(&self) -> Result<Changes<'_>, Error> {
        Ok(Changes {
            show_sql: Some(self.show_sql.is_some()),
            max_age_seconds: Some(self.seconds()?),
            serve_stale: Some(self.serve_stale.is_some()),
            runs_on: self.runs_on()?,
            ..Changes::default()
        })
    }

    fn runs_on(&self) -> Result<Option<RunsOn>, Error> {
        let unknown = || Error::invalid("runs_on", "Choose where the query runs.");
        let typed = self.runs_on.as_deref();
        typed
            .map(|typed| RunsOn::parse(typed).ok_or_else(unknown))
            .transpose()
    }

    fn seconds(&self) -> Result<Option<i32>, Error> {
        let typed = self.max_age.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let number = typed.parse().ok();
        let max_age = number.zip(Unit::parse(&self.unit));
        let seconds = max_age.and_then(|(number, unit)| MaxAge { number, unit }.seconds());
        match seconds {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(Error::invalid(
                "max_age",
                "Enter the maximum age as a whole number above 0, with its unit, or leave it empty.",
            )),
        }
    }
}

/// What the choice means, for templates.
pub fn label(runs_on: &RunsOn) -> &'static str {
    match runs_on {
        RunsOn::Any => "a healthy follower; without one, where the database says",
        RunsOn::Primary => "the primary only",
        RunsOn::Follower => "followers only",
    }
}
