//! How a run can end without a result. Each variant is a different response to the client.
//!
//! Holds PostgreSQL's words for those who may see the SQL, and sentences of our own for everyone.

use std::fmt;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::outage::{self, Outage};
use super::parameter_error::ParameterError;
use super::server_error::ServerError;
use super::size::Size;
use super::span::Span;
use super::sql_error::SqlError;
use super::time_limit::{Answering, SetBy, TimeLimit};
use crate::postgres::ConnectError;
use crate::result::AppendError;
use crate::run::role::RoleReport;
use crate::run::wire::WireError;

/// Why there is no result. Stored as JSON beside results: these names are read back years later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// PostgreSQL rejected the statement, or it failed while running.
    Statement(Box<SqlError>),
    /// The text contains no statement: it is empty, or has only comments.
    Empty,
    /// The text contains a NUL, which PostgreSQL cannot receive.
    Nul,
    /// The statement returns no columns, such as an INSERT or a SET.
    NoColumns,
    /// The text has a parameter such as `$1`.
    Parameters,
    /// A blank of the text, or the value for one, cannot be used.
    Parameter(Box<ParameterError>),
    /// The result contains bytes that are not UTF-8.
    NotUtf8,
    /// The run exceeded its time limit.
    Timeout {
        limit: Duration,
        #[serde(default)]
        set_by: SetBy,
        /// The database had stopped answering, so that we gave up. Absent in results of earlier versions.
        #[serde(default, skip_serializing_if = "Answering::is_heard")]
        answering: Answering,
    },
    /// The run was cancelled by us.
    Cancelled,
    /// The server is stopping, and the run took longer than that may.
    Stopping,
    /// The database cannot be reached, or ended the run itself.
    Unavailable(Box<Outage>),
    /// Too many runs are already waiting for this database.
    QueueFull,
    /// The database must not be queried in its current setup.
    Refused(Box<Refused>),
    /// The URL reaches the database in which Dataclips keeps its own data.
    OwnStore,
    /// The server has no space for the result.
    Storage,
    /// The first row alone exceeds the limit for a result.
    RowTooLarge { bytes: u64, bytes_max: u64 },
}

/// Why a database must not be queried, and how to change that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub reasons: Vec<String>,
    /// SQL to run on that database.
    pub remedy: Option<String>,
}

impl Failure {
    /// A statement's error. SQLSTATE 57014 is treated as a cancellation by the database itself: only the caller knows
    /// whether we asked for it, or whether it was a timeout; see [`is_cancellation`].
    pub fn from_statement_error(error: &Error) -> Self {
        match error.as_db_error() {
            Some(db) => Self::from_server_error(&db.into()),
            None => Self::Unavailable(Box::new(Outage::while_running(error))),
        }
    }

    /// Relates a statement's error to its text; see [`SqlError::relate_to`].
    pub(in crate::run) fn relate_to(&mut self, sql: &str, is_without_encoding: bool) {
        if let Self::Statement(error) = self {
            error.relate_to(sql, is_without_encoding);
        }
    }

    /// The same, for an error that we have received ourselves.
    pub fn from_server_error(error: &ServerError) -> Self {
        match is_the_statements(error) {
            true => Self::Statement(Box::new(SqlError::new(error))),
            false => Self::Unavailable(Box::new(Outage::reported_while_running(error))),
        }
    }

    pub(in crate::run) fn from_wire_error(error: WireError) -> Self {
        match error {
            WireError::Server(error) | WireError::Binding(error) => Self::from_server_error(&error),
            WireError::OwnStatement(error) => {
                Self::Unavailable(Box::new(Outage::on_own_statement(&error)))
            }
            WireError::NotUtf8 => Self::NotUtf8,
            WireError::Closed => Self::closed(),
            WireError::Io(error) => Self::Unavailable(Box::new(Outage::lost(&error))),
            WireError::Unexpected => Self::misunderstood(),
        }
    }

    /// The server does not speak as PostgreSQL does.
    pub(in crate::run) fn misunderstood() -> Self {
        Self::Unavailable(Box::new(Outage::misunderstood()))
    }

    /// The server has closed the connection.
    pub fn closed() -> Self {
        Self::Unavailable(Box::new(Outage::closed()))
    }

    pub fn from_connect_error(error: &Error) -> Self {
        if outage::is_about_statement_pooling(error) {
            return Self::statement_pooling();
        }
        Self::Unavailable(Box::new(Outage::while_connecting(error)))
    }

    pub fn no_answer(limit: Duration) -> Self {
        Self::Unavailable(Box::new(Outage::no_answer(limit)))
    }

    /// The database cannot be reached, for a reason that is known before connecting.
    pub fn unreachable(reason: String) -> Self {
        Self::Unavailable(Box::new(Outage::before_connecting(reason)))
    }

