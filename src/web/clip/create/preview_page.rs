//! `/previews/{id}`: a preview's rows sorted, filtered or drawn as the address asks, on the page on which the query was run.
//! Links without JavaScript lead here, so the typed query is here too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::new_page::{NewPage, Typed};
use crate::error::Error;
use crate::model::Slug;
use crate::run::Values;
use crate::web::app::App;
use crate::web::clip::page::clip_page::ClipPage;
use crate::web::clip::query::held_previews::PreviewForm;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::query::preview_rows;
use crate::web::http::extract::Path;
use crate::web::page::render;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    query: RowsQuery,
) -> Result<Response, Error> {
    let held = preview_rows::find(&app, &visitor, &id).await?;
    let preview = Preview::new(&held, &query).await?;
    match held.form {
        PreviewForm::New {
            title,
            database,
            pinned,
            protected,
        } => {
            let typed = Typed::from_form(title, database, pinned, held.sql);
            let typed = typed.with_protection(protected);
            new(&app, &visitor, &typed, preview).await
        }
        PreviewForm::Edit { clip, base, note } => {
            let edit = Edit {
                base,
                note,
                sql: held.sql,
            };
            edit.page(&app, &visitor, &clip, preview).await
        }
    }
}

async fn new(
    app: &App,
    visitor: &Visitor,
    typed: &Typed,
    preview: Preview,
) -> Result<Response, Error> {
    let mut page = NewPage::typed(app, visitor, typed).await?;
    page.preview = Some(preview);
    Ok(render(&page))
}

/// What was typed on a clip's page.
struct Edit {
    base: Option<i32>,
    note: String,
    sql: String,
}

impl Edit {
    async fn page(
        &self,
        app: &App,
        visitor: &Visitor,
        clip: &Slug,
        preview: Preview,
    ) -> Result<Response, Error> {
        let clip = visitor.viewer.edit(app.clip(clip).await?)?;
        let mut page = ClipPage::typed(app, visitor, &clip, &self.sql, Values::default()).await?;
        page.base = self.base.unwrap_or(page.base);
        page.note = &self.note;
        page.preview = Some(preview);
        Ok(render(&page))
    }
}
