//! What is wrong with a query, as pages show it: PostgreSQL's message, the position marked in the text, our advice.

use askama::Template;

use super::error_response::ErrorDetail;
use crate::error::Error;
use crate::run::Mark;
use crate::web::http::form::FieldErrors;

/// A part of a page, shown below the query.
#[derive(Template)]
#[template(path = "page/query_error.html")]
pub struct QueryError {
    problem: ErrorDetail,
    mark: Option<Mark>,
    /// Somebody wanted this: it is no problem.
    is_cancelled: bool,
}

impl QueryError {
    /// `sql` is the text in which to mark the position; `None` where the visitor may not see it.
    pub fn new(error: &Error, sql: Option<&str>) -> Self {
        let problem = ErrorDetail::new(error);
        let mark = sql
            .zip(problem.position)
            .and_then(|(sql, position)| Mark::find(sql, position));
        Self {
            problem,
            mark,
            is_cancelled: error.is_cancellation(),
        }
    }

    /// What a refused form shows: sentences beside its fields, or the error below its query. Any other error is returned.
    pub fn explain(error: Error, sql: &str) -> Result<(FieldErrors, Option<Self>), Error> {
        match error {
            Error::Run { .. } | Error::DatabaseRemoved | Error::DatabaseUnreadable(_) => {
                Ok((FieldErrors::default(), Some(Self::new(&error, Some(sql)))))
            }
            error => Ok((FieldErrors::from_error(error)?, None)),
        }
    }

    /// Blanks, as wide as the line number beside the marked line.
    fn gutter(&self) -> String {
        let line = self.mark.as_ref().map_or(0, |mark| mark.line);
        " ".repeat(line.to_string().len())
    }
}
