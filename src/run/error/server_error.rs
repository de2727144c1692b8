//! An error as PostgreSQL reports it, whichever way it reached us.

use tokio_postgres::error::{DbError, ErrorPosition, Severity};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    /// FATAL or PANIC: the server ends the connection.
    pub is_fatal: bool,
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// In characters of the statement, from 1, or in bytes if its database has no encoding. `None` if the error is inside a function's own query.
    pub position: Option<usize>,
    /// From 1: the parameter whose value was being read.
    pub parameter: Option<usize>,
}

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> Self {
        Self {
            is_fatal: matches!(
                error.parsed_severity(),
                Some(Severity::Fatal | Severity::Panic)
            ),
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
                Some(ErrorPosition::Internal { .. }) | None => None,
            },
            parameter: None,
        }
    }
}
