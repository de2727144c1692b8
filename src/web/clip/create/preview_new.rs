//! `POST /clips/preview`: *Run* on the page of a new clip. Nothing is saved.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::new_page::{NewPage, Typed};
use crate::error::Error;
use crate::run::ParameterTypes;
use crate::web::app::App;
use crate::web::clip::parameters::workbench::{self, Asked, FormWithValues};
use crate::web::clip::query::preview::Preview;
use crate::web::clip::query::sql_text;
use crate::web::database::queryable;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::rows::parameter_values::error_of_values;
use crate::web::visitor::Visitor;

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    typed: FormWithValues<Typed>,
) -> Result<Response, Error> {
    let sent = typed.values;
    let mut typed = typed.form;
    typed.sql = sql_text::with_unix_lines(&typed.sql);
    let database = queryable::by_name(&app, &visitor.viewer, &typed.database).await;
    let types = ParameterTypes::default();
    let columns = workbench::columns(&app, database.as_ref().ok(), &typed.sql, &types).await;
    let previewed = async {
        let by = visitor.viewer.signed_in()?;
        let values = workbench::values(&typed.sql, &columns, &sent)?;
        Preview::run(
            &app,
            by,
            &database?,
            &typed.sql,
            &values,
            &types,
            typed.to_form(),
        )
        .await
    };
    let previewed = previewed.await;
    let error = previewed.as_ref().err();
    let asked = Asked {
        app: &app,
        viewer: &visitor.viewer,
        clip: None,
    };
    let fields = asked.fields(&typed.sql, &columns, &sent, error).await;
    let mut page = NewPage::typed(&app, &visitor, &typed).await?;
    page.workbench = fields;
    let (status, headers) = match previewed {
        Ok(preview) => {
            page.preview = Some(preview);
            (StatusCode::OK, HeaderMap::new())
        }
        // The fields say it.
        Err(error) if error_of_values(&error).is_some() => error_response::head(&error),
        Err(error) => {
            let head = error_response::head(&error);
            (page.problems, page.query_error) = QueryError::explain(error, &typed.sql)?;
            head
        }
    };
    Ok((status, headers, render(&page)).into_response())
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/clips/new")
}
