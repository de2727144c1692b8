//! `/healthz` and `/readyz`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::store::Store;

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the store can be reached and is migrated.
pub async fn ready(State(store): State<Store>) -> (StatusCode, &'static str) {
    if store.is_ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store cannot be reached\n",
        )
    }
}
