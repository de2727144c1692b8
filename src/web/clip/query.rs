//! `POST /{slug}`: *Update Query* on a clip's page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::rights::Rights;
use super::tabs::{Tab, Tabs};
use super::{ClipPage, find, offered, origin};
use crate::access::Editable;
use crate::error::Error;
use crate::model::{Changes, Clip};
use crate::web::address::{self, Address};
use crate::web::complaint::Complaint;
use crate::web::form::Form;
use crate::web::request::Path;
use crate::web::visitor::Visitor;
use crate::web::{App, problem, query};

#[derive(Deserialize)]
pub struct Typed {
    sql: String,
    /// Sent by the button that keeps a query that fails.
    keep: Option<String>,
}

/// A changed text becomes a version. One that would fail comes back as it was typed, unless it is to be
/// kept all the same.
pub async fn update(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    typed: Result<Form<Typed>, Error>,
) -> Result<Response, Error> {
    if Address::parse(&segment).suffix.is_some() {
        let allowed = [(ALLOW, "GET, HEAD, OPTIONS")];
        return Ok((allowed, Error::WrongMethod).into_response());
    }
    let clip = visitor.viewer.edit(find(&app, &segment).await?)?;
    let Form(typed) = typed?;
    let sql = query::with_unix_lines(&typed.sql);
    let error = match try_update(&app, &visitor, &clip, &sql, typed.keep.is_some()).await {
        Ok(clip) => {
            let page = address::version(&clip, clip.version.number);
            return Ok(Redirect::to(&page).into_response());
        }
        Err(error) => error,
    };
    let status = problem::status(&error);
    let (problems, complaint) = Complaint::explain(error, &sql)?;
    let page = ClipPage {
        visitor: &visitor,
        clip: &clip,
        version: &clip.version,
        versions: offered(&app, &clip).await?,
        rights: Rights::of(&app, &visitor.viewer, &clip, &clip.version).await?,
        fork: origin(&app, &visitor, &clip).await?,
        tabs: Tabs::of(&visitor.viewer, &clip, Tab::Rows),
        sql: Some(&sql),
        sql_problem: problems.at("sql"),
        complaint,
        is_refused: true,
        outcome: None,
        open_graph: None,
    };
    Ok((status, problem::render(&page)).into_response())
}

async fn try_update(
    app: &App,
    visitor: &Visitor,
    clip: &Editable<Clip>,
    sql: &str,
    keeps_failing: bool,
) -> Result<Clip, Error> {
    let database = visitor
        .viewer
        .query(clip.version.database(&app.store).await?)?;
    if sql == query::with_unix_lines(&clip.version.sql) {
        return Ok((**clip).clone());
    }
    query::check(app, sql)?;
    if !keeps_failing {
        query::prepare(app, sql, &database).await?;
    }
    let changes = Changes {
        sql: Some(sql),
        ..Changes::default()
    };
    clip.change(&app.store, &clip.editor, &changes).await
}
