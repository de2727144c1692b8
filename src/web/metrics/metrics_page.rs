//! `/metrics`: with an administrator's token, or without one at an address that only the monitoring reaches.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text;

use super::registry;
use crate::error::Error;
use crate::web::app::App;
use crate::web::visitor::ApiUser;

/// What this server has counted, as text for Prometheus. For administrators.
#[utoipa::path(get, operation_id = "read_metrics", path = "/metrics", tag = "server",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
) -> Result<Response, Error> {
    viewer.administrate()?;
    text(&app)
}

/// For `DATACLIPS_METRICS_LISTEN`.
pub fn service(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(show_to_everyone))
        .with_state(app)
}

async fn show_to_everyone(State(app): State<Arc<App>>) -> Result<Response, Error> {
    text(&app)
}

fn text(app: &App) -> Result<Response, Error> {
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry::of(app)).map_err(Error::internal)?;
    let headers = [
        (CONTENT_TYPE, prometheus_text::CONTENT_TYPE),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}
