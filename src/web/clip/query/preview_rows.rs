//! `/previews/{id}`: the rows of a preview, for the user who ran it. The page's table and its links read windows of them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::held_previews::HeldPreview;
use super::preview::Preview;
use crate::error::Error;
use crate::model::{Database, Slug};
use crate::web::app::App;
use crate::web::clip::table::{columns, window};
use crate::web::http::extract::Path;
use crate::web::page::render;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

const GONE: &str = "These rows are not held any longer. Run the query again.";

/// The page of the rows alone, for browsers without JavaScript.
#[derive(Template)]
#[template(path = "clip/query/preview_page.html")]
struct PreviewPage<'a> {
    visitor: &'a Visitor,
    preview: Preview,
}

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    query: RowsQuery,
) -> Result<Response, Error> {
    let held = find(&app, &visitor, &id).await?;
    let page = PreviewPage {
        visitor: &visitor,
        preview: Preview::new(&held, &query).await?,
    };
    Ok(render(&page))
}

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
async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<HeldPreview, Error> {
    let by = visitor.viewer.signed_in()?;
    let id = Slug::parse(id);
    let held = id.and_then(|id| app.held_previews.find(&id, by));
    let held = held.ok_or_else(|| Error::NotFound(GONE.to_owned()))?;
    let database = Database::find(&app.store, held.database).await?;
    visitor.viewer.query(database)?;
    Ok(held)
}
