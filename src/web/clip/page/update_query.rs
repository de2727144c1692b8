//! `POST /{slug}`: *Save* on a clip's page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::clip_page::ClipPage;
use crate::access::Editable;
use crate::error::Error;
use crate::model::{Changes, Clip};
use crate::web::app::App;
use crate::web::clip::query::change_query;
use crate::web::clip::query::edit_conflict::EditConflict;
use crate::web::clip::query::sql_text::{self, IfFailing};
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
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
    typed: Result<Form<Typed>, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let Form(typed) = typed?;
    let sql = sql_text::with_unix_lines(&typed.sql);
    match try_update(&app, &visitor, &clip, &sql, &typed).await {
        Ok(clip) => {
            let page = url::version(&clip, clip.version.number);
            Ok(Redirect::to(&page).into_response())
        }
        Err(Error::EditConflict) => {
            let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
            let mut page = ClipPage::typed(&app, &visitor, &clip, &sql).await?;
            page.note = &typed.note;
            page.edit_conflict = Some(EditConflict::new(&clip, &sql));
            let status = error_response::status(&Error::EditConflict);
            Ok((status, render(&page)).into_response())
        }
        Err(error) => {
            let status = error_response::status(&error);
            let mut page = ClipPage::typed(&app, &visitor, &clip, &sql).await?;
            (page.problems, page.query_error) = QueryError::explain(error, &sql)?;
            page.base = typed.base.unwrap_or(page.base);
            page.note = &typed.note;
            Ok((status, render(&page)).into_response())
        }
    }
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
