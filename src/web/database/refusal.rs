//! Why a database is not queried as it is, and what to do about it: a part of a page.

use askama::Template;

use crate::error::Error;
use crate::run::Failure;
use crate::run::role::CreationFailure;

const SAFE_ROLE: &str = "This SQL creates a role that can only read. Choose a password in it, and ask somebody who may create roles there to run it:";
const SQL_FOR_OTHERS: &str = "The SQL, for somebody who may run it on that database:";

/// For administrators; only `summary` may be shown to others.
#[derive(Template)]
#[template(path = "database/refusal.html")]
pub struct Refusal {
    /// Reveals nothing about the database.
    pub summary: String,
    sentence: String,
    reasons: Vec<String>,
    detail: Option<String>,
    hint: Option<String>,
    advice: Option<String>,
    sqlstate: Option<String>,
    sql: Option<String>,
    sql_is: &'static str,
    /// The connection works, but its role has too many rights; it may be able to create a safe role.
    pub is_overprivileged: bool,
}

impl Refusal {
    /// From an error that says why a database cannot be queried; any other error is returned.
    pub fn from_error(error: Error) -> Result<Self, Error> {
        match error {
            Error::DatabaseNotUsable(failure) => Ok(Self::from_failure(&failure)),
            Error::RoleNotCreated(failure) => Ok(Self::from_creation(&failure)),
            Error::DatabaseUnreadable(sentence) => Ok(Self::plain(
                "The database cannot be reached.".to_owned(),
                sentence,
            )),
            error => Err(error),
        }
    }

    pub fn from_failure(failure: &Failure) -> Self {
        let is_overprivileged = failure.remedy().is_some();
        let sentence = match is_overprivileged {
            true => "This connection's role can do more than a read-only transaction can prevent."
                .to_owned(),
            false => failure.message(),
        };
        let refusal = Self::plain(failure.summary(), sentence).with_failure(failure);
        match is_overprivileged {
            true => Self {
                reasons: failure.refusals().to_vec(),
                sql: failure.remedy().map(str::to_owned),
                is_overprivileged,
                // The same advice introduces the SQL.
                advice: None,
                ..refusal
            },
            false => refusal,
        }
    }

    fn from_creation(failure: &CreationFailure) -> Self {
        let refusal = Self::plain(failure.to_string(), failure.to_string());
        let refusal = match failure.failure() {
            Some(failure) => refusal.with_failure(failure),
            None => refusal,
        };
        Self {
            sql: failure.sql().map(str::to_owned),
            sql_is: SQL_FOR_OTHERS,
            ..refusal
        }
    }

    fn plain(summary: String, sentence: String) -> Self {
        Self {
            summary,
            sentence,
            reasons: Vec::new(),
            detail: None,
            hint: None,
            advice: None,
            sqlstate: None,
            sql: None,
            sql_is: SAFE_ROLE,
            is_overprivileged: false,
        }
    }

    fn with_failure(self, failure: &Failure) -> Self {
        Self {
            detail: failure.detail().map(str::to_owned),
            hint: failure.hint().map(str::to_owned),
            advice: failure.advice(),
            sqlstate: failure.sqlstate().map(str::to_owned),
            ..self
        }
    }
}