    /// No follower can be used, and nothing else may.
    pub(in crate::run) fn no_follower(sentence: String, detail: Option<String>) -> Self {
        Self::Unavailable(Box::new(Outage::no_follower(sentence, detail)))
    }

    /// The same, because each of them lacks what the newest result shows.
    pub(in crate::run) fn behind_newest() -> Self {
        Self::Unavailable(Box::new(Outage::behind_newest()))
    }

    /// A clip that may run on nothing but followers, in a database without any.
    pub fn without_followers() -> Self {
        Self::Unavailable(Box::new(Outage::without_followers()))
    }

    /// No server that may be used has what the newest result shows.
    pub fn is_behind_newest(&self) -> bool {
        matches!(self, Self::Unavailable(outage) if outage.is_behind_newest)
    }

    /// A follower is no longer one, or a primary has become one.
    pub(in crate::run) fn promoted() -> Self {
        let sentence = "The server has changed its role between primary and follower.";
        Self::no_follower(sentence.to_owned(), None)
    }

    /// Whether it may be only this server's, so that the query may succeed on another one: it cannot be reached, ended the
    /// connection, or cancelled the query because of what it had to replay (SQLSTATE 40001 and 40P01). Not if somebody cancelled
    /// the query there (57014).
    pub(in crate::run) fn is_of_server(&self) -> bool {
        let is_cancelled = self.sqlstate() == Some(SqlState::QUERY_CANCELED.code());
        matches!(self, Self::Unavailable(_)) && !is_cancelled
    }

    /// A limit of ours.
    pub const fn timeout(limit: Duration) -> Self {
        Self::Timeout {
            limit,
            set_by: SetBy::Dataclips,
            answering: Answering::Heard,
        }
    }

    /// The database did not answer, not even to end the query at this limit.
    pub const fn silent(limit: TimeLimit) -> Self {
        Self::Timeout {
            limit: limit.limit,
            set_by: limit.set_by,
            answering: Answering::Silent,
        }
    }

    pub fn old_server() -> Self {
        Self::refused("This PostgreSQL is too old: Dataclips queries version 13 or newer.")
    }

    /// A pooler whose promises are not enough.
    pub fn pgpool() -> Self {
        Self::refused(
            "This URL leads to pgpool-II, which may send a query and the settings that limit it to different servers: give the URL of PostgreSQL itself, or of PgBouncer.",
        )
    }

    pub fn statement_pooling() -> Self {
        Self::refused(
            "This URL leads to a pooler in statement mode, which allows no transactions: give the URL of PostgreSQL \
             itself, or have the pooler set to session or transaction mode.",
        )
    }

    fn refused(reason: &str) -> Self {
        Self::Refused(Box::new(Refused {
            reasons: vec![reason.to_owned()],
            remedy: None,
        }))
    }

    /// Whether the server or a pooler has no connection left for us.
    pub(in crate::run) fn is_about_connections(&self) -> bool {
        matches!(self, Self::Unavailable(outage) if outage.is_about_connections())
    }

    pub(in crate::run) fn is_no_answer(&self) -> bool {
        matches!(self, Self::Unavailable(outage) if outage.is_no_answer())
    }

    /// `None` for a role that is safe enough.
    pub fn from_role_report(report: &RoleReport) -> Option<Self> {
        let refused = Refused {
            reasons: report.refusals.iter().map(ToString::to_string).collect(),
            remedy: Some(report.safe_role.sql()),
        };
        report
            .is_refused()
            .then(|| Self::Refused(Box::new(refused)))
    }

