//! `POST /{slug}/preview`: the *Run* button beside an edited query on a clip's page. Nothing is saved.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::clip_page::ClipPage;
use super::update_query::Typed;
use crate::error::Error;
use crate::run::ParameterTypes;
use crate::web::app::App;
use crate::web::clip::parameters::workbench::{self, Asked, FormWithValues};
use crate::web::clip::query::held_previews::PreviewForm;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::query::sql_text;
use crate::web::http::address::ClipAddress;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::rows::parameter_values::error_of_values;
use crate::web::visitor::Visitor;

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    typed: FormWithValues<Typed>,
) -> Result<Response, Error> {
    let FormWithValues {
        form: typed,
        values: sent,
    } = typed;
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let sql = sql_text::with_unix_lines(&typed.sql);
    let form = PreviewForm::Edit {
        clip: clip.slug.clone(),
        base: typed.base,
        note: typed.note.clone(),
    };
    let database = clip.version.database(&app.store).await?;
    let database = visitor.viewer.query(database)?;
    let types = ParameterTypes::new(clip.fixed_types(), Vec::new());
    let columns = workbench::columns(&app, Some(&database), &sql, &types).await;
    let values = workbench::values(&sql, &columns, &sent);
    let carried = values.as_ref().cloned().unwrap_or_default();
    let previewed = match values {
        Ok(values) => {
            Preview::run(&app, &clip.editor, &database, &sql, &values, &types, form).await
        }
        Err(error) => Err(error),
    };
    let asked = Asked {
        app: &app,
        viewer: &visitor.viewer,
        clip: Some(&clip),
    };
    let error = previewed.as_ref().err();
    let fields = asked.fields(&sql, &columns, &sent, error).await;
    let mut page = ClipPage::typed(&app, &visitor, &clip, &sql, carried).await?;
    page.workbench = fields;
    page.base = typed.base.unwrap_or(page.base);
    page.note = &typed.note;
    let (status, headers) = match previewed {
        Ok(preview) => {
            page.preview = Some(preview);
            (StatusCode::OK, HeaderMap::new())
        }
        // The fields say it.
        Err(error) if error_of_values(&error).is_some() => error_response::head(&error),
        Err(error) => {
            let head = error_response::head(&error);
            let (problems, query_error) = QueryError::explain(error, &sql)?;
            page.problems = problems;
            page.query_error = query_error.map(|error| error.with_settings(&clip));
            head
        }
    };
    Ok((status, headers, render(&page)).into_response())
}
