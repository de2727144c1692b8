//! `/databases`: all databases for an administrator, and for a member those that they may query.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;

use super::done::Done;
use super::health_badge::Health;
use super::{health_badge, opening};
use crate::access::Queryable;
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;
use crate::web::database::queryable;
use crate::web::http::extract::Query;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::page::time_tag;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "database/list.html")]
struct DatabasesPage<'a> {
    visitor: &'a Visitor,
    databases: Vec<Listed>,
    /// With the number of clips that are left on each. Empty unless the visitor is an administrator.
    removed: Vec<(Database, i64)>,
    done: Option<Done>,
}

struct Listed {
    database: Queryable<Database>,
    clips: i64,
    health: Health,
}

pub async fn index(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    visitor.viewer.signed_in()?;
    let clips = Database::clips_of_all(&app.store).await?;
    let clips_of = |database: &Database| clips.get(&database.id).copied().unwrap_or_default();
    let databases = queryable::all(&app, &visitor.viewer).await?;
    // All at once, each with its own timeout: one that is down does not delay the others.
    let listed = databases.into_iter().map(async |database| {
        Ok::<_, Error>(Listed {
            clips: clips_of(&database),
            health: Health::check(&app, &database).await?,
            database,
        })
    });
    let removed = match visitor.is_administrator() {
        true => Database::removed(&app.store).await?,
        false => Vec::new(),
    };
    Ok(render(&DatabasesPage {
        visitor: &visitor,
        databases: try_join_all(listed).await?,
        removed: removed
            .into_iter()
            .map(|database| {
                let clips = clips_of(&database);
                (database, clips)
            })
            .collect(),
        done: query.get("done").and_then(|done| Done::parse(done)),
    }))
}
