//! What is wrong with a query, as a page says it: PostgreSQL's words, the place marked in the text, our advice.

use askama::Template;

use super::error_response::Problem;
use crate::error::Error;
use crate::run::Mark;
use crate::web::http::form::Problems;

/// A part of a page, to stand below the query.
#[derive(Template)]
#[template(path = "page/query_error.html")]
pub struct Complaint {
    problem: Problem,
    mark: Option<Mark>,
}

impl Complaint {
    /// `sql` is the text in which to mark the place, where the visitor may see it.
    pub fn new(error: &Error, sql: Option<&str>) -> Self {
        let problem = Problem::new(error);
        let mark = sql
            .zip(problem.position)
            .and_then(|(sql, position)| Mark::find(sql, position));
        Self { problem, mark }
    }

    /// What a refused form shows: sentences beside its fields, or a complaint below its query. Any other error goes on.
    pub fn explain(error: Error, sql: &str) -> Result<(Problems, Option<Self>), Error> {
        match error {
            Error::Run { .. } | Error::DatabaseRemoved | Error::DatabaseUnreadable(_) => {
                Ok((Problems::default(), Some(Self::new(&error, Some(sql)))))
            }
            error => Ok((Problems::of(error)?, None)),
        }
    }

    /// Blank, as wide as the line number beside the marked line.
    fn gutter(&self) -> String {
        let line = self.mark.as_ref().map_or(0, |mark| mark.line);
        " ".repeat(line.to_string().len())
    }
}
