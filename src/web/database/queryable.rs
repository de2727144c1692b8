//! The databases that a viewer may query.

use super::database_page;
use crate::access::{Queryable, Viewer};
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;

/// A database by name. A viewer who may not query it gets the same error as for one that does not exist.
pub async fn by_name(app: &App, viewer: &Viewer, name: &str) -> Result<Queryable<Database>, Error> {
    if name.is_empty() {
        return Err(Error::invalid("database", "Choose a database."));
    }
    let unknown = || {
        Error::invalid(
            "database",
            format!("There is no database “{name}” that you can query."),
        )
    };
    let database = Database::find_by_name(&app.store, name)
        .await?
        .ok_or_else(unknown)?;
    viewer.query(database).map_err(|_| unknown())
}

/// A viewer who may not query a database gets the same error as for one that does not exist.
pub async fn by_id(app: &App, viewer: &Viewer, id: &str) -> Result<Queryable<Database>, Error> {
    viewer.signed_in()?;
    let unknown = || Error::not_found("database");
    let database = database_page::find(app, id).await?;
    if database.is_removed {
        return Err(unknown());
    }
    viewer.query(database).map_err(|_| unknown())
}

/// The databases that the viewer may query, by name.
pub async fn all(app: &App, viewer: &Viewer) -> Result<Vec<Queryable<Database>>, Error> {
    let databases = Database::all(&app.store).await?;
    let queryable = databases
        .into_iter()
        .filter_map(|database| viewer.query(database).ok());
    Ok(queryable.collect())
}
