//! `/healthz` and `/readyz`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::error::Error;
use crate::store::{Schema, Store};

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the store can be reached, accepts changes, is migrated, and has our key.
pub async fn ready(State(store): State<Store>) -> (StatusCode, String) {
    match store.check().await {
        Ok(Schema::Known) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(newer @ Schema::Newer { .. }) => (StatusCode::OK, format!("ready\n{newer}\n")),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, reason(error)),
    }
}

fn reason(error: Error) -> String {
    match error {
        Error::StoreReadOnly | Error::StorePooled | Error::StoreUnfit(_) => format!("{error}\n"),
        _ => "the store cannot be reached\n".to_owned(),
    }
}
