//! `/healthz` and `/readyz`.

use axum::extract::State;
use axum::http::StatusCode;

use super::draining::Draining;
use crate::error::Error;
use crate::store::{Schema, Store};

const STOPPING: &str = "This server is about to stop.\n";

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the server is not about to stop, and the store can be reached, accepts changes, is migrated, and has our key.
pub async fn ready(
    State(store): State<Store>,
    State(draining): State<Draining>,
) -> (StatusCode, String) {
    if draining.has_begun() {
        return (StatusCode::SERVICE_UNAVAILABLE, STOPPING.to_owned());
    }
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
