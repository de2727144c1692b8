//! `/api/v1/clips/{slug}/fork`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::fork_clip;
use crate::error::Error;
use crate::web::app::App;
use crate::web::clip::clip_api;
use crate::web::clip::clip_api::{ClipBody, find};
use crate::web::clip::query::sql_text::{self, IfFailing};
use crate::web::http::extract::{Body, Path};
use crate::web::parameter_types;
use crate::web::visitor::ApiUser;

/// Without `version`, the newest version is copied.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Fork)]
pub struct ForkBody {
    version: Option<i32>,
}

/// Copies a version's query into a clip of your own.
#[utoipa::path(post, operation_id = "fork_clip", path = "/api/v1/clips/{slug}/fork", tag = "clips",
    params(("slug" = String, Path)),
    request_body = ForkBody,
    responses((status = 201, body = ClipBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    body: Option<Body<ForkBody>>,
) -> Result<(StatusCode, Json<ClipBody>), Error> {
    let clip = find(&app, &slug).await?;
    let version = body.and_then(|Body(body)| body.version);
    let forkable = fork_clip::forkable(&app, &viewer, clip, version).await?;
    let mut forked = fork_clip::create(&app, &forkable, &forkable.clip.title).await?;
    let (sql, types) = (&forked.version.sql, forked.parameter_types(&forked.version));
    let database = &forkable.database;
    let tried = sql_text::try_out(&app, sql, database, &types, IfFailing::Warn).await?;
    parameter_types::keep(&app, &mut forked, &tried.parameter_types).await?;
    let forked = viewer.read(forked)?;
    let warning = clip_api::warning_of(tried.warning, Some(&forked.version.sql));
    let body = clip_api::with_warning(&app, &viewer, &forked, warning).await?;
    Ok((StatusCode::CREATED, Json(body)))
}
