//! `POST /{slug}/preview`: the *Run* button beside an edited query on a clip's page. Nothing is saved.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::clip_page::ClipPage;
use super::update_query::Typed;
use crate::access::Editable;
use crate::error::Error;
use crate::model::Clip;
use crate::run::Values;
use crate::web::app::App;
use crate::web::clip::query::held_previews::PreviewForm;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::query::sql_text;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::visitor::Visitor;

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let sql = sql_text::with_unix_lines(&typed.sql);
    let form = PreviewForm::Edit {
        clip: clip.slug.clone(),
        base: typed.base,
        note: typed.note.clone(),
    };
    let previewed = run(&app, &visitor, &clip, &sql, form).await;
    let mut page = ClipPage::typed(&app, &visitor, &clip, &sql).await?;
    page.base = typed.base.unwrap_or(page.base);
    page.note = &typed.note;
    let status = match previewed {
        Ok(preview) => {
            page.preview = Some(preview);
            StatusCode::OK
        }
        Err(error) => {
            let status = error_response::status(&error);
            (page.problems, page.query_error) = QueryError::explain(error, &sql)?;
            status
        }
    };
    Ok((status, render(&page)).into_response())
}

async fn run(
    app: &App,
    visitor: &Visitor,
    clip: &Editable<Clip>,
    sql: &str,
    form: PreviewForm,
) -> Result<Preview, Error> {
    let database = clip.version.database(&app.store).await?;
    let database = visitor.viewer.query(database)?;
    Preview::run(app, &clip.editor, &database, sql, &Values::default(), form).await
}