    /// A stable name for clients of the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Statement(_) => "sql_error",
            Self::Empty => "empty",
            Self::Nul => "contains_nul",
            Self::NoColumns => "no_columns",
            Self::Parameters => "parameters",
            Self::Parameter(error) => error.code(),
            Self::NotUtf8 => "not_utf8",
            Self::Timeout { .. } => "timeout",
            Self::Cancelled => "cancelled",
            Self::Stopping => "unavailable",
            Self::Unavailable(_) => "unavailable",
            Self::QueueFull => "queue_full",
            Self::Refused(_) | Self::OwnStore => "database_refused",
            Self::Storage => "storage",
            Self::RowTooLarge { .. } => "row_too_large",
        }
    }

    /// Whether the database is at fault, rather than the query, a person or this server.
    pub fn is_of_database(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Refused(_) | Self::OwnStore
        )
    }

    /// Without PostgreSQL's words about a statement, which may contain its values.
    pub fn cause(&self) -> String {
        match self {
            Self::Unavailable(outage) => match &outage.detail {
                Some(detail) => format!("{} {detail}", outage.sentence),
                None => outage.sentence.clone(),
            },
            Self::Refused(refused) => refused.reasons.join(" "),
            _ => self.summary(),
        }
    }

    /// Our own sentence, which reveals nothing about the SQL, the data or the database.
    pub fn summary(&self) -> String {
        match self {
            Self::Statement(_) => "The query failed.".to_owned(),
            Self::Empty => "The query is empty.".to_owned(),
            Self::Nul => {
                "The query contains a NUL character, which PostgreSQL cannot receive.".to_owned()
            }
            Self::NoColumns => "The query returns no columns.".to_owned(),
            Self::Parameters => {
                "The query has a parameter such as $1, but no value for it.".to_owned()
            }
            Self::Parameter(error) => error.summary(),
            Self::NotUtf8 => "The result holds bytes that are not UTF-8 text.".to_owned(),
            Self::Timeout {
                limit,
                set_by,
                answering,
            } => {
                let (limit, set_by) = (*limit, *set_by);
                match answering {
                    Answering::Heard => TimeLimit { limit, set_by }.sentence(),
                    Answering::Silent => format!(
                        "The database has not answered. After {}, the time that a query has, it was given up.",
                        Span(limit)
                    ),
                }
            }
            Self::Cancelled => "The query was cancelled.".to_owned(),
            Self::Stopping => "The query was ended, because this server is stopping.".to_owned(),
            Self::Unavailable(outage) => outage.sentence.clone(),
            Self::QueueFull => "Too many queries are already waiting for this database.".to_owned(),
            Self::Refused(_) => {
                "Dataclips does not query this database as it is set up now.".to_owned()
            }
            Self::OwnStore => {
                "This is the database in which Dataclips keeps its own data, so clips cannot query it.".to_owned()
            }
            Self::Storage => "The server has no room to hold this result.".to_owned(),
            Self::RowTooLarge { bytes, bytes_max } => format!(
                "The first row holds {}, more than the {} that a result may have.",
                Size(*bytes),
                Size(*bytes_max)
            ),
        }
    }

    /// What happened, in PostgreSQL's own words if it reported an error.
    pub fn message(&self) -> String {
        match self {
            Self::Statement(error) => error.message.clone(),
            Self::Parameter(error) => error.message.clone(),
            Self::Refused(refused) => refused.reasons.join(" "),
            _ => self.summary(),
        }
    }

    /// PostgreSQL's own detail; for an outage, everything that is known.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => error.detail.as_deref(),
            Self::Parameter(error) => error.detail.as_deref(),
            Self::Unavailable(outage) => outage.detail.as_deref(),
            _ => None,
        }
    }

    /// PostgreSQL's own hint.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => error.hint.as_deref(),
            Self::Parameter(error) => error.hint.as_deref(),
            Self::Unavailable(outage) => outage.hint.as_deref(),
            _ => None,
        }
    }

    /// In characters of the SQL text, from 1.
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::Statement(error) => error.position,
            Self::Parameter(error) => error.position,
            _ => None,
        }
    }

    /// The name of the parameter that it is about.
    /// Advice that goes with [`Failure::summary`].
    pub fn summary_advice(&self) -> Option<String> {
        match self {
            Self::Parameter(error) => error.summary_advice(),
            _ => None,
        }
    }

    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Parameter(error) => error.name.as_deref(),
            _ => None,
        }
    }

    /// The blank whose type the clip's settings fix, if that is the cause.
    pub fn fixed_blank(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => error.fixed_blank.as_deref(),
            _ => None,
        }
    }

    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => Some(&error.sqlstate),
            Self::Parameter(error) => error.sqlstate.as_deref(),
            Self::Unavailable(outage) => outage.sqlstate.as_deref(),
            Self::Timeout { .. } | Self::Cancelled | Self::Stopping => {
                Some(SqlState::QUERY_CANCELED.code())
            }
            _ => None,
        }
    }

    /// Why the database is refused, one sentence each; empty for every other failure.
    pub fn refusals(&self) -> &[String] {
        match self {
            Self::Refused(refused) => &refused.reasons,
            _ => &[],
        }
    }

    /// SQL that makes a refused database usable.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Refused(refused) => refused.remedy.as_deref(),
            _ => None,
        }
    }

    /// What to do next, if there is advice. May name tables, so only for those who may see the SQL.
    pub fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Statement(error) => return error.advice(),
            Self::Unavailable(outage) => return outage.advice(),
            Self::Parameter(error) => &error.advice,
            Self::Refused(refused) => {
                refused.remedy.as_ref()?;
                "Give the URL of a role that can only read; the SQL for one is shown with this message."
            }
            Self::Empty => "Write a SELECT statement.",
            Self::Nul => "Retype the query around that character; it is often invisible.",
            Self::NoColumns => {
                "A clip shows rows: write a SELECT, VALUES, SHOW or EXPLAIN statement."
            }
            Self::Parameters => {
                "Write a blank in its place, as in where id = {{id}}: its value then comes from the address or a form."
            }
            Self::NotUtf8 => {
                "The database stores text without a known encoding; convert it with convert_from()."
            }
            Self::Timeout {
                answering: Answering::Silent,
                ..
            } => {
                "See whether the database runs, and whether the network lets this server reach it; then try again."
            }
            Self::Timeout { set_by, .. } => set_by.advice(),
            Self::Cancelled => "Run it again when you need it.",
            Self::Stopping | Self::QueueFull => "Try again in a moment.",
            Self::OwnStore => "Give the URL of another database.",
            Self::Storage => "Try again in a moment, or ask for fewer rows.",
            Self::RowTooLarge { .. } => {
                "Ask for fewer columns, or for a part of the large value, as in left(body, 1000)."
            }
        };
        Some(advice.to_owned())
    }
}

