//! `/{slug}/versions`: the history of a clip's query.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::access::{Queryable, Readable};
use crate::error::Error;
use crate::model::{Changes, Clip, Database, User, Version};
use crate::web::app::App;
use crate::web::clip::page::tabs::{Tab, Tabs};
use crate::web::clip::query::change_query;
use crate::web::clip::query::sql_text::IfFailing;
use crate::web::database::queryable;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::visitor::Visitor;

const VERSIONS_ON_A_PAGE: i64 = 50;
/// Versions that menus offer; this page has all.
const VERSIONS_OFFERED: i64 = 20;

#[derive(Deserialize)]
pub struct Wanted {
    /// Only versions with a smaller number: where the page before ended.
    before: Option<i32>,
}

#[derive(Template)]
#[template(path = "clip/history/versions.html")]
struct VersionsPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Readable<Clip>,
    tabs: Option<Tabs>,
    versions: Vec<Entry>,
    /// Where the next page goes on.
    next: Option<i32>,
}

/// A version, and what the viewer may do with it.
struct Entry {
    version: Version,
    may_restore: bool,
    may_note: bool,
}

#[derive(Deserialize)]
pub struct TypedNote {
    note: String,
}

pub async fn index(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let before = wanted.before.unwrap_or(i32::MAX);
    let versions = Version::before(&app.store, &clip, before, VERSIONS_ON_A_PAGE).await?;
    let next = versions.last().map(|version| version.number);
    let next = next.filter(|number| *number > 1);
    let edits = visitor.viewer.edit((*clip).clone()).is_ok();
    let queryable = queryable::all(&app, &visitor.viewer).await?;
    let may_restore = |version: &Version| {
        let is_queryable = |database: &Queryable<Database>| database.id == version.database_id;
        edits && version.differs_from(&clip.version) && queryable.iter().any(is_queryable)
    };
    let versions = versions.into_iter().map(|version| {
        let noted_by = |user: &User| edits && version.is_noted_by(&clip, user);
        Entry {
            may_restore: may_restore(&version),
            may_note: visitor.user().is_some_and(noted_by),
            version,
        }
    });
    Ok(render(&VersionsPage {
        visitor: &visitor,
        clip: &clip,
        tabs: Tabs::find(&visitor.viewer, &clip, Tab::Versions),
        versions: versions.collect(),
        next,
    }))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back(Path((segment, _)): Path<(String, String)>) -> Redirect {
    let segment = url::encode(&segment);
    Redirect::to(&format!("/{segment}/versions"))
}

/// Adds a version with the query and database of an earlier one.
pub async fn restore(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    Path((_, number)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let version = find(&app, &clip, &number).await?;
    let database = version.database(&app.store).await?;
    if database.is_removed {
        return Err(Error::Conflict(format!(
            "The database “{}” of that version was removed. Copy its query into a new version instead.",
            database.name
        )));
    }
    let database = visitor.viewer.query(database)?;
    let changes = Changes {
        sql: Some(&version.sql),
        database: Some(&database),
        ..Changes::default()
    };
    change_query::change(&app, &clip, &changes, &database, IfFailing::Keep).await?;
    Ok(Redirect::to(&url::clip(&clip)))
}

/// Changes the note of a version: for its author while they may edit, and for the clip's owner.
pub async fn change_note(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    Path((_, number)): Path<(String, String)>,
    visitor: Visitor,
    Form(typed): Form<TypedNote>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let version = find(&app, &clip, &number).await?;
    version
        .change_note(&app.store, &clip, &clip.editor, &typed.note)
        .await?;
    Ok(Redirect::to(&format!("{}/versions", url::clip(&clip))))
}

async fn find(app: &App, clip: &Clip, number: &str) -> Result<Version, Error> {
    let number = number.parse().map_err(|_| Error::not_found("version"))?;
    let version = Version::find(&app.store, clip, number).await?;
    version.ok_or_else(|| Error::not_found("version"))
}

/// The numbers of the newest versions, and when they were added, for a menu. None where there is only one.
pub async fn offered(app: &App, clip: &Clip) -> Result<Vec<(i32, Timestamp)>, Error> {
    match clip.version.number {
        1 => Ok(Vec::new()),
        _ => Version::newest(&app.store, clip, VERSIONS_OFFERED).await,
    }
}
