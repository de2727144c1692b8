//! Whether a database responds now, and what it reports about itself.

use super::refusal::Refusal;
use crate::error::Error;
use crate::model::Database;

use crate::run::role::Grade;
use crate::run::{Failure, Pooling, Report, Warning};
use crate::web::app::App;

pub enum Health {
    Responds(Box<Report>),
    /// It is connected, but the connection for such checks is in use.
    Busy,
    Fails(Box<Refusal>),
}

impl Health {
    /// Takes a few seconds at most, whatever the database does.
    pub async fn check(app: &App, database: &Database) -> Result<Self, Error> {
        let report = match app.target(database) {
            Ok(target) => app.runner.examine(&target).await,
            Err(error) => return Ok(Self::Fails(Box::new(Refusal::from_error(error)?))),
        };
        Ok(match report {
            Ok(report) => Self::Responds(Box::new(report)),
            Err(Failure::QueueFull) => Self::Busy,
            Err(failure) => Self::Fails(Box::new(Refusal::from_failure(&failure))),
        })
    }

    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Responds(report) => Some(report),
            Self::Busy | Self::Fails(_) => None,
        }
    }

    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Fails(refusal) => Some(refusal),
            Self::Responds(_) | Self::Busy => None,
        }
    }

    /// The badge's CSS class.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Responds(_) => "good",
            Self::Busy => "doubtful",
            Self::Fails(_) => "bad",
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Responds(_) => "available",
            Self::Busy => "busy",
            Self::Fails(refusal) if refusal.is_overprivileged => "refused",
            Self::Fails(_) => "not available",
        }
    }
}

/// How a pooler shares its connections, as far as it shows.
pub fn mode(pooling: &Pooling) -> &'static str {
    match pooling {
        Pooling::Unknown => "",
        Pooling::Transaction => " in transaction mode",
    }
}

/// The CSS class of a warning's badge.
pub fn kind(grade: &Grade) -> &'static str {
    match grade {
        Grade::Danger => "bad",
        Grade::Note => "doubtful",
    }
}

/// The warnings that the list counts. What PostgreSQL lets every role do, and is no danger, is on the database's page alone:
/// a safe role that we made has it too.
pub fn counted(warnings: &[Warning]) -> Vec<&Warning> {
    let own = warnings
        .iter()
        .filter(|warning| !warning.is_default || warning.grade == Grade::Danger);
    own.collect()
}

/// `1 danger, 2 notes`
pub fn count(warnings: &[&Warning]) -> String {
    let counted = [Grade::Danger, Grade::Note].map(|grade| {
        let same = warnings.iter().filter(|warning| warning.grade == grade);
        match same.count() {
            0 => None,
            1 => Some(format!("1 {grade}")),
            more => Some(format!("{more} {grade}s")),
        }
    });
    counted.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_role_may_do_is_counted_only_if_it_is_a_danger() {
        let warning = |grade, is_default| Warning {
            grade,
            sentence: String::new(),
            sql: None,
            is_default,
        };
        let warnings = [
            warning(Grade::Danger, true),
            warning(Grade::Note, true),
            warning(Grade::Note, false),
        ];
        assert_eq!(count(&counted(&warnings)), "1 danger, 1 note");
        assert!(counted(&warnings[1..2]).is_empty());
    }
}
