//! `/api/v1/runs`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::live::Cancellation;
use crate::model::{RunningId, RunningNames, RunningRun};
use crate::run::Step;
use crate::web::app::App;
use crate::web::clip::page::progress::Progress;
use crate::web::http::extract::Path;
use crate::web::visitor::ApiUser;

#[derive(Serialize, ToSchema)]
pub struct RunsBody {
    /// The oldest first.
    runs: Vec<RunBody>,
}

/// A clip's run, or a preview.
#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
struct RunBody {
    id: String,
    /// A clip's number; absent for a preview, like the next three.
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    /// A database's name; absent where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// When it was first requested.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// `queued`, `connecting` or `executing`.
    stage: &'static str,
    /// The stage as a sentence, with what PostgreSQL waits for.
    progress: String,
    rows: u64,
    elapsed_ms: u64,
    /// How many requests wait for it.
    waiting: usize,
    /// The addresses of those among them who are signed in.
    people: Vec<String>,
    /// A few digits that tell the servers apart.
    server: String,
}

/// What runs now at all servers. For administrators.
#[utoipa::path(get, operation_id = "list_runs", path = "/api/v1/runs", tag = "runs",
    responses((status = 200, body = RunsBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<RunsBody>, Error> {
    viewer.administrate()?;
    let running = app.live.running_now().await?;
    let names = RunningNames::find(&app.store, &running).await?;
    let runs = running
        .iter()
        .map(|run| RunBody::new(run, &names))
        .collect();
    Ok(Json(RunsBody { runs }))
}

/// Cancels a run for everybody who waits for it. For administrators.
#[utoipa::path(delete, operation_id = "cancel_run", path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    viewer.administrate()?;
    let cancelled = match RunningId::parse(&id) {
        Some(id) => app.live.cancel_running(id).await?,
        None => None,
    };
    match cancelled {
        Some(Cancellation::Ended) => Ok(StatusCode::NO_CONTENT),
        Some(Cancellation::Asked) => Err(Error::ServerSilent),
        None => Err(Error::not_found("run")),
    }
}

impl RunBody {
    fn new(run: &RunningRun, names: &RunningNames) -> Self {
        let facts = &run.facts;
        let clip = facts.clip();
        let (slug, title) = clip
            .and_then(|clip| names.clips.get(&clip))
            .cloned()
            .unzip();
        let people = facts.people.iter();
        Self {
            id: run.id.to_text(),
            clip,
            slug: slug.map(|slug| slug.as_str().to_owned()),
            title,
            version: facts.version(),
            database: names.databases.get(&facts.database).cloned(),
            since: facts.asked_at,
            stage: stage(&facts.progress.step),
            progress: Progress::new(&facts.progress, true).sentence,
            rows: facts.progress.rows,
            elapsed_ms: facts.progress.elapsed.as_millis() as u64,
            waiting: facts.waiting,
            people: people
                .filter_map(|person| names.people.get(person).cloned())
                .collect(),
            server: run.server.short_name(),
        }
    }
}

fn stage(step: &Step) -> &'static str {
    match step {
        Step::Queued { .. } => "queued",
        Step::Connecting => "connecting",
        // It is about to leave the list.
        Step::Executing { .. } | Step::Ended => "executing",
    }
}
