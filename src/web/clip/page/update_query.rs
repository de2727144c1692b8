//! `POST /{slug}`: *Save* on a clip's page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::clip_page::ClipPage;
use crate::access::Editable;
use crate::error::Error;
use crate::model::{Changes, Clip};
use crate::run::ParameterTypes;
use crate::web::app::App;
use crate::web::clip::parameters::workbench::{self, Asked, FormWithValues};
use crate::web::clip::parameters::{carried, fields};
use crate::web::clip::query::change_query;
use crate::web::clip::query::edit_conflict::EditConflict;
use crate::web::clip::query::sql_text::{self, IfFailing};
use crate::web::http::address::ClipAddress;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    pub sql: String,
    /// The number of the version that it was made from.
    pub base: Option<i32>,
    /// A line about the change.
    #[serde(default)]
    pub note: String,
    /// Sent by the button that keeps a query that fails.
    keep: Option<String>,
}

/// A changed text becomes a version. One that would fail, or would overwrite a version that its author has not seen, comes
/// back as it was typed.
pub async fn update(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    typed: Result<FormWithValues<Typed>, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let FormWithValues {
        form: typed,
        values: sent,
    } = typed?;
    let sql = sql_text::with_unix_lines(&typed.sql);
    match try_update(&app, &visitor, &clip, &sql, &typed).await {
        Ok(clip) => {
            let page = url::version(&clip, clip.version.number);
            let parameters = clip.version.parameters().unwrap_or_default();
            let columns = fields::columns(&clip, &clip.version, &parameters);
            let values = workbench::values(&sql, &columns, &sent).unwrap_or_default();
            let page = carried::to(&page, &values, &parameters);
            Ok(Redirect::to(&page).into_response())
        }
        Err(Error::EditConflict) => {
            let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
            let mut page = refused(&app, &visitor, &clip, &sql, &sent).await?;
            page.note = &typed.note;
            page.edit_conflict = Some(EditConflict::new(&clip, &sql));
            let status = error_response::status(&Error::EditConflict);
            Ok((status, render(&page)).into_response())
        }
        Err(error) => {
            let status = error_response::status(&error);
            let mut page = refused(&app, &visitor, &clip, &sql, &sent).await?;
            let (problems, query_error) = QueryError::explain(error, &sql)?;
            page.problems = problems;
            page.query_error = query_error.map(|error| error.with_settings(&clip));
            page.base = typed.base.unwrap_or(page.base);
            page.note = &typed.note;
            Ok((status, render(&page)).into_response())
        }
    }
}

/// The page with the text and the values as they were typed.
async fn refused<'a>(
    app: &App,
    visitor: &'a Visitor,
    clip: &'a Clip,
    sql: &'a str,
    sent: &[(String, String)],
) -> Result<ClipPage<'a>, Error> {
    let database = clip.version.database(&app.store).await?;
    let database = visitor.viewer.query(database).ok();
    let types = ParameterTypes::new(clip.fixed_types(), Vec::new());
    let columns = workbench::columns(app, database.as_ref(), sql, &types).await;
    let values = workbench::values(sql, &columns, sent).unwrap_or_default();
    let mut page = ClipPage::typed(app, visitor, clip, sql, values).await?;
    let asked = Asked {
        app,
        viewer: &visitor.viewer,
        clip: Some(clip),
    };
    page.workbench = asked.fields(sql, &columns, sent, None).await;
    Ok(page)
}

async fn try_update(
    app: &App,
    visitor: &Visitor,
    clip: &Editable<Clip>,
    sql: &str,
    typed: &Typed,
) -> Result<Clip, Error> {
    let database = visitor
        .viewer
        .query(clip.version.database(&app.store).await?)?;
    let note = Some(typed.note.as_str()).filter(|note| !note.trim().is_empty());
    if sql == sql_text::with_unix_lines(&clip.version.sql) && note.is_none() {
        return Ok((**clip).clone());
    }
    let changes = Changes {
        sql: Some(sql),
        base: typed.base,
        note,
        ..Changes::default()
    };
    let if_failing = IfFailing::from_form(typed.keep.as_deref());
    let changed = change_query::change(app, clip, &changes, &database, if_failing).await?;
    Ok(changed.clip)
}
