//! Versions of a clip: restoring one, changing its note, and those that menus offer.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::error::Error;
use crate::model::{Changes, Clip, OfferedVersion, Version};
use crate::run::Values;
use crate::web::app::App;
use crate::web::clip::parameters::carried;
use crate::web::clip::query::change_query;
use crate::web::clip::query::sql_text::IfFailing;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::parameter_types;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

/// Versions that menus offer; the history has all.
const VERSIONS_OFFERED: i64 = 20;

#[derive(Deserialize)]
pub struct TypedNote {
    note: String,
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back(Path((segment, _)): Path<(String, String)>) -> Redirect {
    let segment = url::encode(&segment);
    Redirect::to(&format!("/{segment}/history?kind=query"))
}

/// Adds a version with the query and database of an earlier one. The address may have values, with which the page opens.
pub async fn restore(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    Path((_, number)): Path<(String, String)>,
    visitor: Visitor,
    query: RowsQuery,
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
        restored: Some(version.number),
        ..Changes::default()
    };
    let restored = change_query::change(&app, &clip, &changes, &database, IfFailing::Keep).await?;
    let mut restored = restored.clip;
    parameter_types::keep(&app, &mut restored, &version.parameter_types).await?;
    let values = carried::of_query(&restored, &restored.version, &query);
    let page = carried::to_newest(&restored, &url::clip(&restored), &values);
    Ok(Redirect::to(&page))
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
    let history = format!("{}/history?kind=query", url::clip(&clip));
    Ok(Redirect::to(&history))
}

async fn find(app: &App, clip: &Clip, number: &str) -> Result<Version, Error> {
    let number = number.parse().map_err(|_| Error::not_found("version"))?;
    let version = Version::find(&app.store, clip, number).await?;
    version.ok_or_else(|| Error::not_found("version"))
}

/// The newest versions, for a menu. None where there is only one.
pub async fn offered(app: &App, clip: &Clip) -> Result<Vec<OfferedVersion>, Error> {
    match clip.version.number {
        1 => Ok(Vec::new()),
        _ => Version::newest(&app.store, clip, VERSIONS_OFFERED).await,
    }
}

/// The same, each with the address of its page with these values.
pub async fn linked(
    app: &App,
    clip: &Clip,
    values: &Values,
) -> Result<Vec<(OfferedVersion, String)>, Error> {
    let newest = offered(app, clip).await?;
    let mut parameters = match values.is_empty() {
        true => HashMap::new(),
        false => {
            let numbers: Vec<_> = newest.iter().map(|offered| offered.number).collect();
            Version::parameters_of(&app.store, clip, &numbers).await?
        }
    };
    let linked = newest.into_iter().map(|offered| {
        let parameters = parameters.remove(&offered.number).unwrap_or_default();
        let page = url::version(clip, offered.number);
        (offered, carried::to(&page, values, &parameters))
    });
    Ok(linked.collect())
}
