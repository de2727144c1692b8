//! `/healthz`, `/readyz` and `/version`.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::draining::Draining;
use crate::error::{Error, StoreUnfit};
use crate::store::{Schema, Store};

/// Whether this server should get requests.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    ready: bool,
    /// Why not; or, of a ready server, what to know.
    reasons: Vec<Reason>,
}

#[derive(Serialize, ToSchema)]
pub struct Reason {
    /// `stopping`, `store_unreachable`, `store_silent`, `store_locked`, `store_read_only`, `store_pooled`, `store_older`,
    /// `store_newer`, `other_key` or `key_half_replaced`.
    code: &'static str,
    message: String,
}

/// The program, and its store's schema.
#[derive(Serialize, ToSchema)]
pub struct Version {
    version: &'static str,
    /// The schema of the store that this program knows.
    schema: i32,
}

pub async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the server is not about to stop, and the store can be reached, accepts changes, is migrated, and has our key. As
/// text, or as JSON with `Accept: application/json`.
#[utoipa::path(get, operation_id = "read_readiness", path = "/readyz", tag = "server", security(()),
    responses(
        (status = 200, content((Readiness = "application/json"), (String = "text/plain"))),
        (status = 503, content((Readiness = "application/json"), (String = "text/plain")))))]
pub async fn ready(
    State(store): State<Store>,
    State(draining): State<Draining>,
    headers: HeaderMap,
) -> Response {
    let readiness = Readiness::check(&store, &draining).await;
    let status = match readiness.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let vary = [(VARY, "Accept")];
    match accepts_json(&headers) {
        true => (status, vary, Json(readiness)).into_response(),
        false => (status, vary, readiness.text()).into_response(),
    }
}

/// The version of the program, and the schema of the store that it knows.
#[utoipa::path(get, operation_id = "read_version", path = "/version", tag = "server", security(()), responses((status = 200, body = Version)))]
pub async fn version() -> Json<Version> {
    Json(Version {
        version: env!("CARGO_PKG_VERSION"),
        schema: Store::schema_version(),
    })
}

impl Readiness {
    async fn check(store: &Store, draining: &Draining) -> Self {
        if draining.has_begun() {
            let message = "This server is about to stop.".to_owned();
            return Self::unready("stopping", message);
        }
        match store.check().await {
            Ok(Schema::Known) => Self {
                ready: true,
                reasons: Vec::new(),
            },
            Ok(newer @ Schema::Newer { .. }) => Self {
                ready: true,
                reasons: vec![Reason {
                    code: "store_newer",
                    message: newer.to_string(),
                }],
            },
            Err(error) => Self::not_fit(&error),
        }
    }

    fn not_fit(error: &Error) -> Self {
        let code = match error {
            Error::StoreReadOnly => "store_read_only",
            Error::StorePooled => "store_pooled",
            Error::StoreUnfit(unfit) => match unfit {
                StoreUnfit::Silent => "store_silent",
                StoreUnfit::Locked => "store_locked",
                StoreUnfit::OtherKey => "other_key",
                StoreUnfit::KeyHalfReplaced => "key_half_replaced",
                StoreUnfit::Older { .. } => "store_older",
                StoreUnfit::Newer { .. } => "store_newer",
            },
            _ => {
                let message = "the store cannot be reached".to_owned();
                return Self::unready("store_unreachable", message);
            }
        };
        Self::unready(code, error.to_string())
    }

    fn unready(code: &'static str, message: String) -> Self {
        Self {
            ready: false,
            reasons: vec![Reason { code, message }],
        }
    }

    fn text(&self) -> String {
        let ready = self.ready.then_some("ready\n");
        let reasons = self
            .reasons
            .iter()
            .map(|reason| format!("{}\n", reason.message));
        ready
            .map(str::to_owned)
            .into_iter()
            .chain(reasons)
            .collect()
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let mut accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok());
    accepted.any(|accept| accept.contains("application/json"))
}
