//! `/api/v1/databases/{name}/followers`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::add_follower;
use super::facts::FollowerFacts;
use super::rules_body::FollowerRulesBody;
use crate::error::Error;
use crate::web::app::App;
use crate::web::database::database_api::{self, WarningBody};
use crate::web::http::extract::{Body, Path};
use crate::web::visitor::ApiUser;

#[derive(Serialize, ToSchema)]
#[schema(as = Followers)]
pub struct FollowersBody {
    followers: Vec<FollowerBody>,
    #[serde(flatten)]
    rules: FollowerRulesBody,
}

/// A read replica of a database. Its URL is never returned.
#[derive(Serialize, ToSchema)]
#[schema(as = Follower)]
pub struct FollowerBody {
    name: String,
    /// `healthy`, `lagging`, `promoted`, `astray`, `other_timeline`, `other_role`, `silent`, `unreachable`, `denied` or `unknown`.
    status: &'static str,
    /// The same in a sentence.
    message: String,
    /// SQL to run on the primary, if that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<String>,
    /// `null` where one of the servers does not say where it is.
    behind_bytes: Option<u64>,
    behind_seconds: Option<f64>,
    /// The position in the write-ahead log up to which it has replayed.
    position: Option<String>,
    size_bytes: Option<u64>,
    tables: Option<u64>,
    /// PostgreSQL's.
    version: Option<String>,
    /// When it was added.
    created_at: String,
    /// What its role can do besides reading. Only where it was just tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<WarningBody>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFollower)]
pub struct CreateBody {
    /// Unique in its database.
    name: String,
    /// Like that of the database, with the same role.
    url: String,
}

/// The followers of a database, and how they are now. For administrators.
#[utoipa::path(get, operation_id = "list_followers", path = "/api/v1/databases/{name}/followers", tag = "databases",
    params(("name" = String, Path)),
    responses((status = 200, body = FollowersBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
) -> Result<Json<FollowersBody>, Error> {
    viewer.administrate()?;
    let database = database_api::find(&app, &name).await?;
    let facts = FollowerFacts::all(&app, &database).await?;
    Ok(Json(FollowersBody {
        followers: facts.into_iter().map(FollowerBody::new).collect(),
        rules: FollowerRulesBody::new(&database.follower_rules),
    }))
}

/// Adds a follower, after connecting to it, checking its role, and making sure that it follows the database.
#[utoipa::path(post, operation_id = "add_follower", path = "/api/v1/databases/{name}/followers", tag = "databases",
    params(("name" = String, Path)), request_body = CreateBody,
    responses((status = 201, body = FollowerBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
    Body(new): Body<CreateBody>,
) -> Result<(StatusCode, Json<FollowerBody>), Error> {
    viewer.administrate()?;
    let database = database_api::find(&app, &name).await?;
    let (database, report) = add_follower::add(&app, &database, &new.name, &new.url).await?;
    let added = database.follower(new.name.trim());
    let added = added.ok_or_else(|| Error::not_found("follower"))?;
    let mut facts = FollowerFacts::all(&app, &database).await?.into_iter();
    let facts = facts.find(|facts| facts.standing.id == added.id);
    let facts = facts.ok_or_else(|| Error::not_found("follower"))?;
    let body = FollowerBody {
        warnings: Some(WarningBody::all(report)),
        ..FollowerBody::new(facts)
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Removes a follower: runs no longer go to it.
#[utoipa::path(delete, operation_id = "remove_follower", path = "/api/v1/databases/{name}/followers/{follower}",
    tag = "databases", params(("name" = String, Path), ("follower" = String, Path, description = "Its name.")),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path((name, follower)): Path<(String, String)>,
) -> Result<StatusCode, Error> {
    viewer.administrate()?;
    let database = database_api::find(&app, &name).await?;
    let follower = database.follower(&follower);
    let follower = follower.ok_or_else(|| Error::not_found("follower"))?;
    database.remove_follower(&app.store, follower).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl FollowerBody {
    fn new(facts: FollowerFacts) -> Self {
        let standing = &facts.standing;
        let behind = standing.behind;
        Self {
            name: standing.name.clone(),
            status: standing.state.as_str(),
            sql: facts.sql(),
            behind_bytes: behind.map(|behind| behind.bytes),
            behind_seconds: behind
                .and_then(|behind| behind.time)
                .map(|time| (time.as_secs_f64() * 1e3).round() / 1e3),
            position: standing.position.map(|position| position.to_string()),
            size_bytes: facts.report.as_ref().and_then(|report| report.size_bytes),
            tables: facts.report.as_ref().and_then(|report| report.tables),
            version: facts.report.map(|report| report.version),
            created_at: facts.created_at.to_string(),
            message: facts.sentence,
            warnings: None,
        }
    }
}
