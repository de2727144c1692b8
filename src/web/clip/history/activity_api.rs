//! `/api/v1/clips/{slug}/trail`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::activity::{ActivityList, ActivityQuery};
use crate::error::Error;
use crate::model::Activity;
use crate::web::app::App;
use crate::web::clip::clip_api::find;
use crate::web::http::extract::{Path, Query};
use crate::web::visitor::ApiUser;

#[derive(Serialize, ToSchema)]
#[schema(as = TrailBody)]
pub struct ActivityBody {
    trail: Vec<ActivityItemBody>,
    /// The `before` of the next page; `null` on the last one.
    next: Option<i64>,
    /// When the rows were last fetched, to the minute; `null`: never.
    fetched_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Deed)]
struct ActivityItemBody {
    at: String,
    /// E-mail address, or `deleted person 17`; `null` where no user did it, as for the sample clips.
    who: Option<String>,
    /// One word, such as `edited`.
    what: &'static str,
    /// A few words, such as `version 3`; often empty.
    detail: String,
}

/// Who did what with a clip, the newest first, 100 on a page. For its owner and administrators.
#[utoipa::path(get, operation_id = "list_activity", path = "/api/v1/clips/{slug}/trail", tag = "clips",
    params(("slug" = String, Path), ActivityQuery),
    responses((status = 200, body = ActivityBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    Query(query): Query<ActivityQuery>,
) -> Result<Json<ActivityBody>, Error> {
    let clip = viewer.own(find(&app, &slug).await?)?;
    let list = ActivityList::read(&app, &clip, &query).await?;
    Ok(Json(ActivityBody {
        trail: list
            .activities
            .into_iter()
            .map(ActivityItemBody::new)
            .collect(),
        next: list.next,
        fetched_at: list.fetched_at.map(|at| at.to_string()),
    }))
}

impl ActivityItemBody {
    fn new(activity: Activity) -> Self {
        Self {
            at: activity.at.to_string(),
            who: activity.by.map(|by| by.to_string()),
            what: activity.kind.as_str(),
            detail: activity.detail,
        }
    }
}
