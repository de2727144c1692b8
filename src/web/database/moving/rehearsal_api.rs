//! `/api/v1/databases/{name}/move/check`.

use std::mem;
use std::sync::Arc;

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::move_api::both;
use super::rehearsal::{Ending, Rehearsal, Rehearsed, Step};
use crate::error::Error;
use crate::web::app::App;
use crate::web::http::extract::{Body, Path};
use crate::web::page::error_response::ErrorDetail;
use crate::web::visitor::ApiUser;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MoveCheck)]
pub struct CheckBody {
    /// The other database's name.
    to: String,
}

/// Sent while the queries run.
#[derive(Serialize, ToSchema)]
#[schema(as = MoveChecks)]
pub struct ChecksBody {
    checks: Vec<CheckedBody>,
    #[serde(flatten)]
    end: EndBody,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MoveChecked)]
struct CheckedBody {
    slug: String,
    number: i64,
    title: String,
    version: i32,
    /// `same`: both databases return the same rows in the same order. `differs`: they do not. `works`: it runs on the other
    /// database. This one returned nothing to compare: the query fails on it (`error_before`), or it is removed. `fails`: on the
    /// other database. `fails_on_both`. `not_run`: the query needs values, or its parameters cannot be read.
    outcome: &'static str,
    /// The results were cut at a limit: the rows up to there are the same.
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_before: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDetail>,
    /// Why the query fails on this database already, which is not the move's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_before: Option<ErrorDetail>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MoveCheckEnd)]
struct EndBody {
    same: u64,
    differs: u64,
    works: u64,
    fails: u64,
    fails_on_both: u64,
    not_run: u64,
    /// Why the rest was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Runs the newest query of each clip of a database there and on another one, and compares the rows: a rehearsal of the move. Each
/// clip is sent as soon as it has been tried; closing the connection cancels the queries. Nothing is stored or moved.
#[utoipa::path(post, operation_id = "check_move", path = "/api/v1/databases/{name}/move/check", tag = "databases",
    params(("name" = String, Path)), request_body = CheckBody,
    responses((status = 200, body = ChecksBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
    Body(body): Body<CheckBody>,
) -> Result<Response, Error> {
    let administrator = viewer.administrate()?;
    let (from, to) = both(&app, &name, &body.to).await?;
    let rehearsal = Rehearsal::new(&app, &from, &to, administrator.user())?;
    let mut is_first = true;
    let steps = rehearsal.run().map(move |step| match step {
        Step::Tried(tried) => {
            let comma = if mem::take(&mut is_first) { "" } else { "," };
            let checked = serde_json::to_string(&CheckedBody::new(*tried))?;
            Ok(format!("{comma}\n{checked}"))
        }
        Step::Ended(ending) => {
            let end = serde_json::to_string(&EndBody::new(ending))?;
            Ok(format!("\n],{}", end.trim_start_matches('{')))
        }
    });
    let begin = stream::once(async { Ok::<_, serde_json::Error>("{\"checks\":[".to_owned()) });
    let headers = [
        (CONTENT_TYPE, "application/json"),
        // Compression would hold back what was already tried.
        (CONTENT_ENCODING, "identity"),
    ];
    let body = Bytes::from_stream(begin.chain(steps));
    Ok((headers, body).into_response())
}

impl CheckedBody {
    fn new(tried: Rehearsed) -> Self {
        let Rehearsed { clip, verdict } = tried;
        Self {
            slug: clip.slug.as_str().to_owned(),
            number: clip.number,
            version: clip.version.number,
            title: clip.title,
            outcome: verdict.as_str(),
            truncated: verdict.is_cut(),
            rows: verdict.rows(),
            rows_before: verdict.rows_before(),
            error: verdict.failure().map(ErrorDetail::with_details),
            error_before: verdict.failure_before().map(ErrorDetail::with_details),
        }
    }
}

impl EndBody {
    fn new(Ending { counts, error }: Ending) -> Self {
        Self {
            same: counts.same,
            differs: counts.differs,
            works: counts.works,
            fails: counts.fails,
            fails_on_both: counts.fails_on_both,
            not_run: counts.not_run,
            error,
        }
    }
}
