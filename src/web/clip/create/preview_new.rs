//! `POST /clips/preview`: *Run* on the page of a new clip. Nothing is saved.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::new_page::{NewPage, Typed};
use crate::error::Error;
use crate::run::Values;
use crate::web::app::App;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::query::sql_text;
use crate::web::database::queryable;
use crate::web::http::form::Form;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::visitor::Visitor;

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    typed.sql = sql_text::with_unix_lines(&typed.sql);
    let previewed = run(&app, &visitor, &typed).await;
    let mut page = NewPage::typed(&app, &visitor, &typed).await?;
    let status = match previewed {
        Ok(preview) => {
            page.preview = Some(preview);
            StatusCode::OK
        }
        Err(error) => {
            let status = error_response::status(&error);
            (page.problems, page.query_error) = QueryError::explain(error, &typed.sql)?;
            status
        }
    };
    Ok((status, render(&page)).into_response())
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/clips/new")
}

async fn run(app: &App, visitor: &Visitor, typed: &Typed) -> Result<Preview, Error> {
    let by = visitor.viewer.signed_in()?;
    let database = queryable::by_name(app, &visitor.viewer, &typed.database).await?;
    let values = Values::default();
    Preview::run(app, by, &database, &typed.sql, &values, typed.to_form()).await
}
