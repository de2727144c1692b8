//! A query's text and its database, as pages and the API take them: checked, and prepared to warn.

use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;

/// A form sends every line break as CR LF, whatever was in the text.
pub fn with_unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether a text can be kept.
pub fn check(app: &App, sql: &str) -> Result<(), Error> {
    if sql.len() > app.settings.sql_bytes_max {
        return Err(Error::invalid(
            "sql",
            format!(
                "The query is too long: this server takes {} bytes at most.",
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

/// Whether a run would begin, for somebody who sees the query. Nothing is run.
pub async fn prepare(app: &App, sql: &str, database: &Database) -> Result<(), Error> {
    let target = app.target(database)?;
    let prepared = app.runner.prepare(&target, sql).await;
    prepared.map(|_| ()).map_err(|failure| Error::Run {
        failure,
        sees_sql: true,
    })
}
