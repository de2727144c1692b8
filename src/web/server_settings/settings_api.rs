//! `/api/v1/settings`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::ServerSettings;
use crate::web::app::App;
use crate::web::clip::sharing::clip_access::ClipAccess;
use crate::web::http::extract::Body;
use crate::web::visitor::ApiUser;

/// What administrators have set for the whole server.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub struct SettingsBody {
    /// Who may open a new clip.
    default_access: ClipAccess,
}

/// Absent fields stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChanges)]
pub struct UpdateBody {
    default_access: Option<ClipAccess>,
}

/// The server's settings. For administrators.
#[utoipa::path(get, operation_id = "read_settings", path = "/api/v1/settings", tag = "settings",
    responses((status = 200, body = SettingsBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<SettingsBody>, Error> {
    viewer.administrate()?;
    Ok(Json(body(ServerSettings::read(&app.store).await?)))
}

/// Changes the server's settings. For administrators.
#[utoipa::path(patch, operation_id = "change_settings", path = "/api/v1/settings", tag = "settings",
    request_body = UpdateBody,
    responses((status = 200, body = SettingsBody)))]
pub async fn update(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Body(changes): Body<UpdateBody>,
) -> Result<Json<SettingsBody>, Error> {
    viewer.administrate()?;
    let mut settings = ServerSettings::read(&app.store).await?;
    if let Some(access) = changes.default_access {
        settings.anyone = access.is_anyone();
        settings.keep(&app.store).await?;
    }
    Ok(Json(body(settings)))
}

fn body(settings: ServerSettings) -> SettingsBody {
    SettingsBody {
        default_access: ClipAccess::from_anyone(settings.anyone),
    }
}
