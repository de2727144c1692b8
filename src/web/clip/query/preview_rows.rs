//! `/previews/{id}/rows`: the rows of a preview, for the user who ran it. The page's table reads windows of them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::held_previews::HeldPreview;
use super::previews_elsewhere;
use crate::error::Error;
use crate::model::{Database, Slug};
use crate::web::app::App;
use crate::web::clip::table::{columns, window};
use crate::web::http::extract::Path;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

const GONE: &str = "These rows are gone: a preview keeps them for half an hour. Go back to the query and run it again.";

/// A window of the rows, as of a clip's.
pub async fn window(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    query: RowsQuery,
) -> Result<Response, Error> {
    let held = find(&app, &visitor, &id).await?;
    window::read(&query, held.result, 0).await
}

/// Whole columns, for a chart.
pub async fn columns(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    query: RowsQuery,
) -> Result<Response, Error> {
    let held = find(&app, &visitor, &id).await?;
    columns::read(&app, &query, held.result, 0).await
}

/// Whoever may no longer query the database does not see what it returned.
pub async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<HeldPreview, Error> {
    let by = visitor.viewer.signed_in()?;
    let gone = || Error::NotFound(GONE.to_owned());
    let id = Slug::parse(id).ok_or_else(gone)?;
    let Some(held) = app.held_previews.find(by.id, |held| *held == id) else {
        let fetched = previews_elsewhere::fetch(app, &visitor.viewer, &id).await?;
        return fetched.ok_or_else(gone);
    };
    let database = Database::find(&app.store, held.database).await?;
    visitor.viewer.query(database)?;
    Ok(held)
}
