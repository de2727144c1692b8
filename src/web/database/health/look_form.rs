//! `POST /databases/{id}/daily-look` and `/databases/{id}/daily-look/removal`: an administrator turns the daily look on and off.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;

use crate::error::Error;
use crate::model::DatabaseChanges;
use crate::web::app::App;
use crate::web::database::database_page;
use crate::web::http::extract::Path;
use crate::web::http::url;
use crate::web::visitor::Visitor;

pub async fn create(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    change(&app, &id, &visitor, Some(true)).await
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    change(&app, &id, &visitor, Some(false)).await
}

/// Redirects a GET of a form-only address, as after signing in again or changing the theme.
pub async fn back(Path(id): Path<String>) -> Result<Redirect, Error> {
    Ok(Redirect::to(&url::health_of(url::id(&id)?)))
}

async fn change(
    app: &App,
    id: &str,
    visitor: &Visitor,
    has_daily_look: Option<bool>,
) -> Result<Redirect, Error> {
    visitor.viewer.administrate()?;
    let database = database_page::find(app, id).await?;
    if database.is_removed {
        return Err(Error::not_found("database"));
    }
    let changes = DatabaseChanges {
        has_daily_look,
        ..DatabaseChanges::default()
    };
    database.change(&app.store, &app.key, &changes).await?;
    Ok(Redirect::to(&format!(
        "{}#daily-look",
        url::health(&database)
    )))
}
