//! The answers to requests that reach no route: those without one `Host`, and, when the server has as many connections as it
//! can serve, all but health checks.

use axum::http::header::{CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{HeaderName, Request, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};

use crate::web::http::address::Address;

const RETRY_AFTER_SECONDS: (HeaderName, &str) = (RETRY_AFTER, "5");
const BUSY: &str = "The server has as many connections as it can serve. Try again in a moment.";
const NOT_ONE_HOST: &str = "Send one `Host` header.";

/// The refusal of a request that is not even handed on; `is_spare` says that there is only room for health checks.
pub(super) fn refuse<B>(request: &Request<B>, is_spare: bool) -> Option<Response> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let needs_host = request.version() == Version::HTTP_11;
    if hosts > 1 || (needs_host && hosts == 0) {
        let said = say(request.uri(), "bad_request", NOT_ONE_HOST);
        return Some((StatusCode::BAD_REQUEST, [(CONNECTION, "close")], said).into_response());
    }
    (is_spare && !is_health_check(request.uri())).then(|| {
        let said = say(request.uri(), "busy", BUSY);
        (StatusCode::SERVICE_UNAVAILABLE, [RETRY_AFTER_SECONDS], said).into_response()
    })
}

fn is_health_check(uri: &Uri) -> bool {
    matches!(uri.path(), "/healthz" | "/readyz")
}

/// As JSON for programs, or as text.
fn say(uri: &Uri, code: &str, sentence: &str) -> impl IntoResponse {
    match is_for_programs(uri) {
        true => {
            let error = serde_json::json!({"error": {"code": code, "message": sentence}});
            ([(CONTENT_TYPE, "application/json")], error.to_string())
        }
        false => {
            let text = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
            (text, format!("{sentence}\n"))
        }
    }
}

fn is_for_programs(uri: &Uri) -> bool {
    match Address::parse(uri) {
        Address::Api | Address::Rows(_) => true,
        Address::Page => matches!(uri.path(), "/metrics" | "/readyz" | "/version"),
        Address::Clip(_) | Address::OneTimeLink => false,
    }
}
