//! `/api/v1/databases/{name}/move`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::move_preview::{Failing, Preview};
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;
use crate::web::http::extract::{Body, Path};
use crate::web::page::error_response::ErrorDetail;
use crate::web::visitor::ApiUser;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    /// The other database's name.
    to: String,
    /// Moves nothing, and says which queries would fail there.
    #[serde(default)]
    preview: bool,
}

/// What was done, or with `preview` what would happen.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum MovedBody {
    Moved {
        /// Clips that have a new version on the other database.
        moved: u64,
    },
    Preview(Box<PreviewBody>),
}

#[derive(Serialize, ToSchema)]
#[schema(as = MovePreview)]
pub struct PreviewBody {
    /// All that would move, removed ones too.
    clips: i64,
    /// Those whose newest query the other database does not accept.
    failing: Vec<FailingBody>,
    /// How many queries were tried within the time limit.
    tried: i64,
    /// Why the rest could not be tried on the other database.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDetail>,
}

#[derive(Serialize, ToSchema)]
struct FailingBody {
    slug: String,
    number: i64,
    title: String,
    error: ErrorDetail,
}

/// Gives every clip of a database, even of a removed one, a new version on another database.
#[utoipa::path(post, operation_id = "move_clips", path = "/api/v1/databases/{name}/move", tag = "databases",
    params(("name" = String, Path)),
    request_body = MoveBody,
    responses((status = 200, body = MovedBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
    Body(body): Body<MoveBody>,
) -> Result<Json<MovedBody>, Error> {
    let administrator = viewer.administrate()?;
    let (from, to) = both(&app, &name, &body.to).await?;
    if body.preview {
        let preview = PreviewBody::new(Preview::take(&app, &from, &to).await?);
        return Ok(Json(MovedBody::Preview(Box::new(preview))));
    }
    let moved = from
        .move_clips(&app.store, &to, administrator.user())
        .await?;
    Ok(Json(MovedBody::Moved { moved }))
}

/// The database to move from, which may be removed, and the one to move to.
pub(super) async fn both(app: &App, from: &str, to: &str) -> Result<(Database, Database), Error> {
    let found = Database::find_by_name_even_removed(&app.store, from).await?;
    let from = found.ok_or_else(|| Error::not_found("database"))?;
    let found = Database::find_by_name(&app.store, to).await?;
    let to = found.ok_or_else(|| Error::invalid("to", format!("There is no database “{to}”.")))?;
    Ok((from, to))
}

impl PreviewBody {
    fn new(preview: Preview) -> Self {
        Self {
            clips: preview.clips,
            tried: preview.tried,
            failing: preview.failing.into_iter().map(FailingBody::new).collect(),
            error: preview.outage.as_ref().map(ErrorDetail::with_details),
        }
    }
}

impl FailingBody {
    fn new(failing: Failing) -> Self {
        Self {
            slug: failing.clip.slug.as_str().to_owned(),
            number: failing.clip.number,
            title: failing.clip.title,
            error: ErrorDetail::with_details(&failing.failure),
        }
    }
}
