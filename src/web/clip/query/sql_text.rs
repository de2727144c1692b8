//! A query's text and its database, as pages and the API take them: checked, and prepared to warn.

use crate::access::{Queryable, Viewer};
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;

/// A database by name. One that the viewer may not query is as unknown to him as one that is not there.
pub async fn database(
    app: &App,
    viewer: &Viewer,
    name: &str,
) -> Result<Queryable<Database>, Error> {
    if name.is_empty() {
        return Err(Error::invalid("database", "Choose a database."));
    }
    let unknown = || {
        Error::invalid(
            "database",
            format!("There is no database “{name}” that you may query."),
        )
    };
    let database = Database::find_by_name(&app.store, name)
        .await?
        .ok_or_else(unknown)?;
    viewer.query(database).map_err(|_| unknown())
}

/// The databases that the viewer may query, by name.
pub async fn databases(app: &App, viewer: &Viewer) -> Result<Vec<Queryable<Database>>, Error> {
    let databases = Database::all(&app.store).await?;
    let queryable = databases
        .into_iter()
        .filter_map(|database| viewer.query(database).ok());
    Ok(queryable.collect())
}

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
