//! `/api/v1/clips/{slug}/versions`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::Version;
use crate::web::app::App;
use crate::web::clip::clip_api::find;
use crate::web::http::extract::Path;
use crate::web::visitor::ApiUser;

#[derive(Serialize, ToSchema)]
pub struct VersionsBody {
    versions: Vec<VersionBody>,
}

#[derive(Serialize, ToSchema)]
struct VersionBody {
    version: i32,
    /// Absent if you may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<String>,
    /// A line about it. Absent where its query is.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    database: String,
    /// E-mail address, or `deleted person 17`; `null` for the sample clips.
    author: Option<String>,
    created_at: String,
}

/// All versions of a clip, the newest first.
#[utoipa::path(get, operation_id = "list_versions", path = "/api/v1/clips/{slug}/versions", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 200, body = VersionsBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<Json<VersionsBody>, Error> {
    let clip = viewer.read(find(&app, &slug).await?)?;
    let versions = Version::all(&app.store, &clip).await?;
    let versions = versions.into_iter().map(|version| VersionBody {
        version: version.number,
        sql: clip.sql(&version).map(str::to_owned),
        note: clip.sql(&version).map(|_| version.note.clone()),
        author: version.author.map(|author| author.to_string()),
        created_at: version.created_at.to_string(),
        database: version.database_name,
    });
    Ok(Json(VersionsBody {
        versions: versions.collect(),
    }))
}
