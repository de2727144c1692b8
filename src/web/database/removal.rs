//! Removing a database, and restoring it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::connection;
use super::database_page::{DatabasePage, find};
use super::done::Done;
use super::refusal::Refusal;
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;
use crate::web::http::extract::Path;
use crate::web::http::form::Form;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Confirmed {
    /// Sent by the button that removes a database although clips query it.
    force: Option<String>,
}

/// A database that clips query is removed only with `force`: without it the page offers to move them.
pub async fn create(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Error> {
    let administrator = visitor.viewer.administrate()?;
    let database = find(&app, &id).await?;
    if confirmed.force.is_none() && database.clips(&app.store).await? > 0 {
        let page = DatabasePage::read(&app, &visitor, &database).await?;
        return Ok((StatusCode::CONFLICT, render(&page)).into_response());
    }
    database.remove(&app.store, administrator.user()).await?;
    Ok(Done::Removed.redirect(&database).into_response())
}

/// Restores a database with its old URL, once that is known to work.
pub async fn restore(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = find(&app, &id).await?;
    match try_restore(&app, &database).await {
        Ok(()) => Ok(Done::Restored.redirect(&database).into_response()),
        Err(error) => {
            let status = error_response::status(&error);
            let page = DatabasePage {
                restoration_refusal: Some(Refusal::from_error(error)?),
                ..DatabasePage::read(&app, &visitor, &database).await?
            };
            Ok((status, render(&page)).into_response())
        }
    }
}

async fn try_restore(app: &App, database: &Database) -> Result<(), Error> {
    connection::inspect(app, database.url(&app.key)?.as_ref()).await?;
    database.restore(&app.store).await?;
    Ok(())
}
