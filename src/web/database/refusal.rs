//! Why a database is not queried as it is, and what to do: as a part of a page.

use askama::Template;

use crate::error::Error;
use crate::run::Failure;
use crate::run::role::CreationFailure;

const SAFE_ROLE: &str = "This SQL makes a role that can only read. Choose a password in it, and have it run on that database by somebody who may:";
const FOR_SOMEBODY: &str = "The SQL, for somebody who may run it on that database:";

/// For administrators, but for its `summary`.
#[derive(Template)]
#[template(path = "database/refusal.html")]
pub struct Refusal {
    /// Gives nothing of the database away.
    pub summary: String,
    sentence: String,
    reasons: Vec<String>,
    detail: Option<String>,
    hint: Option<String>,
    advice: Option<String>,
    sqlstate: Option<String>,
    sql: Option<String>,
    sql_is: &'static str,
    /// The connection works, but its role may do too much; it may be able to create another one.
    pub is_overprivileged: bool,
}

impl Refusal {
    /// Of an error that says why a database cannot be queried; any other error goes on.
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
            true => {
                "The role of this connection may do more than a read-only transaction holds back."
                    .to_owned()
            }
            false => failure.message(),
        };
        let refusal = Self::plain(failure.summary(), sentence).with_failure(failure);
        match is_overprivileged {
            true => Self {
                reasons: failure.refusals().to_vec(),
                sql: failure.remedy().map(str::to_owned),
                is_overprivileged,
                // The SQL is introduced by the same advice.
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
            sql_is: FOR_SOMEBODY,
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
