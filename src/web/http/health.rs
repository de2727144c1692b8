//! `/healthz` and `/readyz`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::web::app::App;

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the store answers and is migrated.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.store.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store cannot be reached\n",
        )
    }
}
