//! `/api/v1/clips/{slug}/results`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Readable;
use crate::error::Error;
use crate::model::{Clip, StoredResult};
use crate::run::Values;
use crate::web::app::App;
use crate::web::clip::clip_api::find;
use crate::web::clip::whole;
use crate::web::http::extract::{Path, Query};
use crate::web::page::error_response::ErrorDetail;
use crate::web::rows::source::failed;
use crate::web::visitor::ApiUser;

const RESULTS_MAX: i64 = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResultsQuery {
    /// Only results of this version.
    version: Option<i32>,
}

#[derive(Serialize, ToSchema)]
pub struct ResultsBody {
    results: Vec<ResultBody>,
}

#[derive(Serialize, ToSchema)]
struct ResultBody {
    version: i32,
    result: u32,
    /// With which the query ran, by parameter.
    #[schema(value_type = Object, example = json!({"country": "France"}))]
    values: Values,
    started_at: String,
    finished_at: String,
    /// When equal data, or the same error, was last seen.
    checked_at: String,
    /// `null` where the run failed, like the next two fields.
    rows: Option<u64>,
    truncated: Option<bool>,
    checksum: Option<String>,
    /// Whether the rows can still be requested by version and result.
    kept: bool,
    /// `null` where the run succeeded.
    error: Option<ErrorDetail>,
}

/// The results of a clip's runs, the newest first; at most 1,000.
#[utoipa::path(get, operation_id = "list_results", path = "/api/v1/clips/{slug}/results", tag = "clips",
    params(("slug" = String, Path), ResultsQuery),
    responses((status = 200, body = ResultsBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    Query(query): Query<ResultsQuery>,
) -> Result<Json<ResultsBody>, Error> {
    let clip = viewer.read(find(&app, &slug).await?)?;
    let results = StoredResult::list(&app.store, clip.number, query.version, RESULTS_MAX).await?;
    let closed = whole::closed(&app, &clip, viewer.signed_in().ok()).await?;
    let results = results.into_iter();
    let results = results.filter(|result| !whole::is_closed(result, &closed));
    let results = results.map(|result| body(&clip, result));
    Ok(Json(ResultsBody {
        results: results.collect(),
    }))
}

fn body(clip: &Readable<Clip>, result: StoredResult) -> ResultBody {
    let (content, error) = match result.content {
        Ok(content) => (Some(content), None),
        Err(failure) => (None, Some(ErrorDetail::new(&failed(clip, failure)))),
    };
    let content = content.as_ref();
    ResultBody {
        version: result.version,
        result: result.number,
        values: result.values,
        started_at: utc(result.started_at),
        finished_at: utc(result.finished_at),
        checked_at: utc(result.checked_at),
        rows: content.map(|content| content.rows),
        truncated: content.map(|content| content.truncated.is_some()),
        checksum: content.map(|content| content.checksum.to_string()),
        kept: content.is_some_and(|content| content.has_rows),
        error,
    }
}

/// In the same form as in the JSON of the rows.
fn utc(moment: Timestamp) -> String {
    format!("{moment:.6}")
}
