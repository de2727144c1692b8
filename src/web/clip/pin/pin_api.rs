//! `/api/v1/clips/{slug}/pin`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::pin_clip;
use super::pin_clip::Chosen;
use crate::error::Error;
use crate::web::app::App;
use crate::web::clip::clip_api;
use crate::web::clip::clip_api::{ClipBody, find};
use crate::web::http::extract::{Body, Path};
use crate::web::page::error_response::ErrorBody;
use crate::web::visitor::ApiUser;

/// Without `result`, the newest result; without `version`, that of the newest version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Pin)]
pub struct PinBody {
    version: Option<i32>,
    result: Option<u32>,
}

/// Pins a clip to a result. The query runs only if it has no result yet.
#[utoipa::path(put, path = "/api/v1/clips/{slug}/pin", tag = "clips", params(("slug" = String, Path)),
    request_body = PinBody,
    responses((status = 200, body = ClipBody), (status = "4XX", body = ErrorBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    body: Option<Body<PinBody>>,
) -> Result<Json<ClipBody>, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    let chosen = body.map_or(Chosen::default(), |Body(body)| Chosen {
        version: body.version,
        result: body.result,
    });
    pin_clip::create(&app, &clip, chosen).await?;
    let pinned = viewer.read(find(&app, &slug).await?)?;
    Ok(Json(clip_api::body(&app, &viewer, &pinned).await?))
}

/// Returns a clip to live data.
#[utoipa::path(delete, path = "/api/v1/clips/{slug}/pin", tag = "clips", params(("slug" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<StatusCode, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    pin_clip::delete(&app, &clip).await?;
    Ok(StatusCode::NO_CONTENT)
}
