//! What the server still answers when it has as many connections as it can serve: health checks. Everything else is asked
//! to come again.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::web::http::address::Address;

const RETRY_AFTER_SECONDS: (HeaderName, &str) = (RETRY_AFTER, "5");
const SENTENCE: &str = "The server has as many connections as it can serve. Try again in a moment.";

pub(super) fn is_health_check(uri: &Uri) -> bool {
    matches!(uri.path(), "/healthz" | "/readyz")
}

pub(super) fn response(uri: &Uri) -> Response {
    let (content_type, body) = match Address::parse(uri) {
        Address::Api | Address::Rows(_) => {
            let error = serde_json::json!({"error": {"code": "busy", "message": SENTENCE}});
            ("application/json", error.to_string())
        }
        Address::Clip(_) | Address::OneTimeLink | Address::Page => {
            ("text/plain; charset=utf-8", format!("{SENTENCE}\n"))
        }
    };
    let headers = [RETRY_AFTER_SECONDS, (CONTENT_TYPE, content_type)];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}
