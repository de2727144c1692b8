//! `/healthz` and `/readyz`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::error::Error;
use crate::store::Store;

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the store can be reached, accepts changes and is migrated.
pub async fn ready(State(store): State<Store>) -> (StatusCode, String) {
    match store.check().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, reason(error)),
    }
}

fn reason(error: Error) -> String {
    match error {
        Error::StoreReadOnly | Error::StorePooled => format!("{error}\n"),
        _ => "the store cannot be reached\n".to_owned(),
    }
}
