//! The text of a query, as pages and the API take it: checked, and prepared to find out whether it would fail.

use crate::access::Queryable;
use crate::error::Error;
use crate::model::Database;
use crate::run::ParameterTypes;
use crate::web::app::App;

/// What happens to a query that would fail now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfFailing {
    /// It is not saved.
    Refuse,
    /// It is saved, and the failure is returned as a warning: its table may exist tomorrow.
    Warn,
    /// It is saved without being tried.
    Keep,
}

impl IfFailing {
    /// `keep` is sent by the button that keeps a query that fails.
    pub fn from_form(keep: Option<&str>) -> Self {
        match keep {
            Some(_) => Self::Keep,
            None => Self::Refuse,
        }
    }
}

/// Line breaks as in the text that was typed: forms send each as CR LF.
pub fn with_unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether a text can be saved.
pub fn check(app: &App, sql: &str) -> Result<(), Error> {
    if sql.len() > app.settings.sql_bytes_max {
        return Err(Error::invalid(
            "sql",
            format!(
                "The query is too long: this server accepts {} bytes at most.",
                app.settings.sql_bytes_max
            ),
        ));
    }
    if sql.contains('\0') {
        return Err(Error::invalid(
            "sql",
            "The query contains a NUL character, which PostgreSQL cannot store.",
        ));
    }
    Ok(())
}

/// Whether a query that is to be saved would run on this database; see [`IfFailing`]. Nothing is run.
pub async fn try_out(
    app: &App,
    sql: &str,
    database: &Queryable<Database>,
    if_failing: IfFailing,
) -> Result<Option<Error>, Error> {
    match if_failing {
        IfFailing::Refuse => prepare(app, sql, database).await.map(|()| None),
        IfFailing::Warn => Ok(prepare(app, sql, database).await.err()),
        IfFailing::Keep => Ok(None),
    }
}

/// Has PostgreSQL parse the query, without running it. The error is for somebody who sees the query.
pub async fn prepare(app: &App, sql: &str, database: &Database) -> Result<(), Error> {
    let target = app.target(database)?;
    let prepared = app
        .runner
        .prepare(&target, sql, &ParameterTypes::default())
        .await;
    prepared.map(|_| ()).map_err(Error::of_query)
}