impl From<ParameterError> for Failure {
    fn from(error: ParameterError) -> Self {
        Self::Parameter(Box::new(error))
    }
}

impl From<io::Error> for Failure {
    /// Pages could not be written: the disk is full.
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "a result could not be stored");
        Self::Storage
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Storage(error) => error.into(),
            AppendError::NotUtf8 => Self::NotUtf8,
        }
    }
}

/// Whether a cancel request or a timeout ended the query (SQLSTATE 57014 stands for both).
pub fn is_cancellation(error: &Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}

/// Whether the statement has to change, as opposed to the state of the database.
///
/// Under `exit_on_error` every error is fatal: then only those that a connection cannot have are the statement's.
fn is_the_statements(error: &ServerError) -> bool {
    const STATEMENTS: [&str; 12] = [
        "0A", "20", "21", "22", "23", "2F", "38", "39", "3F", "42", "54", "P0",
    ];
    let code = error.sqlstate.as_str();
    let is_in_statements = STATEMENTS.iter().any(|class| code.starts_with(class))
        || code == SqlState::READ_ONLY_SQL_TRANSACTION.code();
    let is_passing = matches!(
        code,
        "40001"
            | "40P01"
            | "55P03"
            | "57014"
            | "57P01"
            | "57P02"
            | "57P03"
            | "57P04"
            | "57P05"
            | "58000"
            | "58030"
    );
    let is_out_of_resources =
        code.starts_with("53") && code != SqlState::CONFIGURATION_LIMIT_EXCEEDED.code();
    let may_be = !is_passing && !is_out_of_resources && !code.starts_with("08");
    may_be && (is_in_statements || !error.is_fatal)
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::Unavailable(Box::new(Outage::on_connect_error(&error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_was_stored_is_read_back_equal() {
        let limit = Duration::from_millis(1_500);
        let error = SqlError {
            message: "relation \"orderz\" does not exist".to_owned(),
            detail: Some("Größe: 'é' \t😀".to_owned()),
            hint: None,
            position: Some(15),
            sqlstate: "42P01".to_owned(),
            near_names: vec!["orders".to_owned()],
            cause: Some("There is a dash – (U+2013).".to_owned()),
            fixed_blank: None,
        };
        let refused = Refused {
            reasons: vec!["The role can create roles.".to_owned()],
            remedy: Some("create role \"r\"".to_owned()),
        };
        for failure in [
            Failure::Statement(Box::new(error)),
            Failure::Empty,
            Failure::Nul,
            Failure::NoColumns,
            Failure::Parameters,
            Failure::NotUtf8,
            Failure::timeout(limit),
            Failure::Timeout {
                limit,
                set_by: SetBy::Role,
                answering: Answering::Heard,
            },
            Failure::silent(TimeLimit {
                limit,
                set_by: SetBy::Server,
            }),
            Failure::Cancelled,
            Failure::Stopping,
            Failure::no_answer(limit),
            Failure::unreachable("No such host.".to_owned()),
            Failure::QueueFull,
            Failure::Refused(Box::new(refused)),
            Failure::old_server(),
            Failure::OwnStore,
            Failure::Storage,
            Failure::RowTooLarge {
                bytes: 123_456_789,
                bytes_max: 104_857_600,
            },
        ] {
            let stored = serde_json::to_string(&failure).unwrap();
            let read: Failure = serde_json::from_str(&stored).unwrap();
            assert_eq!(read, failure, "{stored}");
            assert_eq!(read.advice(), failure.advice(), "{stored}");
        }
    }

    #[test]
    fn an_error_that_was_stored_before_causes_were_known_is_still_read() {
        let stored = r#"{"statement":{"message":"division by zero","detail":null,"hint":null,
            "position":null,"sqlstate":"22012","near_names":[]}}"#;
        let read: Failure = serde_json::from_str(stored).unwrap();
        assert_eq!(read.sqlstate(), Some("22012"));
        assert!(read.advice().unwrap().contains("nullif"));
    }
}
