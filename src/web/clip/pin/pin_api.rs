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
use crate::web::rows::values_body::{ValuesBody, of_body};
use crate::web::visitor::ApiUser;

/// Without `result`, the newest result; without `version`, that of the newest version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Pin)]
pub struct PinBody {
    version: Option<i32>,
    result: Option<u32>,
    /// For its parameters, in place of `result`: the newest result with these values.
    #[schema(value_type = Option<Object>, example = json!({"country": "France"}))]
    values: Option<ValuesBody>,
}

/// Pins a clip to a result. The query runs only if it has no result yet, or none with these values.
#[utoipa::path(put, operation_id = "pin_clip", path = "/api/v1/clips/{slug}/pin", tag = "clips",
    params(("slug" = String, Path)),
    request_body = PinBody,
    responses((status = 200, body = ClipBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    body: Option<Body<PinBody>>,
) -> Result<Json<ClipBody>, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    let chosen = match body {
        Some(Body(body)) => body.chosen()?,
        None => Chosen::default(),
    };
    let created = pin_clip::create(&app, &clip, chosen).await;
    created.map_err(of_body)?;
    let pinned = viewer.read(find(&app, &slug).await?)?;
    Ok(Json(clip_api::body(&app, &viewer, &pinned).await?))
}

impl PinBody {
    fn chosen(self) -> Result<Chosen, Error> {
        if self.result.is_some() && self.values.is_some() {
            return Err(Error::invalid(
                "values",
                "A result has its values already: give either `result` or `values`.",
            ));
        }
        Ok(Chosen {
            version: self.version,
            result: self.result,
            values: self.values.unwrap_or_default(),
        })
    }
}

/// Returns a clip to live data.
#[utoipa::path(delete, operation_id = "unpin_clip", path = "/api/v1/clips/{slug}/pin", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<StatusCode, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    pin_clip::delete(&app, &clip).await?;
    Ok(StatusCode::NO_CONTENT)
}
