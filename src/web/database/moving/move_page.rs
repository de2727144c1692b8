//! `/databases/{id}/move`: moves all clips of a database to another one, after a preview of those that would fail there.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::move_preview::Preview;
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;
use crate::web::database::database_page::{DatabasePage, back, find};
use crate::web::database::done::Done;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

/// Clips that the page lists; the API lists all.
const FAILING_SHOWN: usize = 100;

#[derive(Deserialize)]
pub struct MoveQuery {
    to: Option<String>,
}

#[derive(Deserialize)]
pub struct Chosen {
    /// The other database's id.
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "database/move_preview.html")]
struct PreviewPage<'a> {
    visitor: &'a Visitor,
    from: &'a Database,
    to: &'a Database,
    preview: Preview,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Query(query): Query<MoveQuery>,
) -> Result<Response, Error> {
    let Some(to) = query.to else {
        return Ok(back(Path(id)).await?.into_response());
    };
    visitor.viewer.administrate()?;
    let from = find(&app, &id).await?;
    let previewed = match target(&app, &to).await {
        Ok(to) => Preview::take(&app, &from, &to)
            .await
            .map(|preview| (to, preview)),
        Err(error) => Err(error),
    };
    match previewed {
        Ok((to, preview)) => Ok(render(&PreviewPage {
            visitor: &visitor,
            from: &from,
            to: &to,
            preview,
        })),
        Err(error) => refused(&app, &visitor, &from, error).await,
    }
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Error> {
    let administrator = visitor.viewer.administrate()?;
    let from = find(&app, &id).await?;
    let moved = match target(&app, &chosen.to).await {
        Ok(to) => from.move_clips(&app.store, &to, administrator.user()).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(_) => Ok(Done::ClipsMoved.redirect(&from).into_response()),
        Err(error) => refused(&app, &visitor, &from, error).await,
    }
}

pub(super) async fn target(app: &App, to: &str) -> Result<Database, Error> {
    let unknown = || Error::invalid("to", "Choose the database to move them to.");
    let id = to.parse().map_err(|_| unknown())?;
    let found = Database::find_by_id(&app.store, id).await?;
    found
        .filter(|database| !database.is_removed)
        .ok_or_else(unknown)
}

/// The database's page again, with the sentence beside the choice.
pub(super) async fn refused(
    app: &App,
    visitor: &Visitor,
    from: &Database,
    error: Error,
) -> Result<Response, Error> {
    let status = error_response::status(&error);
    let page = DatabasePage {
        move_problems: FieldErrors::from_error(error)?,
        ..DatabasePage::read(app, visitor, from).await?
    };
    Ok((status, render(&page)).into_response())
}

impl Chosen {
    pub(super) fn to(&self) -> &str {
        &self.to
    }
}

impl PreviewPage<'_> {
    fn failing_beyond(&self) -> usize {
        self.preview.failing.len().saturating_sub(FAILING_SHOWN)
    }
}
