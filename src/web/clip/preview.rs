//! `POST /{slug}/preview`: *Run* on a clip's page, where its query is changed. Nothing is saved.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::query::Typed;
use super::{ClipPage, find};
use crate::access::Editable;
use crate::error::Error;
use crate::model::Clip;
use crate::web::complaint::Complaint;
use crate::web::form::Form;
use crate::web::preview::Preview;
use crate::web::request::Path;
use crate::web::visitor::Visitor;
use crate::web::{App, preview, problem, query};

pub async fn show(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(find(&app, &segment).await?)?;
    let sql = query::with_unix_lines(&typed.sql);
    let previewed = run(&app, &visitor, &clip, &sql).await;
    let mut page = ClipPage::typed(&app, &visitor, &clip, &sql).await?;
    page.base = typed.base.unwrap_or(page.base);
    let status = match previewed {
        Ok(preview) => {
            page.preview = Some(preview);
            StatusCode::OK
        }
        Err(error) => {
            let status = problem::status(&error);
            (page.problems, page.complaint) = Complaint::explain(error, &sql)?;
            status
        }
    };
    Ok((status, problem::render(&page)).into_response())
}

async fn run(
    app: &App,
    visitor: &Visitor,
    clip: &Editable<Clip>,
    sql: &str,
) -> Result<Preview, Error> {
    let database = clip.version.database(&app.store).await?;
    let database = visitor.viewer.query(database)?;
    let previewed = preview::run(app, &clip.editor, &database, sql).await?;
    Preview::of(previewed).await
}
