//! What is wrong with a query, as pages show it: PostgreSQL's message, the position marked in the text, our advice.

use askama::Template;

use super::error_response::ErrorDetail;
use crate::error::Error;
use crate::model::Clip;
use crate::run::Mark;
use crate::web::http::form::FieldErrors;
use crate::web::http::url;

/// A part of a page, shown below the query.
#[derive(Template)]
#[template(path = "page/query_error.html")]
pub struct QueryError {
    problem: ErrorDetail,
    mark: Option<Mark>,
    /// Somebody wanted this: it is no problem.
    is_cancelled: bool,
    /// The blank whose type the clip's settings fix, if that is the cause.
    fixed_blank: Option<String>,
    /// Where that type can be changed.
    settings: Option<String>,
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
            fixed_blank: fixed_blank(error),
            settings: None,
        }
    }

    /// For those who may change the clip's settings.
    pub fn with_settings(self, clip: &Clip) -> Self {
        let blank = self.fixed_blank.as_deref();
        Self {
            settings: blank.map(|name| url::type_setting(clip, name)),
            ..self
        }
    }

    /// What a refused form shows: sentences beside its fields, or the error below its query. Any other error is returned.
    pub fn explain(error: Error, sql: &str) -> Result<(FieldErrors, Option<Self>), Error> {
        match error {
            Error::Run { .. } | Error::DatabaseRemoved | Error::DatabaseUnreadable(_) => {
                Ok((FieldErrors::default(), Some(Self::new(&error, Some(sql)))))
            }
            error @ Error::TooManyPreviews { .. } => {
                let refused = Error::invalid("sql", error.to_string());
                Ok((FieldErrors::from_error(refused)?, None))
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

fn fixed_blank(error: &Error) -> Option<String> {
    let Error::Run { failure, sees_sql } = error else {
        return None;
    };
    let blank = failure.fixed_blank().filter(|_| *sees_sql);
    blank.map(str::to_owned)
}
